// The token of one OAuth 2.0 client: fetched when it is needed, kept until shortly before its end.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_OAUTH2_TOKENS_H_
#define NARTHEX_COMMON_HTTP_CLIENT_OAUTH2_TOKENS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/fs/file_stamp.h"
#include "common/http_client/oauth2_request.h"

namespace narthex {

struct HttpGet;
struct HttpResult;
class HttpSettings;

// Use in callbacks of the client's loop only.
class OAuth2Tokens : public std::enable_shared_from_this<OAuth2Tokens> {
 public:
  explicit OAuth2Tokens(OAuth2Config config);

  // Sends a request as HttpClient::Get does.
  using Send = std::function<void(HttpGet, std::function<void(HttpResult)>)>;
  // The value of an Authorization header, or why there is none.
  using Done = std::function<void(const Result<std::string>&)>;

  // At once where a token is at hand; all who ask while one is fetched wait for that.
  void Get(const Send& send, int64_t now_ms, Done done);

 private:
  void Fetch(const Send& send, int64_t now_ms);
  void Finish(const Send& send, int64_t now_ms, HttpResult result);
  void Answer(const Result<std::string>& answer);
  Result<std::string> ReadSecret();
  const std::string& secret_file() const;

  const OAuth2Config config_;
  const std::shared_ptr<HttpSettings> settings_;  // towards the token server
  ClientLogin login_ = ClientLogin::kHeader;      // that worked last
  bool tried_both_ = false;                       // in the present fetch
  FileStamp secret_stamp_;
  std::string authorization_;  // empty: none
  int64_t renew_ms_ = 0;       // Unix time; 0: never
  std::vector<Done> waiting_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_OAUTH2_TOKENS_H_
