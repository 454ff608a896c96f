#ifndef NARTHEX_EXPORTERS_NODE_SLABINFO_H_
#define NARTHEX_EXPORTERS_NODE_SLABINFO_H_

#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// A cache of kernel objects. A line of /proc/slabinfo 2.1, see slabinfo(5), below its titles:
//   tw_sock_TCP  704  864  256  32  2 : tunables  0  0  0 : slabdata  27  27  0
// The name is a part of what was parsed.
struct Slab {
  std::string_view name;
  double active_objects;
  double objects;
  double object_size_bytes;
  double objects_per_slab;
  double pages_per_slab;
};

Result<std::vector<Slab>> ParseSlabinfo(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_SLABINFO_H_
