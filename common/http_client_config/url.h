// What a configuration may give as a URL.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_CONFIG_URL_H_
#define NARTHEX_COMMON_HTTP_CLIENT_CONFIG_URL_H_

#include <initializer_list>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex {

// A URL that may hold a password: shown without it.
struct Url {
  std::string text;

  bool empty() const { return text.empty(); }
};
inline Status FromText(std::string_view text, Url& url) {
  url.text = text;
  return {};
}
std::string ToText(const Url& url);  // "http://user:<secret>@host/"

// kInvalidArgument unless it is scheme://host with one of these schemes, an optional user, port,
// path, query and fragment, and no byte that a URL cannot have. Does not show the text: it may hold
// a password.
Status CheckUrl(std::string_view url, std::initializer_list<std::string_view> schemes);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_CONFIG_URL_H_
