#ifndef NARTHEX_EXPORTERS_NODE_MEMINFO_H_
#define NARTHEX_EXPORTERS_NODE_MEMINFO_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A line of /proc/meminfo, see proc(5): "MemTotal:  16042172 kB", "HugePages_Total:  0".
struct MeminfoField {
  std::string_view key;  // "Active(anon)", a part of what was parsed
  double value;          // bytes, or a count
  bool is_bytes;
};

// "Active(anon)" as metrics spell it, "Active_anon", into memory that is used again.
void SpellMeminfoKey(std::string_view key, std::string& part);

Result<std::vector<MeminfoField>> ParseMeminfo(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_MEMINFO_H_
