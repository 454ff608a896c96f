#include "common/bytes/duration.h"

#include <limits>

#include "common/bytes/numbers.h"

namespace narthex {
namespace {

struct DurationUnit {
  std::string_view name;
  int64_t ms;
  bool only_if_exact;  // used for printing only when nothing remains
};

constexpr DurationUnit kDurationUnits[] = {
    {"y", 365LL * 24 * 3600 * 1000, true},
    {"w", 7LL * 24 * 3600 * 1000, true},
    {"d", 24LL * 3600 * 1000, false},
    {"h", 3600LL * 1000, false},
    {"m", 60LL * 1000, false},
    {"s", 1000, false},
    {"ms", 1, false},
};

constexpr std::string_view kSizeUnits[] = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};

size_t CountDigits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  return count;
}

size_t CountLetters(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && (text[count] | 0x20) >= 'a' && (text[count] | 0x20) <= 'z') ++count;
  return count;
}

Status BadDuration(std::string_view text) {
  return InvalidArgument("not a duration: ", Quote(text), ", want a form like 30s, 5m or 1h30m");
}

}  // namespace

Result<Duration> ParseDuration(std::string_view text) {
  if (text == "0") return Duration{0};
  if (text.empty()) return InvalidArgument("empty duration");
  int64_t total_ms = 0;
  size_t next_unit = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t digits = CountDigits(rest);
    const auto number = ParseInteger(rest.substr(0, digits));
    const std::string_view name = rest.substr(digits, CountLetters(rest.substr(digits)));
    if (digits == 0 || !number || name.empty()) return BadDuration(text);
    while (next_unit < std::size(kDurationUnits) && kDurationUnits[next_unit].name != name) {
      ++next_unit;
    }
    if (next_unit == std::size(kDurationUnits)) return BadDuration(text);
    int64_t part_ms = 0;
    if (__builtin_mul_overflow(*number, kDurationUnits[next_unit].ms, &part_ms) ||
        __builtin_add_overflow(total_ms, part_ms, &total_ms)) {
      return InvalidArgument("duration out of range: ", Quote(text));
    }
    ++next_unit;
    rest.remove_prefix(digits + name.size());
  }
  // The reference counts in nanoseconds, in 64 bits.
  if (total_ms > std::numeric_limits<int64_t>::max() / 1'000'000) {
    return InvalidArgument("duration out of range: ", Quote(text));
  }
  return Duration{total_ms};
}

std::string FormatDuration(Duration duration) {
  if (duration.ms == 0) return "0s";
  std::string out = duration.ms < 0 ? "-" : "";
  int64_t rest_ms = duration.ms < 0 ? -duration.ms : duration.ms;
  for (const DurationUnit& unit : kDurationUnits) {
    if (rest_ms < unit.ms || (unit.only_if_exact && rest_ms % unit.ms != 0)) continue;
    AppendInteger(out, rest_ms / unit.ms);
    out += unit.name;
    rest_ms %= unit.ms;
  }
  return out;
}

Result<ByteSize> ParseByteSize(std::string_view text) {
  if (text == "0") return ByteSize{0};
  const size_t digits = CountDigits(text);
  const auto number = ParseUnsigned(text.substr(0, digits));
  std::string unit(text.substr(digits));
  if (unit.size() == 3 && unit[1] == 'i') unit.erase(1, 1);
  for (size_t power = 0; number && power < std::size(kSizeUnits); ++power) {
    if (unit != kSizeUnits[power]) continue;
    if (*number > (std::numeric_limits<uint64_t>::max() >> (10 * power))) break;
    return ByteSize{*number << (10 * power)};
  }
  return InvalidArgument("not a size: ", Quote(text), ", want a form like 512MB or 1GiB");
}

std::string FormatByteSize(ByteSize size) {
  size_t power = 0;
  uint64_t number = size.bytes;
  while (number != 0 && number % 1024 == 0 && power + 1 < std::size(kSizeUnits)) {
    number /= 1024;
    ++power;
  }
  std::string out;
  AppendUnsigned(out, number);
  if (power == 0) return out + "B";
  return out + kSizeUnits[power][0] + "iB";
}

}  // namespace narthex
