// Any body ends in an end or an error; and where the quick path for a known series reads a line, it
// reads what the full parser reads.
#include <bit>
#include <cstdint>

#include "common/openmetrics/parser.h"

namespace {

using narthex::openmetrics::Entry;
using narthex::openmetrics::ExpositionParser;
using narthex::openmetrics::Format;

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

void Check(std::string_view body, Format format) {
  ExpositionParser parser(body, format);
  for (;;) {
    ExpositionParser known = parser;
    const auto entry = parser.Next();
    if (!entry.ok() || *entry == Entry::kEnd) return;
    if (*entry != Entry::kSample) continue;
    (void)parser.Labels();
    const auto& full = parser.sample();
    if (known.rest().data() != full.series.data() || !known.KnownSample(full.series.size()))
      continue;
    if (!SameBits(known.sample().value, full.value) ||
        known.sample().timestamp_ms != full.timestamp_ms || known.rest() != parser.rest()) {
      __builtin_trap();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  Check(body, Format::kText);
  Check(body, Format::kOpenMetrics);
  return 0;
}
