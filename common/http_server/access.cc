#include "common/http_server/access.h"

#include <algorithm>
#include <chrono>

namespace narthex {
namespace {

int64_t MonotonicNs() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Access::Access(std::string config_file, Logger log, Registry& registry)
    : config_file_(std::move(config_file)),
      log_(std::move(log)),
      rules_(std::make_shared<const AccessRules>()) {
  if (config_file_.empty()) return;
  last_reload_successful_ =
      &registry.AddGauge("narthex_web_config_last_reload_successful",
                         "Whether the newest --web.config.file and its certificates are in use.");
  reload_failures_ = &registry.AddCounter(
      "narthex_web_config_reload_failures_total",
      "Changes of --web.config.file or its certificates that could not be taken.");
}

Result<std::shared_ptr<const AccessRules>> Access::Read(std::vector<FileStamp>& stamps) const {
  stamps = {StampOf(config_file_)};
  auto rules = std::make_shared<AccessRules>();
  ASSIGN_OR_RETURN(rules->config, LoadWebConfig(config_file_));
  const TlsServerConfig& tls = rules->config.tls_server_config;
  for (const std::string& path : {tls.cert_file, tls.key_file, tls.client_ca_file}) {
    if (!path.empty()) stamps.push_back(StampOf(path));
  }
  if (tls.enabled()) {
    auto context = TlsContext::New(tls);
    if (!context.ok()) return context.status().Prefixed(config_file_ + ": tls_server_config");
    rules->tls = *std::move(context);
  }
  const RateLimitConfig& limit = rules->config.rate_limit;
  if (limit.interval.ns > 0)
    rules->rate_limit = std::make_shared<RateLimit>(limit.interval.ns, limit.burst);
  return std::shared_ptr<const AccessRules>(std::move(rules));
}

Status Access::Load() {
  if (config_file_.empty()) return {};
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(rules_, Read(stamps_));
  last_reload_successful_->Set(1);
  const TlsServerConfig& tls = rules_->config.tls_server_config;
  if (!tls.client_allowed_sans.empty() && tls.client_auth_type == ClientAuth::kNone) {
    log_.Warn("client_allowed_sans has no effect: client_auth_type asks for no certificate",
              {{"file", config_file_}});
  }
  return {};
}

std::shared_ptr<const AccessRules> Access::Rules() {
  if (config_file_.empty()) return rules_;
  const std::lock_guard lock(mutex_);
  if (!AreCurrent(stamps_)) Reload();
  return rules_;
}

void Access::Reload() {
  std::vector<FileStamp> stamps;
  auto rules = Read(stamps);
  if (rules.ok() && ((*rules)->tls == nullptr) != (rules_->tls == nullptr))
    rules = InvalidArgument(config_file_, ": TLS is switched on or off by a restart only");
  if (rules.ok()) {
    stamps_ = std::move(stamps);
    rules_ = *std::move(rules);
    last_reload_successful_->Set(1);
    log_.Info("web configuration read again", {{"file", config_file_}});
    return;
  }
  // The certificates of the rules in use stay watched: one that comes back counts as a change.
  for (const FileStamp& old : stamps_) {
    const bool have = std::any_of(stamps.begin(), stamps.end(),
                                  [&](const FileStamp& stamp) { return stamp.path == old.path; });
    if (!have) stamps.push_back(StampOf(old.path));
  }
  stamps_ = std::move(stamps);
  last_reload_successful_->Set(0);
  reload_failures_->Add();
  log_.Error("web configuration has changed and cannot be used, the one before stays",
             {{"err", rules.status()}});
}

int Access::Check(const AccessRules& rules, std::string_view authorization) {
  if (rules.rate_limit && !rules.rate_limit->Take(MonotonicNs())) return 429;
  const auto& users = rules.config.basic_auth_users;
  if (users.empty()) return 200;
  const auto credentials = ParseBasicAuthorization(authorization);
  if (!credentials) return 401;
  switch (passwords_.Check(users, *credentials)) {
    case PasswordChecker::Verdict::kRight:
      return 200;
    case PasswordChecker::Verdict::kBusy:
      return 503;
    case PasswordChecker::Verdict::kWrong:
      break;
  }
  return 401;
}

}  // namespace narthex
