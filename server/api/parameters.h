// Times and durations as API parameters spell them.
#ifndef NARTHEX_SERVER_API_PARAMETERS_H_
#define NARTHEX_SERVER_API_PARAMETERS_H_

#include <cstdint>
#include <string_view>

#include "common/bytes/duration.h"
#include "common/status/status.h"

namespace narthex::server {

// Unix seconds with decimals, or RFC 3339 such as 2026-11-23T02:01:40.5Z or with an offset +01:00.
// In milliseconds.
Result<int64_t> ParseTime(std::string_view text);

// Seconds with decimals, or a duration such as 5m.
Result<Duration> ParseDurationParameter(std::string_view text);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_PARAMETERS_H_
