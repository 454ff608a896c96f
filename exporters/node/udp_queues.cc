#include "exporters/node/udp_queues.h"

#include <charconv>

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class UdpQueuesCollector : public Collector {
 public:
  explicit UdpQueuesCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    bool found = false;
    for (const auto& [file, ip] : {std::pair{"net/udp", "v4"}, std::pair{"net/udp6", "v6"}}) {
      const auto text = proc_.Read(file);
      if (text.code() == Code::kNotFound) continue;
      if (!text.ok()) return text.status();
      ASSIGN_OR_RETURN(const UdpQueues queues, ParseUdpSockets(*text).Prefixed(file));
      Family& family = sink.GaugeFamily("node_udp_queues", "Bytes that wait in UDP sockets.");
      family.Sample({{"queue", "tx"}, {"ip", ip}}, static_cast<double>(queues.transmit_bytes));
      family.Sample({{"queue", "rx"}, {"ip", ip}}, static_cast<double>(queues.receive_bytes));
      found = true;
    }
    return found ? Status() : NoData("no UDP here");
  }

 private:
  const Directory& proc_;
};

// Takes a hexadecimal number from the front of `text`.
std::optional<uint64_t> TakeHexadecimal(std::string_view& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

Result<UdpQueues> ParseQueues(std::string_view field) {
  const std::string_view whole = field;
  const auto transmit = TakeHexadecimal(field);
  const bool colon = field.substr(0, 1) == ":";
  if (colon) field.remove_prefix(1);
  const auto receive = TakeHexadecimal(field);
  if (!transmit || !colon || !receive || !field.empty())
    return Corruption("want two hexadecimal numbers, got ", Quote(whole));
  return UdpQueues{*transmit, *receive};
}

}  // namespace

Result<UdpQueues> ParseUdpSockets(std::string_view text) {
  constexpr size_t kBefore = 4;
  LineReader lines(text);
  lines.Next();  // titles
  UdpQueues sum;
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    for (size_t i = 0; i < kBefore; ++i) fields.Next();
    ASSIGN_OR_RETURN(const UdpQueues one, ParseQueues(fields.Next().value_or("")));
    sum.transmit_bytes += one.transmit_bytes;
    sum.receive_bytes += one.receive_bytes;
  }
  return sum;
}

std::unique_ptr<Collector> NewUdpQueuesCollector(const SystemPaths& paths) {
  return std::make_unique<UdpQueuesCollector>(paths.proc);
}

}  // namespace narthex::exporters
