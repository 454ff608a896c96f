// Comparing texts of protocols and files in which a letter's case does not count. ASCII only.
#ifndef NARTHEX_COMMON_BYTES_IGNORE_CASE_H_
#define NARTHEX_COMMON_BYTES_IGNORE_CASE_H_

#include <algorithm>
#include <string_view>

namespace narthex {

inline bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [lower](char x, char y) { return lower(x) == lower(y); });
}

inline bool StartsIgnoringCase(std::string_view text, std::string_view prefix) {
  return EqualIgnoringCase(text.substr(0, prefix.size()), prefix);
}

}  // namespace narthex

#endif  // NARTHEX_COMMON_BYTES_IGNORE_CASE_H_
