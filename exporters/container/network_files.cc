#include "exporters/container/network_files.h"

#include <charconv>
#include <optional>

#include "common/bytes/trim.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

std::optional<uint64_t> ParseHex(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<std::vector<InterfaceCounters>> ParseInterfaces(std::string_view text) {
  std::vector<InterfaceCounters> interfaces;
  LineReader lines(text);
  lines.Next();
  lines.Next();
  while (const auto line = lines.Next()) {
    const size_t colon = line->rfind(':');  // a name may have one itself
    if (colon == std::string_view::npos)
      return Corruption("net/dev: want a name and a colon, got ", Quote(*line));
    InterfaceCounters counters;
    counters.name = TrimBlanks(line->substr(0, colon));
    std::array<uint64_t, 16> numbers{};
    FieldReader fields(line->substr(colon + 1));
    for (uint64_t& number : numbers) {
      const auto value = fields.NextUnsigned();
      if (!value) return Corruption("net/dev: want 16 numbers, got ", Quote(*line));
      number = *value;
    }
    counters.received_bytes = numbers[0];
    counters.received_packets = numbers[1];
    counters.receive_errors = numbers[2];
    counters.receive_drops = numbers[3];
    counters.sent_bytes = numbers[8];
    counters.sent_packets = numbers[9];
    counters.send_errors = numbers[10];
    counters.send_drops = numbers[11];
    interfaces.push_back(counters);
  }
  return interfaces;
}

std::array<uint64_t, kTcpStateCount> CountTcpStates(std::string_view text) {
  std::array<uint64_t, kTcpStateCount> counts{};
  LineReader lines(text);
  lines.Next();
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    for (int i = 0; i < 3; ++i) fields.Next();  // number, local and remote address
    const auto state = ParseHex(fields.Next().value_or(""));
    if (state && *state < kTcpStateCount) ++counts[*state];
  }
  return counts;
}

UdpSockets ParseUdp(std::string_view text) {
  constexpr size_t kFieldsBeforeDrops = 7;  // between the queues and the last field
  UdpSockets sockets;
  LineReader lines(text);
  lines.Next();
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    for (int i = 0; i < 4; ++i) fields.Next();  // number, addresses, state
    const std::string_view queues = fields.Next().value_or("");
    const size_t colon = queues.find(':');
    if (colon == std::string_view::npos) continue;
    const auto send = ParseHex(queues.substr(0, colon));
    const auto receive = ParseHex(queues.substr(colon + 1));
    if (!send || !receive) continue;
    ++sockets.count;
    sockets.send_queue_bytes += *send;
    sockets.receive_queue_bytes += *receive;
    for (size_t i = 0; i < kFieldsBeforeDrops; ++i) fields.Next();
    sockets.dropped += fields.NextUnsigned().value_or(0);
  }
  return sockets;
}

}  // namespace narthex::exporters
