// A span of time as Go writes it: "1m30s", "1.5s", "250ms".
#ifndef NARTHEX_COMMON_CONFIG_GO_DURATION_H_
#define NARTHEX_COMMON_CONFIG_GO_DURATION_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex {

struct GoDuration {
  int64_t ns = 0;

  double seconds() const { return static_cast<double>(ns) / 1e9; }
};

// Without a sign. kInvalidArgument for other text, and for more than 292 years.
Status FromText(std::string_view text, GoDuration& duration);
// What Go would write: "1m0s". Not below zero.
std::string ToText(GoDuration duration);

}  // namespace narthex

#endif  // NARTHEX_COMMON_CONFIG_GO_DURATION_H_
