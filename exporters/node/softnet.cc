#include "exporters/node/softnet.h"

#include <array>
#include <charconv>
#include <set>

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class SoftnetCollector : public Collector {
 public:
  explicit SoftnetCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("net/softnet_stat"));
    ASSIGN_OR_RETURN(const std::vector<SoftnetCpu> cpus, ParseSoftnet(text));
    std::set<uint32_t> shown;
    for (const SoftnetCpu& cpu : cpus) {
      if (shown.insert(cpu.cpu).second) Show(cpu, sink);
    }
    return {};
  }

 private:
  static void Show(const SoftnetCpu& cpu, MetricSink& sink) {
    const std::string label = std::to_string(cpu.cpu);
    const auto counter = [&](std::string_view name, std::string_view help, uint32_t value) {
      sink.Counter(name, help, value, {{"cpu", label}});
    };
    counter("node_softnet_processed_total", "Packets processed.", cpu.processed);
    counter("node_softnet_dropped_total", "Packets dropped because the backlog was full.",
            cpu.dropped);
    counter("node_softnet_times_squeezed_total", "Times that the quota ended before the packets.",
            cpu.times_squeezed);
    counter("node_softnet_cpu_collision_total",
            "Times that another CPU held the device's lock when sending.", cpu.cpu_collision);
    counter("node_softnet_received_rps_total",
            "Times that another CPU woke this one to receive packets.", cpu.received_rps);
    counter("node_softnet_flow_limit_count_total", "Times that the flow limit was reached.",
            cpu.flow_limit_count);
    sink.Gauge("node_softnet_backlog_len", "Packets in the backlog.", cpu.backlog_length,
               {{"cpu", label}});
  }

  const Directory& proc_;
};

std::optional<uint32_t> ParseHex(std::string_view text) {
  uint32_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

Result<std::vector<SoftnetCpu>> ParseSoftnet(std::string_view text) {
  constexpr size_t kMinColumns = 9;
  constexpr size_t kMaxColumns = 13;  // that are known
  std::vector<SoftnetCpu> parsed;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    std::array<uint32_t, kMaxColumns> columns{};
    size_t count = 0;
    FieldReader fields(*line);
    while (const auto field = fields.Next()) {
      const auto value = ParseHex(*field);
      if (!value) return Corruption("softnet_stat: want hexadecimal numbers, got ", Quote(*line));
      if (count < kMaxColumns) columns[count++] = *value;
    }
    if (count < kMinColumns)
      return Corruption("softnet_stat: want at least 9 columns, got ", Quote(*line));
    const bool tells_cpu = count == kMaxColumns;
    parsed.push_back({tells_cpu ? columns[12] : static_cast<uint32_t>(parsed.size()), columns[0],
                      columns[1], columns[2], columns[8], columns[9], columns[10],
                      tells_cpu ? columns[11] : 0});
  }
  return parsed;
}

std::unique_ptr<Collector> NewSoftnetCollector(const SystemPaths& paths) {
  return std::make_unique<SoftnetCollector>(paths.proc);
}

}  // namespace narthex::exporters
