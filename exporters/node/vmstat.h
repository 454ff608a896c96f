#ifndef NARTHEX_EXPORTERS_NODE_VMSTAT_H_
#define NARTHEX_EXPORTERS_NODE_VMSTAT_H_

#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A line of /proc/vmstat, see proc(5): "pgpgin 7344136". The name is a part of what was parsed.
struct VmstatField {
  std::string_view name;
  double value;
};

Result<std::vector<VmstatField>> ParseVmstat(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_VMSTAT_H_
