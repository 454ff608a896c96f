// ZFS, from /proc/spl/kstat/zfs.
#include <algorithm>

#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"
#include "exporters/node/kstat.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;

constexpr const char* kFolder = "spl/kstat/zfs";

struct ZfsFile {
  const char* file;
  const char* prefix;
};
constexpr ZfsFile kFiles[] = {{"abdstats", "node_zfs_abd_"},
                              {"arcstats", "node_zfs_arc_"},
                              {"dbufstats", "node_zfs_dbuf_"},
                              {"dmu_tx", "node_zfs_dmu_tx_"},
                              {"dnodestats", "node_zfs_dnode_"},
                              {"fm", "node_zfs_fm_"},
                              {"vdev_cache_stats", "node_zfs_vdev_cache_"},
                              {"vdev_mirror_stats", "node_zfs_vdev_mirror_"},
                              {"xuio_stats", "node_zfs_xuio_"},
                              {"zfetchstats", "node_zfs_zfetch_"},
                              {"zil", "node_zfs_zil_"}};
constexpr std::string_view kPoolStates[] = {"online",  "degraded", "faulted",  "offline",
                                            "removed", "unavail",  "suspended"};

class ZfsCollector : public Collector {
 public:
  explicit ZfsCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> entries, proc_.List(kFolder));
    for (const ZfsFile& file : kFiles) {
      if (std::find(entries.begin(), entries.end(), file.file) == entries.end()) continue;
      ASSIGN_OR_RETURN(const Kstat kstat, Read(file.file, ParseKstat));
      for (const auto& [name, value] : kstat.values) {
        sink.AnyFamily(file.prefix + name, Type::kUnknown,
                       "Value " + name + " of " + file.file + ".")
            .Sample({}, value);
      }
    }
    for (const std::string& entry : entries) {
      const auto files = proc_.List(std::string(kFolder) + "/" + entry);
      if (files.ok()) RETURN_IF_ERROR(CollectPool(entry, *files, sink));
    }
    return {};
  }

 private:
  Result<Kstat> Read(const std::string& file, Result<Kstat> (*parse)(std::string_view)) const {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read(std::string(kFolder) + "/" + file));
    return parse(text).Prefixed(file);
  }

  Status CollectPool(const std::string& pool, const std::vector<std::string>& files,
                     MetricSink& sink) const {
    for (const std::string& file : files) {
      const std::string path = pool + "/" + file;
      if (file == "io") {
        ASSIGN_OR_RETURN(const Kstat io, Read(path, ParseKstatIo));
        for (const auto& [name, value] : io.values) {
          sink.AnyFamily("node_zfs_zpool_" + name, Type::kUnknown, "Value " + name + " of a pool.")
              .Sample({{"zpool", pool}}, value);
        }
      } else if (file.compare(0, 7, "objset-") == 0) {
        ASSIGN_OR_RETURN(const Kstat objset, Read(path, ParseKstat));
        for (const auto& [name, value] : objset.values) {
          sink.AnyFamily("node_zfs_zpool_dataset_" + name, Type::kUnknown,
                         "Value " + name + " of a dataset.")
              .Sample({{"zpool", pool}, {"dataset", objset.dataset}}, value);
        }
      } else if (file == "state") {
        RETURN_IF_ERROR(CollectState(pool, sink));
      }
    }
    return {};
  }

  Status CollectState(const std::string& pool, MetricSink& sink) const {
    ASSIGN_OR_RETURN(std::string state,
                     ReadValue(proc_, std::string(kFolder) + "/" + pool + "/state"));
    for (char& c : state)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    for (const std::string_view one : kPoolStates) {
      sink.Gauge("node_zfs_zpool_state", "1 for the state that a pool is in.", state == one ? 1 : 0,
                 {{"zpool", pool}, {"state", one}});
    }
    return {};
  }

  const Directory& proc_;
};

}  // namespace

std::unique_ptr<Collector> NewZfsCollector(const SystemPaths& paths) {
  return std::make_unique<ZfsCollector>(paths.proc);
}

}  // namespace narthex::exporters
