// Trimming of texts that stand between blanks.
#ifndef NARTHEX_COMMON_BYTES_TRIM_H_
#define NARTHEX_COMMON_BYTES_TRIM_H_

#include <string_view>

namespace narthex {

// The text without the spaces, tabs and line feeds at its ends.
inline std::string_view TrimBlanks(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

}  // namespace narthex

#endif  // NARTHEX_COMMON_BYTES_TRIM_H_
