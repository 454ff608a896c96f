// What the standard takes and is written again, the standard takes again, and it is written as the
// same bytes; and whatever it takes, a scrape takes too.
#include <cstdint>

#include "common/openmetrics/formats.h"
#include "common/openmetrics/parser.h"

namespace {

using namespace narthex::openmetrics;

// The model cuts time to milliseconds, so that points nearer to each other become one.
bool HasPointsAtOneTime(const std::vector<MetricFamily>& families) {
  for (const MetricFamily& family : families) {
    for (size_t i = 1; i < family.metrics.size(); ++i) {
      const Metric &a = family.metrics[i - 1], &b = family.metrics[i];
      if (a.labels == b.labels && a.timestamp_ms == b.timestamp_ms) return true;
    }
  }
  return false;
}

bool ScrapeTakes(std::string_view body) {
  ExpositionParser parser(body, Format::kOpenMetrics);
  for (;;) {
    const auto entry = parser.Next();
    if (!entry.ok()) return false;
    if (*entry == Entry::kEnd) return true;
    if (*entry == Entry::kSample && !parser.Labels().ok()) return false;
  }
}

void Check(std::string_view body, NameScheme names) {
  const auto families = ReadFamilies(body, Format::kOpenMetrics, names);
  if (!families.ok()) return;
  if (!ScrapeTakes(body)) __builtin_trap();
  if (HasPointsAtOneTime(*families)) return;
  const Exposition exposition{Format::kOpenMetrics, Escaping::kAllowUtf8};
  std::string once;
  WriteFamilies(*families, exposition, once);
  const auto again = ReadFamilies(once, Format::kOpenMetrics, names);
  if (!again.ok()) __builtin_trap();
  std::string twice;
  WriteFamilies(*again, exposition, twice);
  if (once != twice) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  Check(body, NameScheme::kLegacy);
  Check(body, NameScheme::kUtf8);
  return 0;
}
