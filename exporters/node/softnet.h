#ifndef NARTHEX_EXPORTERS_NODE_SOFTNET_H_
#define NARTHEX_EXPORTERS_NODE_SOFTNET_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// What one CPU did with received packets.
struct SoftnetCpu {
  uint32_t cpu = 0;
  uint32_t processed = 0;
  uint32_t dropped = 0;         // the backlog was full
  uint32_t times_squeezed = 0;  // work was left when the quota was over
  uint32_t cpu_collision = 0;
  uint32_t received_rps = 0;
  uint32_t flow_limit_count = 0;
  uint32_t backlog_length = 0;
};

// /proc/net/softnet_stat: a line a CPU, hexadecimal numbers. Kernels add columns: 9 before Linux
// 2.6.36, the 10th is received_rps, the 11th flow_limit_count; from 5.14 the 12th is the length of
// the backlog and the 13th the CPU, which before is the line's number.
//   00049279 00000000 00000001 00000000 00000000 00000000 00000000 00000000 00000000 00000000
//   00000000
Result<std::vector<SoftnetCpu>> ParseSoftnet(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_SOFTNET_H_
