#ifndef NARTHEX_EXPORTERS_NODE_CPUINFO_H_
#define NARTHEX_EXPORTERS_NODE_CPUINFO_H_

#include <map>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// What /proc/cpuinfo says of one processor: its "key : value" lines. Absent keys read as empty.
// Views into the text that was parsed.
class CpuInfo {
 public:
  std::string_view Get(std::string_view key) const {
    const auto found = fields_.find(key);
    return found == fields_.end() ? std::string_view() : found->second;
  }

 private:
  friend std::vector<CpuInfo> ParseCpuInfo(std::string_view text);
  std::map<std::string_view, std::string_view> fields_;
};

// Processors in the file's order; a section begins with "processor". Lines outside are passed over.
std::vector<CpuInfo> ParseCpuInfo(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_CPUINFO_H_
