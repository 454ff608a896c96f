// One HttpClient::Get on its way: what the client hands to one of its two ways of transferring.
// For common/http_client only.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_HTTP_JOB_H_
#define NARTHEX_COMMON_HTTP_CLIENT_HTTP_JOB_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/http_client/http_client.h"
#include "common/http_client/url_authority.h"

namespace narthex {

struct HttpJob {
  HttpGet request;  // its URL is the present one
  HttpClient::Done done;
  std::shared_ptr<const HttpSettings::Ready> ready;  // null without settings
  UrlAuthority authority;                            // of the present URL
  std::optional<UrlAuthority> origin;                // of the first
  std::string token;                                 // header of OAuth 2, empty without
  std::string proxy;                                 // URL; empty for the direct way
  UrlAuthority connect;  // where the connection goes: the proxy's, or the URL's
  int redirects = 0;
  int64_t deadline_ns = 0;
  IoLoop::TimerId timer{-1, 0};
  bool resolved = false;  // or given up

  // Whether the present place may see the credentials of the settings.
  bool trusted() const { return KeepsCredentials(*origin, authority); }
  bool follows_redirects() const {
    return request.form.empty() && (!ready || ready->config.follow_redirects);
  }
  Status TooLarge() const {
    return LimitReached("body exceeds ", std::to_string(request.max_body_bytes), " bytes");
  }
  Status TooLate() const {
    return Timeout("no complete answer within ", std::to_string(request.timeout_ms), " ms");
  }
};

// Told in a callback of the loop, once a transfer. `location` is where the answer sends the asker,
// absolute; empty when nowhere, or when that is not followed.
using TransferEnded = std::function<void(const std::shared_ptr<HttpJob>& job, HttpResult result,
                                         std::string location)>;

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_HTTP_JOB_H_
