// The texts of OAuth 2.0: what a token server is asked, and what it answers.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_OAUTH2_REQUEST_H_
#define NARTHEX_COMMON_HTTP_CLIENT_OAUTH2_REQUEST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/http_client_config/oauth2_config.h"

namespace narthex {

// How a client of the client_credentials grant says who it is. Servers take one or both.
enum class ClientLogin : unsigned char { kHeader, kForm };

struct TokenRequest {
  std::string form;                  // x-www-form-urlencoded
  std::vector<std::string> headers;  // "Name: value"
};

// Who asks, and when.
struct TokenOccasion {
  std::string secret;  // the client's; of the jwt-bearer grant its key, PEM
  ClientLogin login = ClientLogin::kHeader;
  int64_t now_seconds = 0;  // Unix time
  std::string id;           // of the assertion: never used twice
};

// RFC 6749 section 4.4.2 or RFC 7523 section 2.1. kInvalidArgument for a key that cannot sign, or
// endpoint_params that would replace a parameter of the grant.
Result<TokenRequest> MakeTokenRequest(const OAuth2Config& config, const TokenOccasion& occasion);

struct AccessToken {
  std::string authorization;     // the value of an Authorization header
  int64_t lifetime_seconds = 0;  // 0: it does not end
};

// RFC 6749 section 5.1. kCorruption for anything else; does not show the answer.
Result<AccessToken> ParseTokenAnswer(std::string_view body);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_OAUTH2_REQUEST_H_
