#include "exporters/node/cpuinfo.h"

#include "common/bytes/trim.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {

std::vector<CpuInfo> ParseCpuInfo(std::string_view text) {
  std::vector<CpuInfo> processors;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    const size_t colon = line->find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = TrimBlanks(line->substr(0, colon));
    if (key == "processor") processors.emplace_back();
    if (!processors.empty()) processors.back().fields_[key] = TrimBlanks(line->substr(colon + 1));
  }
  return processors;
}

}  // namespace narthex::exporters
