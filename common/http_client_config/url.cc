#include "common/http_client_config/url.h"

#include <algorithm>
#include <string>

#include "common/bytes/numbers.h"
#include "common/http_client_config/field_rules.h"

namespace narthex {
namespace {

// Of "host", "host:port", "[v6]", "[v6]:port".
Status CheckHostAndPort(std::string_view text) {
  size_t host_end = text.find(':');
  if (!text.empty() && text[0] == '[') {
    const size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return InvalidArgument("'[' without ']' in the host");
    host_end = bracket + 1;
  }
  const std::string_view host = text.substr(0, host_end);
  if (host.empty()) return InvalidArgument("no host in the URL");
  if (host_end >= text.size()) return {};
  const std::string_view port = text.substr(host_end + 1);
  const auto number = ParseUnsigned(port);
  if (text[host_end] != ':' || (!port.empty() && (!number || *number > 65535)))
    return InvalidArgument("no port from 0 to 65535 behind the host: ", Quote(port));
  return {};
}

}  // namespace

std::string ToText(const Url& url) {
  std::string text = url.text;
  const size_t scheme = text.find("://");
  const size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  const size_t end = text.find_first_of("/?#", begin);
  const size_t at = text.substr(0, end).rfind('@');
  const size_t colon = text.find(':', begin);
  if (at == std::string::npos || at < begin || colon > at) return text;
  return text.replace(colon + 1, at - colon - 1, "<secret>");
}

Status CheckUrl(std::string_view url, std::initializer_list<std::string_view> schemes) {
  const size_t colon = url.find("://");
  std::string known;
  for (const std::string_view scheme : schemes)
    known.append(known.empty() ? "" : ", ").append(scheme).append("://");
  if (colon == std::string_view::npos)
    return InvalidArgument("want a URL that begins with one of ", known);
  const std::string scheme = LowerCase(url.substr(0, colon));
  if (std::find(schemes.begin(), schemes.end(), scheme) == schemes.end())
    return InvalidArgument("scheme ", Quote(scheme), ", want one of ", known);
  const std::string_view rest = url.substr(colon + 3);
  if (HasControl(rest)) return InvalidArgument("control byte in the URL");
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  if (authority.find_first_of(" \"<>\\^`{|}") != std::string_view::npos)
    return InvalidArgument("no host: ", Quote(authority));
  return CheckHostAndPort(authority);
}

}  // namespace narthex
