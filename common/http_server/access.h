// Who may ask the server, and how: the rules of --web.config.file as they hold at this moment.
//
// The files (certificates, keys and CAs too) are looked at with stat at each connection and
// request, and read again when one has changed. What then does not load is reported once and
// counted, and the rules before stay.
#ifndef NARTHEX_COMMON_HTTP_SERVER_ACCESS_H_
#define NARTHEX_COMMON_HTTP_SERVER_ACCESS_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/client/registry.h"
#include "common/fs/file_stamp.h"
#include "common/http_server/basic_auth.h"
#include "common/http_server/rate_limit.h"
#include "common/http_server/tls_context.h"
#include "common/http_server/web_config.h"
#include "common/log/logger.h"

namespace narthex {

struct AccessRules {
  WebConfig config;
  std::shared_ptr<const TlsContext> tls;  // null: plain HTTP
  std::shared_ptr<RateLimit> rate_limit;  // null: none
};

// Safe from many threads after Load().
class Access {
 public:
  // An empty path: plain HTTP, open to all.
  Access(std::string config_file, Logger log, Registry& registry);

  // Reads the file for the first time: a failure is to end the start.
  Status Load();

  std::shared_ptr<const AccessRules> Rules();

  // 200 to go on, else the HTTP status to refuse a request with: 401, 429, or 503 when passwords
  // come faster than they can be checked.
  int Check(const AccessRules& rules, std::string_view authorization);

 private:
  Result<std::shared_ptr<const AccessRules>> Read(std::vector<FileStamp>& stamps) const;
  void Reload();

  const std::string config_file_;
  const Logger log_;
  Gauge* last_reload_successful_ = nullptr;  // null without a file
  Counter* reload_failures_ = nullptr;
  PasswordChecker passwords_;
  std::mutex mutex_;
  std::vector<FileStamp> stamps_;  // of the version that was read last, well or not
  std::shared_ptr<const AccessRules> rules_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_ACCESS_H_
