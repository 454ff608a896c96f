// Replicated block devices, from /proc/drbd of DRBD 8; see drbd.conf(5) and the user's guide of
// DRBD, "Status information in /proc/drbd". Words of the form "key:value" follow each device's
// "number:".
#include <algorithm>
#include <string>

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;

struct DrbdNumber {
  std::string_view key;
  const char* name;
  Type type;
  double scale;  // from the unit of the file
  const char* help;
};
constexpr DrbdNumber kNumbers[] = {
    {"al", "node_drbd_activitylog_writes_total", Type::kCounter, 1,
     "Writes to the activity log of the metadata."},
    {"ap", "node_drbd_application_pending", Type::kGauge, 1,
     "Requests that DRBD has and has not answered."},
    {"bm", "node_drbd_bitmap_writes_total", Type::kCounter, 1,
     "Writes to the bitmap of the metadata."},
    {"dr", "node_drbd_disk_read_bytes_total", Type::kCounter, 1024, "Bytes read from the disk."},
    {"dw", "node_drbd_disk_written_bytes_total", Type::kCounter, 1024,
     "Bytes written to the disk."},
    {"ep", "node_drbd_epochs", Type::kGauge, 1, "Epochs under way."},
    {"lo", "node_drbd_local_pending", Type::kGauge, 1,
     "Requests to the local disk that are not answered."},
    // KiB as the others; the original takes it for bytes, and so do its users.
    {"nr", "node_drbd_network_received_bytes_total", Type::kCounter, 1,
     "Bytes received from the peer."},
    {"ns", "node_drbd_network_sent_bytes_total", Type::kCounter, 1024, "Bytes sent to the peer."},
    {"oos", "node_drbd_out_of_sync_bytes", Type::kGauge, 1024, "Bytes that are not in sync."},
    {"pe", "node_drbd_remote_pending", Type::kGauge, 1,
     "Requests to the peer that are not answered."},
    {"ua", "node_drbd_remote_unacknowledged", Type::kGauge, 1,
     "Requests of the peer that are not answered."},
};

class DrbdCollector : public Collector {
 public:
  explicit DrbdCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("drbd"));
    std::string device = "unknown";
    FieldReader words(text);
    while (const auto word = words.Next()) {
      const size_t colon = word->find(':');
      if (colon == std::string_view::npos) continue;
      const std::string_view key = word->substr(0, colon);
      const std::string_view value = word->substr(colon + 1);
      if (value.empty() && ParseUnsigned(key)) device = "drbd" + std::string(key);
      if (!value.empty()) RETURN_IF_ERROR(Show(device, key, value, sink));
    }
    return {};
  }

 private:
  static Status Show(const std::string& device, std::string_view key, std::string_view value,
                     MetricSink& sink) {
    if (key == "cs") {
      sink.Gauge("node_drbd_connected", "1 while the peer is connected, else 0.",
                 value == "Connected" ? 1 : 0, {{"device", device}});
    } else if (key == "ro") {
      ShowPair("node_drbd_node_role_is_primary", "1 for a node that is primary, else 0.", device,
               value, "Primary", sink);
    } else if (key == "ds") {
      ShowPair("node_drbd_disk_state_is_up_to_date",
               "1 for a node whose disk is up to date, else 0.", device, value, "UpToDate", sink);
    }
    const auto* number = std::find_if(std::begin(kNumbers), std::end(kNumbers),
                                      [&](const DrbdNumber& row) { return row.key == key; });
    if (number == std::end(kNumbers)) return {};
    const auto parsed = ParseDouble(value);
    if (!parsed) return Corruption("drbd: want a number for ", key, ", got ", Quote(value));
    sink.AnyFamily(number->name, number->type, number->help)
        .Sample({{"device", device}}, *parsed * number->scale);
    return {};
  }

  // "Primary/Secondary": the local node's and the peer's.
  static void ShowPair(const char* name, const char* help, const std::string& device,
                       std::string_view pair, std::string_view good, MetricSink& sink) {
    const size_t slash = pair.find('/');
    if (slash == std::string_view::npos) return;
    sink.Gauge(name, help, pair.substr(0, slash) == good ? 1 : 0,
               {{"device", device}, {"node", "local"}});
    sink.Gauge(name, help, pair.substr(slash + 1) == good ? 1 : 0,
               {{"device", device}, {"node", "remote"}});
  }

  const Directory& proc_;
};

}  // namespace

std::unique_ptr<Collector> NewDrbdCollector(const SystemPaths& paths) {
  return std::make_unique<DrbdCollector>(paths.proc);
}

}  // namespace narthex::exporters
