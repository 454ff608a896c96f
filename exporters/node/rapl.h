#ifndef NARTHEX_EXPORTERS_NODE_RAPL_H_
#define NARTHEX_EXPORTERS_NODE_RAPL_H_

#include <string>
#include <string_view>

namespace narthex::exporters {

// The name of a zone of power, as /sys/class/powercap/*/name has it, taken apart: "package-1" is
// the second of its kind. `index` is -1 where the name tells none.
struct RaplName {
  std::string kind;
  int index = -1;
};

RaplName ParseRaplName(std::string_view name);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_RAPL_H_
