// Where a URL leads, and who may be told secrets there.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_URL_AUTHORITY_H_
#define NARTHEX_COMMON_HTTP_CLIENT_URL_AUTHORITY_H_

#include <optional>
#include <string>

#include "common/status/status.h"

namespace narthex {

struct UrlAuthority {
  std::string scheme;  // in lower case
  std::string host;    // as written, IPv6 without brackets
  std::string port;    // the scheme's own where the URL has none

  // "host:port" as a Host header and libcurl's lists spell it; a port that is the scheme's own is
  // left out of the first.
  std::string HostHeader() const;
  std::string HostAndPort() const;
};

// As libcurl reads the URL. kInvalidArgument for what is none, or has no host.
Result<UrlAuthority> AuthorityOf(const std::string& url);

// A proxy's URL made ready for libcurl, and where it leads. A port that is missing is the scheme's
// own (libcurl would take 1080), and socks5 looks names up at the proxy, as the reference has it.
struct ProxyAddress {
  std::string url;
  UrlAuthority authority;
};
// kInvalidArgument does not show the URL: it may hold a password.
Result<ProxyAddress> ReadProxy(const std::string& url);

// Whether a redirect from one place to the other may take credentials along: the same scheme, host
// and port, or the step from plain HTTP to HTTPS on the usual ports of one host.
bool KeepsCredentials(const UrlAuthority& from, const UrlAuthority& to);

// What a request line asks a server of that URL for: path and query. Nothing for a URL with
// credentials, which ask for more.
std::optional<std::string> RequestTarget(const std::string& url);

// Where `location`, of an answer from `base`, leads; empty where it is none.
std::string RedirectTarget(const std::string& base, const std::string& location);

// The URL with another host.
std::string WithHost(const std::string& url, const std::string& host);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_URL_AUTHORITY_H_
