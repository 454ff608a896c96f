// A transparent hash, so that hash tables keyed by std::string are asked with std::string_view:
//   absl::flat_hash_map<std::string, int, StringHash, std::equal_to<>> table;
#ifndef NARTHEX_COMMON_BYTES_STRING_HASH_H_
#define NARTHEX_COMMON_BYTES_STRING_HASH_H_

#include <cstddef>
#include <functional>
#include <string_view>

namespace narthex {

struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_BYTES_STRING_HASH_H_
