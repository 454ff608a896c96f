// Fibre Channel adapters, from /sys/class/fc_host.
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

struct FcCounter {
  const char* file;
  const char* name;  // behind node_fibrechannel_
  const char* help;
};
constexpr FcCounter kCounters[] = {
    {"dumped_frames", "dumped_frames_total", "Frames lost as the adapter had no room."},
    {"error_frames", "error_frames_total", "Frames with an error."},
    {"invalid_crc_count", "invalid_crc_total", "Frames with a wrong checksum."},
    {"rx_frames", "rx_frames_total", "Frames received."},
    {"rx_words", "rx_words_total", "Words received."},
    {"tx_frames", "tx_frames_total", "Frames sent."},
    {"tx_words", "tx_words_total", "Words sent."},
    {"seconds_since_last_reset", "seconds_since_last_reset_total",
     "Seconds since the counters were set to zero."},
    {"invalid_tx_word_count", "invalid_tx_words_total", "Broken words received."},
    {"link_failure_count", "link_failure_total", "Failures of the link."},
    {"loss_of_sync_count", "loss_of_sync_total", "Losses of synchronisation."},
    {"loss_of_signal_count", "loss_of_signal_total", "Losses of the signal."},
    {"nos_count", "nos_total", "\"Not operational\" received."},
    {"fcp_packet_aborts", "fcp_packet_aborts_total", "SCSI packets given up."},
};
// What an adapter gives that does not count such a thing.
constexpr const char* kNotCounted = "0xffffffffffffffff";

// Files, and labels of the same name.
constexpr const char* kTexts[] = {
    "speed",       "port_state",    "port_type",         "port_id",          "port_name",
    "fabric_name", "symbolic_name", "supported_classes", "supported_speeds", "dev_loss_tmo"};

class FibrechannelCollector : public Collector {
 public:
  explicit FibrechannelCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> hosts, sys_.List("class/fc_host"));
    for (const std::string& host : hosts) CollectHost(host, sink);
    return {};
  }

 private:
  void CollectHost(const std::string& host, MetricSink& sink) const {
    const std::string folder = "class/fc_host/" + host + "/";
    std::vector<std::string> values;
    values.reserve(std::size(kTexts));  // labels point into it
    std::vector<Label> labels = {{"fc_host", host}};
    for (const char* text : kTexts) {
      std::string value = FindValue(sys_, folder + text).value_or("");
      if (value.compare(0, 2, "0x") == 0) value.erase(0, 2);
      values.push_back(std::move(value));
      labels.push_back({text, values.back()});
    }
    sink.GaugeFamily("node_fibrechannel_info", "Constant 1, with what an adapter tells in words.")
        .Sample("", labels.data(), labels.size(), 1);
    for (const FcCounter& counter : kCounters) {
      const std::string path = folder + "statistics/" + counter.file;
      const auto value = FindNumber(sys_, path);
      if (!value || FindValue(sys_, path) == kNotCounted) continue;
      sink.Counter(std::string("node_fibrechannel_") + counter.name, counter.help, *value,
                   {{"fc_host", host}});
    }
  }

  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewFibrechannelCollector(const SystemPaths& paths) {
  return std::make_unique<FibrechannelCollector>(paths.sys);
}

}  // namespace narthex::exporters
