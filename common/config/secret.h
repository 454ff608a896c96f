// A password, key or token of a configuration. It does not convert to text and prints as <secret>;
// only reveal() gives it, where it is used.
#ifndef NARTHEX_COMMON_CONFIG_SECRET_H_
#define NARTHEX_COMMON_CONFIG_SECRET_H_

#include <ostream>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex::config {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view value) : value_(value) {}

  bool empty() const { return value_.empty(); }
  const std::string& reveal() const { return value_; }

  friend bool operator==(const Secret& a, const Secret& b) { return a.value_ == b.value_; }
  friend std::ostream& operator<<(std::ostream& out, const Secret& /*secret*/) {
    return out << "<secret>";
  }

 private:
  std::string value_;
};

inline Status FromText(std::string_view text, Secret& value) {
  value = Secret(text);
  return {};
}

}  // namespace narthex::config

#endif  // NARTHEX_COMMON_CONFIG_SECRET_H_
