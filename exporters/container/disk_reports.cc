// What containers read from and wrote to block devices, and the file systems of the machine.
#include <sys/statvfs.h>

#include <set>

#include "common/bytes/numbers.h"
#include "exporters/container/cgroup_files.h"
#include "exporters/container/reports.h"
#include "exporters/kit/diskstats.h"
#include "exporters/kit/mountinfo.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

// The metrics that one kind of number feeds: a family for reads, one for writes, perhaps one that
// has every operation.
struct DiskFamily {
  std::string_view what;  // a key of io.stat, or an operation of blkio
  std::string_view family;
  std::string_view help;
  double divisor = 1;
};
constexpr double kMicroseconds = 1e6;  // of a second

constexpr std::string_view kReadBytes = "Bytes that the container read from the device.";
constexpr std::string_view kWrittenBytes = "Bytes that the container wrote to the device.";
constexpr std::string_view kReads = "Reads from the device that are done.";
constexpr std::string_view kWrites = "Writes to the device that are done.";

constexpr DiskFamily kIoStat[] = {
    {"rbytes", "container_fs_reads_bytes_total", kReadBytes},
    {"wbytes", "container_fs_writes_bytes_total", kWrittenBytes},
    {"rios", "container_fs_reads_total", kReads},
    {"wios", "container_fs_writes_total", kWrites},
    {"cost.usage", "container_fs_io_cost_usage_seconds_total",
     "Device time that the container used, as the controller of costs reckons it.", kMicroseconds},
    {"cost.wait", "container_fs_io_cost_wait_seconds_total",
     "Seconds that the container waited for device time.", kMicroseconds},
    {"cost.indebt", "container_fs_io_cost_indebt_seconds_total",
     "Seconds that the container owed device time.", kMicroseconds},
    {"cost.indelay", "container_fs_io_cost_indelay_seconds_total",
     "Seconds that the container's tasks were held back for device time owed.", kMicroseconds},
};
constexpr std::pair<std::string_view, std::string_view> kOperations[] = {
    {"rbytes", "Read"}, {"wbytes", "Write"}, {"dbytes", "Discard"}};

void ShowOperation(const DeviceNumber& number, std::string_view device, std::string_view operation,
                   ContainerSink& out) {
  out.Counter("container_blkio_device_usage_total",
              "Bytes that the container moved from and to the device, by operation.", number.value,
              {{"device", device},
               {"major", std::to_string(number.major)},
               {"minor", std::to_string(number.minor)},
               {"operation", operation}});
}

void ReportIoStat(std::string_view text, ContainerReading& reading, ContainerSink& out) {
  for (const DeviceNumber& number : ParseIoStat(text)) {
    const std::string& device = reading.scrape.devices.Of(number.major, number.minor);
    if (device.empty()) continue;
    for (const DiskFamily& row : kIoStat) {
      if (row.what == number.what)
        out.Counter(row.family, row.help, number.value / row.divisor, {{"device", device}});
    }
    for (const auto& [key, operation] : kOperations) {
      if (key == number.what) ShowOperation(number, device, operation, out);
    }
  }
}

// Shows what a file of version 1 counts; false where it counts nothing.
bool ReportBlkio(ContainerReading& reading, const std::string& file, bool is_bytes,
                 ContainerSink& out) {
  const auto text = reading.view.Read(Controller::kIo, file.c_str());
  if (!text) return false;
  const std::vector<DeviceNumber> numbers = ParseBlkio(*text);
  for (const DeviceNumber& number : numbers) {
    const std::string& device = reading.scrape.devices.Of(number.major, number.minor);
    if (device.empty()) continue;
    const bool is_read = number.what == "Read";
    if (is_read || number.what == "Write") {
      const DiskFamily& row = kIoStat[(is_bytes ? 0 : 2) + (is_read ? 0 : 1)];
      out.Counter(row.family, row.help, number.value, {{"device", device}});
    }
    if (is_bytes) ShowOperation(number, device, number.what, out);
  }
  return !numbers.empty();
}

// The file systems that are on block devices, each once.
std::vector<Mount> DeviceMounts(const Directory& proc) {
  const auto text = proc.Read("1/mountinfo");
  const auto own = text.ok() ? Result<std::string>(*text) : proc.Read("self/mountinfo");
  if (!own.ok()) return {};
  const auto mounts = ParseMountinfo(*own);
  if (!mounts.ok()) return {};
  std::vector<Mount> found;
  std::set<std::string> seen;
  for (const Mount& mount : *mounts) {
    if (mount.source.substr(0, 5) == "/dev/" && seen.insert(mount.source).second)
      found.push_back(mount);
  }
  return found;
}

struct DiskColumn {
  size_t column;
  std::string_view family;
  std::string_view help;
  bool is_gauge = false;
  double divisor = 1;
};
constexpr double kMilliseconds = 1000;
constexpr DiskColumn kDiskColumns[] = {
    {0, "container_fs_reads_total", kReads},
    {1, "container_fs_reads_merged_total",
     "Reads that were joined with others before they were done."},
    {2, "container_fs_sector_reads_total", "Sectors of 512 bytes that were read."},
    {3, "container_fs_read_seconds_total", "Seconds that reads took, summed over reads.", false,
     kMilliseconds},
    {4, "container_fs_writes_total", kWrites},
    {5, "container_fs_writes_merged_total",
     "Writes that were joined with others before they were done."},
    {6, "container_fs_sector_writes_total", "Sectors of 512 bytes that were written."},
    {7, "container_fs_write_seconds_total", "Seconds that writes took, summed over writes.", false,
     kMilliseconds},
    {8, "container_fs_io_current", "Reads and writes under way.", true},
    {9, "container_fs_io_time_seconds_total", "Seconds in which the device had something to do.",
     false, kMilliseconds},
    {10, "container_fs_io_time_weighted_seconds_total",
     "Seconds that reads and writes took or waited, summed over them.", false, kMilliseconds},
};

// The whole machine's disks, which control groups do not tell of: those that have file systems.
void ReportMachineDisks(ContainerReading& reading, ContainerSink& out) {
  const auto text = reading.scrape.paths.proc.Read("diskstats");
  if (!text.ok()) return;
  const auto disks = ParseDiskstats(*text);
  if (!disks.ok()) return;
  for (const Mount& mount : DeviceMounts(reading.scrape.paths.proc)) {
    for (const DiskStats& disk : *disks) {
      if (mount.source != "/dev/" + std::string(disk.device)) continue;
      for (const DiskColumn& column : kDiskColumns) {
        if (column.column >= disk.column_count) continue;
        const double value = disk.columns[column.column] / column.divisor;
        if (column.is_gauge) {
          out.Gauge(column.family, column.help, value, {{"device", mount.source}});
        } else {
          out.Counter(column.family, column.help, value, {{"device", mount.source}});
        }
      }
    }
  }
}

}  // namespace

const std::string& DeviceNames::Of(uint32_t major, uint32_t minor) {
  const auto [at, is_new] = names_.try_emplace({major, minor});
  if (!is_new) return at->second;
  const auto text =
      sys_.Read("dev/block/" + std::to_string(major) + ":" + std::to_string(minor) + "/uevent");
  if (!text.ok()) return at->second;
  LineReader lines(*text);
  while (const auto line = lines.Next()) {
    if (line->substr(0, 8) == "DEVNAME=") at->second = "/dev/" + std::string(line->substr(8));
  }
  return at->second;
}

std::vector<std::string_view> BlkioPolicies(const OpenHierarchies& hierarchies,
                                            const std::vector<Cgroup>& tree) {
  CgroupView root(hierarchies, tree, 0);
  // The root of the hierarchy, rather than of what of it is mounted, has all devices.
  const bool is_whole = root.Read(Controller::kIo, "release_agent").has_value();
  std::vector<std::string_view> policies;
  for (const std::string_view policy : {"blkio.throttle.", "blkio.bfq.", "blkio."}) {
    const std::string file = std::string(policy) + "io_service_bytes_recursive";
    const auto text = root.Read(Controller::kIo, file.c_str());
    if (text && (!is_whole || !ParseBlkio(*text).empty())) policies.push_back(policy);
  }
  return policies;
}

void ReportDiskIo(ContainerReading& reading, ContainerSink& out) {
  if (reading.view.is_root()) return ReportMachineDisks(reading, out);
  if (!reading.view.IsUnified(Controller::kIo)) {
    // Whichever policy is at work counts: that of throttling sees everything where it is on.
    for (const std::string_view policy : reading.scrape.blkio_policies) {
      const std::string front(policy);
      if (!ReportBlkio(reading, front + "io_service_bytes_recursive", true, out)) continue;
      ReportBlkio(reading, front + "io_serviced_recursive", false, out);
      return;
    }
  } else if (const auto text = reading.view.Read(Controller::kIo, "io.stat")) {
    ReportIoStat(*text, reading, out);
  }
}

void ReportDisk(ContainerReading& reading, ContainerSink& out) {
  // To know what a container's files take would need a walk through all of them.
  if (!reading.view.is_root()) return;
  for (const Mount& mount : DeviceMounts(reading.scrape.paths.proc)) {
    struct statvfs sizes {};
    if (::statvfs(reading.scrape.paths.root.Path(mount.mount_point).c_str(), &sizes) != 0) continue;
    const auto block = static_cast<double>(sizes.f_frsize);
    const auto show = [&](std::string_view family, std::string_view help, double value) {
      out.Gauge(family, help, value, {{"device", mount.source}});
    };
    show("container_fs_limit_bytes", "Size of the file system.",
         static_cast<double>(sizes.f_blocks) * block);
    show("container_fs_usage_bytes", "Bytes of the file system that are in use.",
         static_cast<double>(sizes.f_blocks - sizes.f_bfree) * block);
    show("container_fs_inodes_total", "Files that the file system has room for.",
         static_cast<double>(sizes.f_files));
    show("container_fs_inodes_free", "Files that there is still room for.",
         static_cast<double>(sizes.f_ffree));
  }
}

}  // namespace narthex::exporters
