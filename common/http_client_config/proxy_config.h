// Through which proxy a client goes: fields that Prometheus has in http_config and in oauth2.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_CONFIG_PROXY_CONFIG_H_
#define NARTHEX_COMMON_HTTP_CLIENT_CONFIG_PROXY_CONFIG_H_

#include <map>
#include <string>
#include <vector>

#include "common/config/secret.h"
#include "common/http_client_config/url.h"

namespace narthex {

struct ProxyConfig {
  Url proxy_url;         // scheme http, https or socks5
  std::string no_proxy;  // hosts, domains, networks that are reached directly, between commas
  bool proxy_from_environment = false;  // HTTP_PROXY, HTTPS_PROXY, NO_PROXY, or in lower case
  std::map<std::string, std::vector<config::Secret>> proxy_connect_header;  // of CONNECT requests

  void Describe(auto& fields) {
    fields.Optional("proxy_url", proxy_url);
    fields.Optional("no_proxy", no_proxy);
    fields.Optional("proxy_from_environment", proxy_from_environment);
    fields.Optional("proxy_connect_header", proxy_connect_header);
  }
  Status Validate() const;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_CONFIG_PROXY_CONFIG_H_
