// Devices of several paths, from /sys/block/dm-*; see the kernel's
// Documentation/ABI/testing/sysfs-block-dm.
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr double kSectorBytes = 512;

class DmmultipathCollector : public Collector {
 public:
  explicit DmmultipathCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> blocks, ListNumbered(sys_, "block", "dm-"));
    for (const std::string& block : blocks) {
      const auto uuid = FindValue(sys_, "block/" + block + "/dm/uuid");
      if (uuid && uuid->compare(0, 6, "mpath-") == 0)
        RETURN_IF_ERROR(CollectDevice(block, *uuid, sink));
    }
    return {};
  }

 private:
  Status CollectDevice(const std::string& block, const std::string& uuid, MetricSink& sink) const {
    const std::string folder = "block/" + block;
    ASSIGN_OR_RETURN(const std::string name, ReadValue(sys_, folder + "/dm/name"));
    ASSIGN_OR_RETURN(const double suspended, ReadNumber(sys_, folder + "/dm/suspended"));
    ASSIGN_OR_RETURN(const double sectors, ReadNumber(sys_, folder + "/size"));
    sink.Gauge("node_dmmultipath_device_info", "Constant 1 for each device of several paths.", 1,
               {{"device", name}, {"sysfs_name", block}, {"uuid", uuid}});
    const auto show = [&](const char* metric, const char* help, double value) {
      sink.Gauge(metric, help, value, {{"device", name}, {"sysfs_name", block}});
    };
    show("node_dmmultipath_device_active", "1 unless the device is suspended.",
         suspended == 1 ? 0 : 1);
    show("node_dmmultipath_device_size_bytes", "Size of a device.", sectors * kSectorBytes);
    const auto paths = sys_.List(folder + "/slaves");
    double all = 0;
    double usable = 0;
    for (const std::string& path : paths.ok() ? *paths : std::vector<std::string>()) {
      ASSIGN_OR_RETURN(const std::string state, ReadValue(sys_, "block/" + path + "/device/state"));
      ++all;
      if (state == "running" || state == "live") ++usable;  // as SCSI and NVMe say it
      sink.Gauge("node_dmmultipath_path_state", "Constant 1, with the state of each path.", 1,
                 {{"device", name}, {"path", path}, {"state", state}});
    }
    show("node_dmmultipath_device_paths", "Paths of a device.", all);
    show("node_dmmultipath_device_paths_active", "Paths of a device that can be used.", usable);
    show("node_dmmultipath_device_paths_failed", "Paths of a device that cannot be used.",
         all - usable);
    return {};
  }

  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewDmmultipathCollector(const SystemPaths& paths) {
  return std::make_unique<DmmultipathCollector>(paths.sys);
}

}  // namespace narthex::exporters
