// Btrfs, from /sys/fs/btrfs, see the kernel's fs/btrfs/sysfs.c; and its devices by ioctl, where the
// file system is mounted and this user may ask.
#include "exporters/node/btrfs.h"

#include <map>
#include <set>

#include "exporters/kit/mountinfo.h"
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/btrfs_devices.h"
#include "exporters/node/collectors.h"
#include "exporters/node/vmstat.h"

namespace narthex::exporters {
namespace {

constexpr double kSectorBytes = 512;
constexpr double kMillisecondsPerSecond = 1000;

class BtrfsCollector : public Collector {
 public:
  explicit BtrfsCollector(const SystemPaths& paths)
      : proc_(paths.proc), sys_(paths.sys), root_(paths.root) {}

  Status Collect(MetricSink& sink) override {
    const auto entries = sys_.List("fs/btrfs");
    if (entries.code() == Code::kNotFound) return {};  // the kernel has not loaded it
    if (!entries.ok()) return entries.status();
    std::map<std::string, BtrfsVolume> mounted;
    bool asked = false;
    for (const std::string& entry : *entries) {
      if (entry.find('-') == std::string::npos) continue;  // "features"
      if (!asked) mounted = AskMounted(sink);
      asked = true;
      const auto volume = mounted.find(entry);
      RETURN_IF_ERROR(
          CollectVolume(entry, volume == mounted.end() ? nullptr : &volume->second, sink));
    }
    return {};
  }

 private:
  // By the uuid of the file system.
  std::map<std::string, BtrfsVolume> AskMounted(MetricSink& sink) const {
    std::map<std::string, BtrfsVolume> volumes;
    auto text = proc_.Read("1/mountinfo");
    if (!text.ok()) text = proc_.Read("self/mountinfo");
    const auto mounts = ParseMountinfo(text.ok() ? *text : "");
    if (!mounts.ok()) return volumes;
    std::set<std::string> sources;
    for (const Mount& mount : *mounts) {
      if (mount.fs_type != "btrfs" || sources.contains(mount.source)) continue;
      auto volume = AskBtrfs(root_.Path(mount.mount_point));
      if (!volume.ok()) {
        sink.Complain(volume.status());
        continue;
      }
      sources.insert(mount.source);
      std::string uuid = volume->uuid;
      volumes.emplace(std::move(uuid), std::move(*volume));
    }
    return volumes;
  }

  Status CollectVolume(const std::string& entry, const BtrfsVolume* mounted,
                       MetricSink& sink) const {
    const std::string folder = "fs/btrfs/" + entry;
    std::string uuid = FindValue(sys_, folder + "/metadata_uuid").value_or("");
    if (uuid.empty()) uuid = entry;
    const auto devices = sys_.List(folder + "/devices");
    const size_t device_count = devices.ok() ? devices->size() : 0;
    sink.Gauge("node_btrfs_info", "Constant 1 for each file system, with its label.", 1,
               {{"uuid", uuid}, {"label", FindValue(sys_, folder + "/label").value_or("")}});
    sink.Gauge("node_btrfs_global_rsv_size_bytes", "Size of the reserve for all purposes.",
               FindNumber(sys_, folder + "/allocation/global_rsv_size").value_or(0),
               {{"uuid", uuid}});
    RETURN_IF_ERROR(CollectCommits(folder, uuid, sink));
    for (const char* kind : {"data", "metadata", "system"})
      CollectAllocation(folder + "/allocation/" + kind, kind, uuid, device_count, sink);
    if (mounted != nullptr) {
      ShowDevices(*mounted, uuid, sink);
      return {};
    }
    for (size_t i = 0; i < device_count; ++i) {
      const std::string& device = (*devices)[i];
      const auto sectors = FindNumber(sys_, folder + "/devices/" + device + "/size");
      sink.Gauge("node_btrfs_device_size_bytes", kDeviceSizeHelp,
                 sectors.value_or(0) * kSectorBytes, {{"uuid", uuid}, {"device", device}});
    }
    return {};
  }

  // Since Linux 6.0. Its lines are those of /proc/vmstat.
  Status CollectCommits(const std::string& folder, const std::string& uuid,
                        MetricSink& sink) const {
    const std::string text = FindValue(sys_, folder + "/commit_stats").value_or("");
    ASSIGN_OR_RETURN(const std::vector<VmstatField> fields,
                     ParseVmstat(text).Prefixed(folder + "/commit_stats"));
    const auto value = [&](std::string_view name) {
      for (const VmstatField& field : fields)
        if (field.name == name) return field.value;
      return 0.0;
    };
    sink.Counter("node_btrfs_commits_total", "Commits.", value("commits"), {{"uuid", uuid}});
    sink.Gauge("node_btrfs_last_commit_seconds", "Time that the last commit took.",
               value("last_commit_ms") / kMillisecondsPerSecond, {{"uuid", uuid}});
    sink.Gauge("node_btrfs_max_commit_seconds", "Time that the slowest commit took.",
               value("max_commit_ms") / kMillisecondsPerSecond, {{"uuid", uuid}});
    sink.Counter("node_btrfs_commit_seconds_total", "Time that all commits took.",
                 value("total_commit_ms") / kMillisecondsPerSecond, {{"uuid", uuid}});
    return {};
  }

  void CollectAllocation(const std::string& folder, const char* kind, const std::string& uuid,
                         size_t device_count, MetricSink& sink) const {
    sink.Gauge("node_btrfs_reserved_bytes", "Bytes reserved for a kind of data.",
               FindNumber(sys_, folder + "/bytes_reserved").value_or(0),
               {{"uuid", uuid}, {"block_group_type", kind}});
    const auto entries = sys_.List(folder);
    if (!entries.ok()) return;
    for (const std::string& mode : *entries) {
      const auto total = FindNumber(sys_, folder + "/" + mode + "/total_bytes");
      if (!total) continue;
      const auto show = [&](const char* name, const char* help, double value) {
        sink.Gauge(name, help, value, {{"uuid", uuid}, {"block_group_type", kind}, {"mode", mode}});
      };
      show("node_btrfs_size_bytes", "Bytes allocated to a kind of data in a mode.", *total);
      show("node_btrfs_used_bytes", "Bytes in use by a kind of data in a mode.",
           FindNumber(sys_, folder + "/" + mode + "/used_bytes").value_or(0));
      show("node_btrfs_allocation_ratio", "Bytes of disk that a byte of data takes.",
           BtrfsAllocationRatio(mode, device_count));
    }
  }

  static void ShowDevices(const BtrfsVolume& volume, const std::string& uuid, MetricSink& sink) {
    for (const BtrfsDevice& device : volume.devices) {
      const auto gauge = [&](const char* name, const char* help, double value) {
        sink.Gauge(name, help, value,
                   {{"uuid", uuid}, {"device", device.name}, {"btrfs_dev_uuid", device.uuid}});
      };
      gauge("node_btrfs_device_size_bytes", kDeviceSizeHelp, device.total_bytes);
      gauge("node_btrfs_device_unused_bytes", "Bytes of a device that are not allocated.",
            device.total_bytes - device.used_bytes);
      const std::pair<const char*, double> errors[] = {{"write", device.write_errors},
                                                       {"read", device.read_errors},
                                                       {"flush", device.flush_errors},
                                                       {"corruption", device.corruption_errors},
                                                       {"generation", device.generation_errors}};
      for (const auto& [type, count] : errors) {
        sink.Counter("node_btrfs_device_errors_total", "Errors of a device.", count,
                     {{"uuid", uuid},
                      {"device", device.name},
                      {"btrfs_dev_uuid", device.uuid},
                      {"type", type}});
      }
    }
  }

  static constexpr const char* kDeviceSizeHelp = "Size of a device of the file system.";

  const Directory& proc_;
  const Directory& sys_;
  const Directory& root_;
};

}  // namespace

double BtrfsAllocationRatio(std::string_view mode, size_t devices) {
  const auto count = static_cast<double>(devices);
  if (mode == "single" || mode == "raid0") return 1;
  if (mode == "dup" || mode == "raid1" || mode == "raid10") return 2;
  if (mode == "raid1c3") return 3;
  if (mode == "raid1c4") return 4;
  if (mode == "raid5" && devices > 1) return count / (count - 1);
  if (mode == "raid6" && devices > 2) return count / (count - 2);
  return 0;
}

std::unique_ptr<Collector> NewBtrfsCollector(const SystemPaths& paths) {
  return std::make_unique<BtrfsCollector>(paths);
}

}  // namespace narthex::exporters
