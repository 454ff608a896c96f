#include "server/tsdb/wal_format.h"

#include "common/bytes/numbers.h"

namespace narthex::tsdb {

std::string SegmentName(uint64_t index) {
  constexpr size_t kDigits = 8;
  const std::string digits = std::to_string(index);
  return std::string(digits.size() < kDigits ? kDigits - digits.size() : 0, '0') + digits;
}

std::optional<uint64_t> SegmentIndex(std::string_view name) {
  const auto index = ParseUnsigned(name);
  return index && SegmentName(*index) == name ? index : std::nullopt;
}

}  // namespace narthex::tsdb
