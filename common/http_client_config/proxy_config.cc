#include "common/http_client_config/proxy_config.h"

#include <algorithm>

#include "common/http_client_config/field_rules.h"

namespace narthex {

Status ProxyConfig::Validate() const {
  const bool has_url = !proxy_url.empty();
  if (!proxy_connect_header.empty() && !has_url && !proxy_from_environment)
    return InvalidArgument("proxy_connect_header needs proxy_url or proxy_from_environment");
  RETURN_IF_ERROR(
      AtMostOne(proxy_from_environment, has_url, "proxy_from_environment and proxy_url"));
  RETURN_IF_ERROR(
      AtMostOne(proxy_from_environment, !no_proxy.empty(), "proxy_from_environment and no_proxy"));
  if (!no_proxy.empty() && !has_url) return InvalidArgument("no_proxy needs proxy_url");
  if (has_url)
    RETURN_IF_ERROR(
        CheckUrl(proxy_url.text, {"http", "https", "socks5", "socks5h"}).Prefixed("proxy_url"));
  if (HasControl(no_proxy)) return InvalidArgument("no_proxy: control byte in it");
  for (const auto& [name, values] : proxy_connect_header) {
    const bool broken = std::any_of(values.begin(), values.end(), [](const config::Secret& value) {
      return HasControl(value.reveal());
    });
    if (broken || HasControl(name) || name.empty())
      return InvalidArgument("proxy_connect_header: not a header: ", Quote(name));
  }
  return {};
}

}  // namespace narthex
