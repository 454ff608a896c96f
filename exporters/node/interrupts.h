#ifndef NARTHEX_EXPORTERS_NODE_INTERRUPTS_H_
#define NARTHEX_EXPORTERS_NODE_INTERRUPTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// One interrupt. A line of /proc/interrupts, see proc(5), below the titles of the CPUs:
//    9:     398553       2320        824        863  IR-IO-APIC-fasteoi   acpi
//  NMI:         47       5031       6211       4968   Non-maskable interrupts
// Of a numbered one, `info` is the chip and `devices` the rest; a named one has `info` only.
struct Interrupt {
  std::string_view name;
  std::string info;
  std::string devices;
  std::vector<double> counts;  // a CPU each, in the order of the titles
};

// ERR and MIS, which no CPU owns, are left out.
Result<std::vector<Interrupt>> ParseInterrupts(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_INTERRUPTS_H_
