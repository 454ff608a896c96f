// An HttpClientConfig made ready for transfers: files read, headers written. One serves all targets
// of a job, so that a transfer costs no more than a look whether its files have changed.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_HTTP_SETTINGS_H_
#define NARTHEX_COMMON_HTTP_CLIENT_HTTP_SETTINGS_H_

#include <memory>
#include <string>
#include <vector>

#include "common/fs/file_stamp.h"
#include "common/http_client/oauth2_tokens.h"
#include "common/http_client_config/http_client_config.h"

namespace narthex {

// Use in callbacks of the client's loop only.
class HttpSettings {
 public:
  // Of a valid configuration.
  explicit HttpSettings(HttpClientConfig config);

  // What holds for one transfer; immutable.
  struct Ready {
    HttpClientConfig config;
    std::vector<std::string> headers;  // "Name: value"; not for another host
    std::string ca, cert, key;         // PEM, empty where there is none
  };

  // Reads the files again where one has changed. kNotFound, kUnavailable for one that cannot be
  // read, kInvalidArgument for one that cannot be a header's value.
  Result<std::shared_ptr<const Ready>> Get();

  // Where a header comes from that has to be asked for; null without oauth2.
  const std::shared_ptr<OAuth2Tokens>& tokens() const { return tokens_; }

 private:
  Result<std::shared_ptr<const Ready>> Read();
  Result<std::string> ReadPem(std::string_view name, const std::string& given,
                              const std::string& file);
  Result<std::string> ReadSecret(std::string_view name, const std::string& given,
                                 const std::string& file);
  Status AddAuthorization(Ready& ready);
  Status AddHeaders(Ready& ready);

  const HttpClientConfig config_;
  const std::shared_ptr<OAuth2Tokens> tokens_;
  std::vector<FileStamp> stamps_;
  std::shared_ptr<const Ready> ready_;  // null before the first reading, and after one that failed
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_HTTP_SETTINGS_H_
