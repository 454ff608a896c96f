// Enumerations by the names that a configuration gives their values.
#ifndef NARTHEX_COMMON_CONFIG_NAMES_H_
#define NARTHEX_COMMON_CONFIG_NAMES_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex::config {

template <typename T>
struct Name {
  std::string_view text;
  T value;
};

// The value of the name that `text` is, or an error that lists the names.
template <typename T, size_t kCount>
Status FromNames(std::string_view text, const Name<T> (&names)[kCount], T& value) {
  std::string known;
  for (const Name<T>& name : names) {
    if (name.text == text) {
      value = name.value;
      return {};
    }
    if (!name.text.empty()) known.append(known.empty() ? "" : ", ").append(name.text);
  }
  return InvalidArgument("want one of ", known, ", got ", Quote(text));
}

// The name of a value that has one.
template <typename T, size_t kCount>
std::string_view NameOf(const Name<T> (&names)[kCount], T value) {
  for (const Name<T>& name : names) {
    if (name.value == value) return name.text;
  }
  return {};
}

}  // namespace narthex::config

#endif  // NARTHEX_COMMON_CONFIG_NAMES_H_
