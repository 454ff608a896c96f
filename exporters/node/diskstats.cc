// Disk I/O from /proc/diskstats; what a disk is from /run/udev/data and /sys/block.
#include "exporters/node/diskstats.h"

#include "common/bytes/trim.h"
#include "exporters/kit/device_filter.h"
#include "exporters/kit/diskstats.h"
#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr double kMs = 1.0 / 1000.0;
constexpr double kSectorBytes = 512;

struct Column {
  std::string_view name;
  std::string_view help;
  double factor;  // from the file's unit to the metric's
  bool counter = true;
};

// In the file's order.
constexpr Column kColumns[DiskStats::kMaxColumns] = {
    {"node_disk_reads_completed_total", "Reads completed.", 1},
    {"node_disk_reads_merged_total", "Reads merged into others.", 1},
    {"node_disk_read_bytes_total", "Bytes read.", kSectorBytes},
    {"node_disk_read_time_seconds_total", "Seconds that all reads took.", kMs},
    {"node_disk_writes_completed_total", "Writes completed.", 1},
    {"node_disk_writes_merged_total", "Writes merged into others.", 1},
    {"node_disk_written_bytes_total", "Bytes written.", kSectorBytes},
    {"node_disk_write_time_seconds_total", "Seconds that all writes took.", kMs},
    {"node_disk_io_now", "I/Os in progress.", 1, false},
    {"node_disk_io_time_seconds_total", "Seconds with at least one I/O in progress.", kMs},
    {"node_disk_io_time_weighted_seconds_total",
     "Seconds in I/O, each counted as often as I/Os were in progress.", kMs},
    {"node_disk_discards_completed_total", "Discards completed.", 1},
    {"node_disk_discards_merged_total", "Discards merged into others.", 1},
    {"node_disk_discarded_sectors_total", "Sectors discarded.", 1},
    {"node_disk_discard_time_seconds_total", "Seconds that all discards took.", kMs},
    {"node_disk_flush_requests_total", "Flush requests completed.", 1},
    {"node_disk_flush_requests_time_seconds_total", "Seconds that all flush requests took.", kMs},
};

struct AtaProperty {
  std::string_view key;
  std::string_view metric;
  std::string_view help;
};

constexpr AtaProperty kAtaProperties[] = {
    {"ID_ATA_WRITE_CACHE", "node_disk_ata_write_cache", "Whether the ATA disk has a write cache."},
    {"ID_ATA_WRITE_CACHE_ENABLED", "node_disk_ata_write_cache_enabled",
     "Whether the write cache is switched on."},
    {"ID_ATA_ROTATION_RATE_RPM", "node_disk_ata_rotation_rate_rpm",
     "Rotations a minute of the ATA disk, 0 without rotating parts."},
};

using Properties = std::map<std::string_view, std::string_view>;

std::string_view Get(const Properties& properties, std::string_view key) {
  const auto found = properties.find(key);
  return found == properties.end() ? std::string_view() : found->second;
}

std::string_view FirstOf(const Properties& properties,
                         std::initializer_list<std::string_view> keys) {
  for (std::string_view key : keys) {
    if (const std::string_view value = Get(properties, key); !value.empty()) return value;
  }
  return {};
}

class DiskstatsCollector : public Collector {
 public:
  explicit DiskstatsCollector(const SystemPaths& paths) : paths_(paths) {}

  void AddFlags(cli::Flags& flags) override {
    filter_.AddFlags(flags);
    flags.AddOldName("collector.diskstats.ignored-devices", "collector.diskstats.device-exclude");
  }
  Status Prepare() override { return filter_.Prepare(); }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, paths_.proc.Read("diskstats"));
    ASSIGN_OR_RETURN(const std::vector<DiskStats> disks, ParseDiskstats(text));
    for (const DiskStats& disk : disks) {
      if (!filter_.Takes(disk.device)) continue;
      ShowColumns(disk, sink);
      ShowProperties(disk, sink);
    }
    return {};
  }

 private:
  static void ShowColumns(const DiskStats& disk, MetricSink& sink) {
    for (size_t i = 0; i < disk.column_count; ++i) {
      const Column& column = kColumns[i];
      Family& family = column.counter ? sink.CounterFamily(column.name, column.help)
                                      : sink.GaugeFamily(column.name, column.help);
      family.Sample({{"device", disk.device}}, disk.columns[i] * column.factor);
    }
  }

  void ShowProperties(const DiskStats& disk, MetricSink& sink) const {
    const std::string major = std::to_string(disk.major);
    const std::string minor = std::to_string(disk.minor);
    const auto text = paths_.udev_data.Read("b" + major + ":" + minor);  // absent in containers
    const Properties udev = text.ok() ? ParseUdevProperties(*text) : Properties();
    const auto rotational =
        paths_.sys.Read("block/" + std::string(disk.device) + "/queue/rotational");
    sink.Gauge("node_disk_info", "Constant 1, labelled with what the disk is.", 1,
               {{"device", disk.device},
                {"major", major},
                {"minor", minor},
                {"path", Get(udev, "ID_PATH")},
                {"wwn", Get(udev, "ID_WWN")},
                {"model", Get(udev, "ID_MODEL")},
                {"serial", FirstOf(udev, {"SCSI_IDENT_SERIAL", "ID_SERIAL_SHORT", "ID_SERIAL"})},
                {"revision", Get(udev, "ID_REVISION")},
                {"rotational", rotational.ok() && TrimBlanks(*rotational) == "1" ? "1" : "0"}});
    if (!Get(udev, "ID_FS_TYPE").empty()) {
      sink.Gauge("node_disk_filesystem_info",
                 "Constant 1, labelled with the file system on the disk.", 1,
                 {{"device", disk.device},
                  {"type", Get(udev, "ID_FS_TYPE")},
                  {"usage", Get(udev, "ID_FS_USAGE")},
                  {"uuid", Get(udev, "ID_FS_UUID")},
                  {"version", Get(udev, "ID_FS_VERSION")}});
    }
    if (!Get(udev, "DM_NAME").empty()) {
      sink.Gauge("node_disk_device_mapper_info",
                 "Constant 1, labelled with the device mapper's names.", 1,
                 {{"device", disk.device},
                  {"name", Get(udev, "DM_NAME")},
                  {"uuid", Get(udev, "DM_UUID")},
                  {"vg_name", Get(udev, "DM_VG_NAME")},
                  {"lv_name", Get(udev, "DM_LV_NAME")},
                  {"lv_layer", Get(udev, "DM_LV_LAYER")}});
    }
    if (Get(udev, "ID_ATA").empty()) return;
    for (const AtaProperty& property : kAtaProperties) {
      const auto value = ParseDouble(Get(udev, property.key));
      if (value) sink.Gauge(property.metric, property.help, *value, {{"device", disk.device}});
    }
  }

  const SystemPaths& paths_;
  DeviceFilter filter_{"collector.diskstats.device", "disks",
                       R"(^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$)"};
};

}  // namespace

std::map<std::string_view, std::string_view> ParseUdevProperties(std::string_view text) {
  std::map<std::string_view, std::string_view> properties;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    const size_t equals = line->find('=');
    if (line->substr(0, 2) != "E:" || equals == std::string_view::npos) continue;
    properties[line->substr(2, equals - 2)] = line->substr(equals + 1);
  }
  return properties;
}

std::unique_ptr<Collector> NewDiskstatsCollector(const SystemPaths& paths) {
  return std::make_unique<DiskstatsCollector>(paths);
}

}  // namespace narthex::exporters
