#ifndef NARTHEX_EXPORTERS_NODE_MEMINFO_H_
#define NARTHEX_EXPORTERS_NODE_MEMINFO_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A line of /proc/meminfo, see proc(5): "MemTotal:  16042172 kB", "HugePages_Total:  0".
struct MeminfoField {
  std::string name;  // as metrics spell it: "Active(anon)" in kB becomes "Active_anon_bytes"
  double value;      // bytes, or a count
};

// "Active(anon)" as metrics spell it: "Active_anon".
std::string MeminfoMetricPart(std::string_view key);

Result<std::vector<MeminfoField>> ParseMeminfo(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_MEMINFO_H_
