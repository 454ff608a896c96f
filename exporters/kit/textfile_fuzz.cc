// Any file: no series twice, no timestamps, names that may be shown. A file that can be read whole
// is not changed by a bad line of another family behind it.
#include <cstdint>
#include <set>
#include <string>

#include "common/openmetrics/formats.h"
#include "exporters/kit/textfile_reader.h"

namespace narthex::exporters {
namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

void CheckContent(const TextfileContent& content) {
  Require(content.faults.size() <= kMaxTextfileFaults);
  std::set<std::string> names;
  for (const auto& family : content.families) {
    Require(names.insert(family.name).second && IsLegacyMetricName(family.name));
    std::set<std::vector<openmetrics::LabelPair>> seen;
    for (const auto& metric : family.metrics) {
      Require(!metric.timestamp_ms && seen.insert(metric.labels).second);
      Require(metric.labels.size() == family.metrics[0].labels.size());
    }
  }
}

void CheckBesideABadLine(const TextfileContent& whole, std::string_view text) {
  constexpr std::string_view kBad = "fuzz_bad_line x\n";
  if (text.find("fuzz_bad_line") != std::string_view::npos) return;
  const TextfileContent parts = ReadTextfile(std::string(text) + std::string(kBad));
  Require(!parts.faults.empty());
  if (!whole.faults.empty()) return;  // its own faults may have had room for one more
  Require(parts.families.size() == whole.families.size());
  for (size_t i = 0; i < parts.families.size(); ++i)
    Require(Same(parts.families[i], whole.families[i]));
}

}  // namespace
}  // namespace narthex::exporters

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narthex::exporters;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const TextfileContent content = ReadTextfile(text);
  CheckContent(content);
  if (text.empty() || text.back() == '\n') CheckBesideABadLine(content, text);
  return 0;
}
