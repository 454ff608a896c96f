#ifndef NARTHEX_EXPORTERS_NODE_SWAP_H_
#define NARTHEX_EXPORTERS_NODE_SWAP_H_

#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

// One area of swap. A line of /proc/swaps, see proc(5), below the titles; sizes are in KiB:
//   /dev/zram0                              partition  8388604  76  100
// The texts are parts of what was parsed; blanks in the name are escaped as \040.
struct SwapArea {
  std::string_view device;
  std::string_view type;
  double size_bytes;
  double used_bytes;
  double priority;
};

Result<std::vector<SwapArea>> ParseSwaps(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_SWAP_H_
