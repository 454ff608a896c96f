// The file system bcachefs, from /sys/fs/bcachefs.
#include "common/openmetrics/format.h"
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"
#include "exporters/node/human_size.h"

namespace narthex::exporters {
namespace {

constexpr const char* kFolder = "fs/bcachefs";
constexpr std::string_view kSinceCreation = "since filesystem creation:";

// A field without the colon at its end.
std::string_view WithoutColon(std::string_view field) {
  if (!field.empty() && field.back() == ':') field.remove_suffix(1);
  return field;
}

class BcachefsCollector : public Collector {
 public:
  explicit BcachefsCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> entries, sys_.List(kFolder));
    for (const std::string& uuid : entries) {
      const std::string folder = std::string(kFolder) + "/" + uuid + "/";
      sink.Gauge("node_bcachefs_info", "Constant 1 for each file system.", 1, {{"uuid", uuid}});
      if (const auto size = Size(folder + "btree_cache_size")) {
        sink.Gauge("node_bcachefs_btree_cache_size_bytes", "Memory that nodes of the trees take.",
                   *size, {{"uuid", uuid}});
      }
      CollectCompression(folder, uuid, sink);
      CollectErrors(folder, uuid, sink);
      CollectTreeWrites(folder, uuid, sink);
      CollectCounters(folder, uuid, sink);
      ASSIGN_OR_RETURN(const std::vector<std::string> devices, ListNumbered(sys_, folder, "dev-"));
      for (const std::string& device : devices)
        CollectDevice(folder + device + "/", uuid, device.substr(4), sink);
    }
    return {};
  }

 private:
  std::optional<double> Size(const std::string& path) const {
    const auto text = FindValue(sys_, path);
    return text ? ParseBcachefsSize(*text) : std::nullopt;
  }

  // Calls `line(FieldReader&)` for each line of a file.
  template <typename Visit>
  void ForEachLine(const std::string& path, const Visit& visit) const {
    const std::string text = FindValue(sys_, path).value_or("");
    LineReader lines(text);
    while (const auto line = lines.Next()) {
      FieldReader fields(*line);
      visit(fields);
    }
  }

  // "lz4   48.9G   71.2G   62.5k" below the titles.
  void CollectCompression(const std::string& folder, const std::string& uuid,
                          MetricSink& sink) const {
    ForEachLine(folder + "compression_stats", [&](FieldReader& fields) {
      const auto algorithm = fields.Next();
      const auto compressed = ParseBcachefsSize(fields.Next().value_or(""));
      const auto uncompressed = ParseBcachefsSize(fields.Next().value_or(""));
      if (!algorithm || !compressed || !uncompressed) return;
      sink.Gauge("node_bcachefs_compression_compressed_bytes", "Size of data as they are stored.",
                 *compressed, {{"uuid", uuid}, {"algorithm", *algorithm}});
      sink.Gauge("node_bcachefs_compression_uncompressed_bytes", "Size of data as they are used.",
                 *uncompressed, {{"uuid", uuid}, {"algorithm", *algorithm}});
    });
  }

  // "bset_bad_csum   2   1767112063": what, how often, and when last.
  void CollectErrors(const std::string& folder, const std::string& uuid, MetricSink& sink) const {
    ForEachLine(folder + "errors", [&](FieldReader& fields) {
      const auto type = fields.Next();
      const auto count = fields.NextUnsigned();
      if (!type || !count) return;
      sink.Counter("node_bcachefs_errors_total", "Errors found in the file system.",
                   static_cast<double>(*count), {{"uuid", uuid}, {"error_type", *type}});
    });
  }

  // "initial:           3298401   100k" below the titles.
  void CollectTreeWrites(const std::string& folder, const std::string& uuid,
                         MetricSink& sink) const {
    ForEachLine(folder + "btree_write_stats", [&](FieldReader& fields) {
      const std::string_view type = WithoutColon(fields.Next().value_or(""));
      const auto count = fields.NextUnsigned();
      const auto size = ParseBcachefsSize(fields.Next().value_or(""));
      if (type.empty() || !count || !size) return;
      sink.Counter("node_bcachefs_btree_writes_total", "Writes of nodes of the trees.",
                   static_cast<double>(*count), {{"uuid", uuid}, {"type", type}});
      sink.Gauge("node_bcachefs_btree_write_average_size_bytes",
                 "Average size of writes of nodes of the trees.", *size,
                 {{"uuid", uuid}, {"type", type}});
    });
  }

  // A file each, with "since filesystem creation:     44.5T".
  void CollectCounters(const std::string& folder, const std::string& uuid, MetricSink& sink) const {
    const auto files = sys_.List(folder + "counters");
    if (!files.ok()) return;
    for (const std::string& file : *files) {
      const std::string name = "node_bcachefs_" + file + "_total";
      const std::string text = FindValue(sys_, folder + "counters/" + file).value_or("");
      const size_t at = text.find(kSinceCreation);
      if (at == std::string::npos || !IsLegacyMetricName(name)) continue;
      FieldReader fields(std::string_view(text).substr(at + kSinceCreation.size()));
      if (const auto value = ParseBcachefsSize(fields.Next().value_or("")))
        sink.Counter(name, "Counter " + file + " of the file system.", *value, {{"uuid", uuid}});
    }
  }

  void CollectDevice(const std::string& folder, const std::string& uuid, const std::string& device,
                     MetricSink& sink) const {
    const auto text = [&](const char* file) { return FindValue(sys_, folder + file).value_or(""); };
    sink.Gauge(
        "node_bcachefs_device_info", "Constant 1 for each device.", 1,
        {{"uuid", uuid}, {"device", device}, {"label", text("label")}, {"state", text("state")}});
    const auto gauge = [&](const char* name, const char* help, std::optional<double> value) {
      if (value) sink.Gauge(name, help, *value, {{"uuid", uuid}, {"device", device}});
    };
    gauge("node_bcachefs_device_bucket_size_bytes", "Size of a bucket.",
          Size(folder + "bucket_size"));
    gauge("node_bcachefs_device_buckets", "Buckets of a device.", Size(folder + "nbuckets"));
    gauge("node_bcachefs_device_durability", "Replicas that data on a device count for.",
          Size(folder + "durability"));
    // A direction, then "btree       :     8912896" for each kind of data.
    std::string operation;
    ForEachLine(folder + "io_done", [&](FieldReader& fields) {
      const std::string_view kind = WithoutColon(fields.Next().value_or(""));
      auto value = fields.Next();
      if (value == ":") value = fields.Next();
      const auto bytes = ParseUnsigned(WithoutLeadingColon(value.value_or("")));
      if (!bytes) {
        operation = kind;
        return;
      }
      sink.Counter(
          "node_bcachefs_device_io_done_bytes_total", "Bytes read and written of a device.",
          static_cast<double>(*bytes),
          {{"uuid", uuid}, {"device", device}, {"operation", operation}, {"data_type", kind}});
    });
    CollectDeviceErrors(folder, uuid, device, sink);
  }

  static std::string_view WithoutLeadingColon(std::string_view field) {
    if (!field.empty() && field[0] == ':') field.remove_prefix(1);
    return field;
  }

  // Below "IO errors since filesystem creation": "  read:    18828".
  void CollectDeviceErrors(const std::string& folder, const std::string& uuid,
                           const std::string& device, MetricSink& sink) const {
    const std::string text = FindValue(sys_, folder + "io_errors").value_or("");
    bool since_creation = false;
    LineReader lines(text);
    while (const auto line = lines.Next()) {
      if (line->substr(0, 9) == "IO errors") {
        since_creation = line->find("creation") != std::string_view::npos;
        continue;
      }
      const size_t colon = line->find(':');
      if (!since_creation || colon == std::string_view::npos) continue;
      FieldReader name(line->substr(0, colon));
      FieldReader value(line->substr(colon + 1));
      const auto type = name.Next();
      const auto count = value.NextUnsigned();
      if (!type || !count) continue;
      sink.Counter("node_bcachefs_device_io_errors_total", "Errors of a device.",
                   static_cast<double>(*count),
                   {{"uuid", uuid}, {"device", device}, {"type", *type}});
    }
  }

  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewBcachefsCollector(const SystemPaths& paths) {
  return std::make_unique<BcachefsCollector>(paths.sys);
}

}  // namespace narthex::exporters
