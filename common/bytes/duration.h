// Durations ("1h30m", "500ms") and sizes ("512MB", "1GiB") as configuration, flags and queries
// spell them. Semantics follow Prometheus' model.ParseDuration and units.Base2Bytes.
#ifndef NARTHEX_COMMON_BYTES_DURATION_H_
#define NARTHEX_COMMON_BYTES_DURATION_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex {

// A span of time in milliseconds; a type of its own so that a config field says what it holds.
struct Duration {
  int64_t ms = 0;

  static constexpr Duration Seconds(int64_t seconds) { return {seconds * 1000}; }
  double seconds() const { return static_cast<double>(ms) / 1000.0; }

  friend bool operator==(Duration a, Duration b) { return a.ms == b.ms; }
  friend bool operator!=(Duration a, Duration b) { return a.ms != b.ms; }
  friend bool operator<(Duration a, Duration b) { return a.ms < b.ms; }
  friend bool operator>(Duration a, Duration b) { return b < a; }
};

// Whole numbers with units y w d h m s ms, each at most once and in this order; "0" alone is zero.
Result<Duration> ParseDuration(std::string_view text);

// The shortest such text: "1h30m", "1d", "0s". Weeks and years only where they are exact.
std::string FormatDuration(Duration duration);

// A size in bytes.
struct ByteSize {
  uint64_t bytes = 0;

  friend bool operator==(ByteSize a, ByteSize b) { return a.bytes == b.bytes; }
};

// A whole number with a unit B, KB, MB, GB, TB, PB, EB, or the same with "i"; all are powers of
// 1024. "0" needs no unit.
Result<ByteSize> ParseByteSize(std::string_view text);
std::string FormatByteSize(ByteSize size);

}  // namespace narthex

#endif  // NARTHEX_COMMON_BYTES_DURATION_H_
