// Which proxy leads to a URL.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_PROXY_CHOICE_H_
#define NARTHEX_COMMON_HTTP_CLIENT_PROXY_CHOICE_H_

#include <functional>
#include <string>
#include <string_view>

#include "common/http_client/url_authority.h"
#include "common/http_client_config/proxy_config.h"

namespace narthex {

// A variable of the environment; empty where it is not set.
using Environment = std::function<std::string(const char* name)>;
std::string ProcessEnvironment(const char* name);

// The URL of the proxy to `target`, empty for the direct way. Without a list of exceptions a proxy
// is for every target; with one, or from the environment, this machine's own addresses are always
// reached directly. Semantics follow prometheus/common and Go's httpproxy.
std::string ProxyFor(const ProxyConfig& config, const UrlAuthority& target,
                     const Environment& environment = ProcessEnvironment);

// Whether a list such as "a.test, .b.test, 10.0.0.0/8, c.test:80, *" names the target.
bool IsException(std::string_view list, const UrlAuthority& target);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_PROXY_CHOICE_H_
