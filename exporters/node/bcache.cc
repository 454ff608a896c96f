// Block caches, from /sys/fs/bcache; see the kernel's Documentation/admin-guide/bcache.rst.
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"
#include "exporters/node/human_size.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;

constexpr const char* kFolder = "fs/bcache";

struct BcacheFile {
  const char* file;
  const char* name;  // behind node_bcache_
  Type type;
  double scale;  // from the file's unit to the metric's
  const char* help;
};
constexpr BcacheFile kSetFiles[] = {
    {"average_key_size", "average_key_size_sectors", Type::kGauge, 1, "Average size of extents."},
    {"btree_cache_size", "btree_cache_size_bytes", Type::kGauge, 1,
     "Memory that nodes of the tree take."},
    {"cache_available_percent", "cache_available_percent", Type::kGauge, 1,
     "Part of the cache that has no dirty data."},
    {"congested", "congested", Type::kGauge, 1, "How congested the cache is."},
    {"root_usage_percent", "root_usage_percent", Type::kGauge, 1,
     "Part of the tree's root that is in use."},
    {"tree_depth", "tree_depth", Type::kGauge, 1, "Depth of the tree."},
    {"internal/active_journal_entries", "active_journal_entries", Type::kGauge, 1,
     "Journal entries newer than the index."},
    {"internal/btree_nodes", "btree_nodes", Type::kGauge, 1, "Nodes of the tree."},
    {"internal/btree_read_average_duration_us", "btree_read_average_duration_seconds",
     // The original takes the microseconds for nanoseconds, and so do its users.
     Type::kGauge, 1e-9, "Average time that a read of the tree takes."},
    {"internal/cache_read_races", "cache_read_races_total", Type::kCounter, 1,
     "Reads during which the data were invalidated."},
};
constexpr BcacheFile kBackingFiles[] = {
    {"stats_total/bypassed", "bypassed_bytes_total", Type::kCounter, 1,
     "Bytes read and written past the cache."},
    {"stats_total/cache_hits", "cache_hits_total", Type::kCounter, 1, "Requests that were hits."},
    {"stats_total/cache_misses", "cache_misses_total", Type::kCounter, 1,
     "Requests that were misses."},
    {"stats_total/cache_bypass_hits", "cache_bypass_hits_total", Type::kCounter, 1,
     "Hits of requests meant to pass the cache by."},
    {"stats_total/cache_bypass_misses", "cache_bypass_misses_total", Type::kCounter, 1,
     "Misses of requests meant to pass the cache by."},
    {"stats_total/cache_miss_collisions", "cache_miss_collisions_total", Type::kCounter, 1,
     "Misses whose data were written meanwhile."},
    {"stats_total/cache_readaheads", "cache_readaheads_total", Type::kCounter, 1, "Read-aheads."},
};

// A line of writeback_rate_debug: "rate:           1.1M/sec".
struct WritebackLine {
  std::string_view key;
  const char* name;
  const char* help;
};
constexpr WritebackLine kWriteback[] = {
    {"target:", "node_bcache_dirty_target_bytes", "Dirty data that are aimed at."},
    {"rate:", "node_bcache_writeback_rate", "Bytes a second that are written back."},
    {"proportional:", "node_bcache_writeback_rate_proportional_term",
     "Proportional part of the rate's controller."},
    {"integral:", "node_bcache_writeback_rate_integral_term",
     "Integral part of the rate's controller."},
    {"change:", "node_bcache_writeback_change", "Last change of the rate."},
};

class BcacheCollector : public Collector {
 public:
  explicit BcacheCollector(const Directory& sys) : sys_(sys) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.bcache.priorityStats", &with_priorities_,
              "Show what priority_stats tells too; reading it is slow.");
  }

  Status Collect(MetricSink& sink) override {
    const auto entries = sys_.List(kFolder);
    if (entries.code() == Code::kNotFound) return {};  // the kernel has not loaded it
    if (!entries.ok()) return entries.status();
    for (const std::string& uuid : *entries) {
      if (uuid.find('-') != std::string::npos) RETURN_IF_ERROR(CollectSet(uuid, sink));
    }
    return {};
  }

 private:
  Status CollectSet(const std::string& uuid, MetricSink& sink) const {
    const std::string folder = std::string(kFolder) + "/" + uuid + "/";
    for (const BcacheFile& file : kSetFiles) Show(folder, file, {{"uuid", uuid}}, sink);
    ASSIGN_OR_RETURN(const std::vector<std::string> backing, ListNumbered(sys_, folder, "bdev"));
    for (const std::string& device : backing)
      RETURN_IF_ERROR(CollectBacking(folder + device + "/", uuid, device, sink));
    ASSIGN_OR_RETURN(const std::vector<std::string> caches, ListNumbered(sys_, folder, "cache"));
    for (const std::string& device : caches)
      CollectCache(folder + device + "/", uuid, device, sink);
    return {};
  }

  void Show(const std::string& folder, const BcacheFile& file, std::initializer_list<Label> labels,
            MetricSink& sink) const {
    const auto text = FindValue(sys_, folder + file.file);
    const auto value = text ? ParseBcacheSize(*text) : std::nullopt;
    if (!value) return;
    sink.AnyFamily(std::string("node_bcache_") + file.name, file.type, file.help)
        .Sample(labels, *value * file.scale);
  }

  Status CollectBacking(const std::string& folder, const std::string& uuid,
                        const std::string& device, MetricSink& sink) const {
    for (const BcacheFile& file : kBackingFiles)
      Show(folder, file, {{"uuid", uuid}, {"backing_device", device}}, sink);
    constexpr BcacheFile kDirty = {"dirty_data", "dirty_data_bytes", Type::kGauge, 1,
                                   "Dirty data in the cache."};
    Show(folder, kDirty, {{"uuid", uuid}, {"backing_device", device}}, sink);
    const std::string text = FindValue(sys_, folder + "writeback_rate_debug").value_or("");
    LineReader lines(text);
    while (const auto line = lines.Next()) {
      FieldReader fields(*line);
      const auto key = fields.Next();
      auto size = fields.Next();
      for (const WritebackLine& one : kWriteback) {
        if (key != one.key || !size) continue;
        const auto value = ParseBcacheSize(size->substr(0, size->find("/sec")));
        if (!value)
          return Corruption(folder, "writeback_rate_debug: want a size, got ", Quote(*line));
        sink.Gauge(one.name, one.help, *value, {{"uuid", uuid}, {"backing_device", device}});
      }
    }
    return {};
  }

  void CollectCache(const std::string& folder, const std::string& uuid, const std::string& device,
                    MetricSink& sink) const {
    constexpr BcacheFile kFiles[] = {
        {"io_errors", "io_errors", Type::kGauge, 1, "Errors of the device, weighed by age."},
        {"metadata_written", "metadata_written_bytes_total", Type::kCounter, 1,
         "Bytes written that are no data."},
        {"written", "written_bytes_total", Type::kCounter, 1, "Bytes of data written."},
    };
    for (const BcacheFile& file : kFiles)
      Show(folder, file, {{"uuid", uuid}, {"cache_device", device}}, sink);
    if (with_priorities_) CollectPriorities(folder, uuid, device, sink);
  }

  // "Unused:		99%".
  void CollectPriorities(const std::string& folder, const std::string& uuid,
                         const std::string& device, MetricSink& sink) const {
    const std::string text = FindValue(sys_, folder + "priority_stats").value_or("");
    LineReader lines(text);
    while (const auto line = lines.Next()) {
      FieldReader fields(*line);
      const auto key = fields.Next();
      const auto percent = fields.Next();
      const auto value =
          percent ? ParseUnsigned(percent->substr(0, percent->find('%'))) : std::nullopt;
      if (!value) continue;
      const auto show = [&](const char* name, const char* help) {
        sink.Gauge(name, help, static_cast<double>(*value),
                   {{"uuid", uuid}, {"cache_device", device}});
      };
      if (key == "Unused:")
        show("node_bcache_priority_stats_unused_percent", "Part of the cache without data.");
      if (key == "Metadata:")
        show("node_bcache_priority_stats_metadata_percent", "Part of the cache with metadata.");
    }
  }

  const Directory& sys_;
  bool with_priorities_ = false;
};

}  // namespace

std::unique_ptr<Collector> NewBcacheCollector(const SystemPaths& paths) {
  return std::make_unique<BcacheCollector>(paths.sys);
}

}  // namespace narthex::exporters
