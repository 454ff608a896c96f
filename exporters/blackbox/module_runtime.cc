#include "exporters/blackbox/module_runtime.h"

#include <utility>

namespace narthex::blackbox {
namespace {

// The client part of the section that the prober reads.
HttpClientConfig ClientPart(const Module& module) {
  if (module.prober == "http") return module.http.client;
  if (module.prober == "websocket") return module.websocket.http_config;
  HttpClientConfig client;
  if (module.prober == "tcp") client.tls_config = module.tcp.tls_config;
  if (module.prober == "unix") client.tls_config = module.unix_socket.tls_config;
  if (module.prober == "dns") client.tls_config = module.dns.tls_config;
  if (module.prober == "grpc") client.tls_config = module.grpc.tls_config;
  return client;
}

}  // namespace

ModuleRuntime::ModuleRuntime(std::string name, Module module, TokenFetcher& tokens)
    : name_(std::move(name)),
      module_(std::move(module)),
      tokens_(tokens),
      settings_(ClientPart(module_)),
      token_(settings_.tokens()) {}

Result<ModuleRuntime::Ready> ModuleRuntime::Settings() {
  const std::lock_guard lock(mutex_);
  return settings_.Get();
}

Result<std::shared_ptr<const TlsClient>> ModuleRuntime::Tls() {
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(const Ready ready, settings_.Get());
  if (!tls_ || tls_made_from_ != ready) {
    ASSIGN_OR_RETURN(tls_, TlsClient::Make(*ready));
    tls_made_from_ = ready;
  }
  return tls_;
}

Result<std::string> ModuleRuntime::Token(const Deadline& deadline) {
  if (!token_) return std::string();
  return tokens_.Fetch(token_, deadline);
}

}  // namespace narthex::blackbox
