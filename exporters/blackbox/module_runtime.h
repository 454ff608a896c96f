// A module with what is made once and used by its probes: credentials and certificates read from
// files, TLS contexts, tokens.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_MODULE_RUNTIME_H_
#define NARTHEX_EXPORTERS_BLACKBOX_MODULE_RUNTIME_H_

#include <memory>
#include <mutex>
#include <string>

#include "common/http_client/http_settings.h"
#include "exporters/blackbox/deadline.h"
#include "exporters/blackbox/module_config.h"
#include "exporters/blackbox/tls_session.h"
#include "exporters/blackbox/token_fetcher.h"

namespace narthex::blackbox {

// Safe from many threads.
class ModuleRuntime {
 public:
  // `tokens` is borrowed.
  ModuleRuntime(std::string name, Module module, TokenFetcher& tokens);

  const std::string& name() const { return name_; }
  const Module& module() const { return module_; }

  using Ready = std::shared_ptr<const HttpSettings::Ready>;
  // What the module's client part says at present. kNotFound, kUnavailable, kInvalidArgument for a
  // file that is of no use.
  Result<Ready> Settings();

  // The same as a context of OpenSSL, made anew when a file has changed.
  Result<std::shared_ptr<const TlsClient>> Tls();

  // The value of an Authorization header by oauth2, empty without it. kTimeout.
  Result<std::string> Token(const Deadline& deadline);

 private:
  const std::string name_;
  const Module module_;
  TokenFetcher& tokens_;
  std::mutex mutex_;  // guards what follows
  HttpSettings settings_;
  Ready tls_made_from_;
  std::shared_ptr<const TlsClient> tls_;
  const std::shared_ptr<OAuth2Tokens> token_;  // used on the loop of tokens_ only; may be null
};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_MODULE_RUNTIME_H_
