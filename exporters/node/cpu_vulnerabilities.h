#ifndef NARTHEX_EXPORTERS_NODE_CPU_VULNERABILITIES_H_
#define NARTHEX_EXPORTERS_NODE_CPU_VULNERABILITIES_H_

#include <string>
#include <string_view>

namespace narthex::exporters {

// What the kernel says of one weakness of the CPUs, see
// Documentation/ABI/testing/sysfs-devices-system-cpu of the kernel:
//   Mitigation: Clear CPU buffers; SMT vulnerable
// The state is "not affected", "vulnerable", "mitigation" or "unknown".
struct Vulnerability {
  std::string_view state;
  std::string mitigation;  // what follows the state's word; empty where nothing does
};

Vulnerability ParseVulnerability(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_CPU_VULNERABILITIES_H_
