#include "common/http_client/oauth2_tokens.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>

#include <random>

#include "common/fs/files.h"
#include "common/http_client/http_client.h"

namespace narthex {
namespace {

constexpr uint64_t kMaxAnswerBytes = 1 << 20;
constexpr int64_t kTimeoutMs = 10'000;
constexpr int64_t kRenewEarlyMs = 10'000;  // before its end, as Go's client

HttpClientConfig WayToServer(const OAuth2Config& config) {
  HttpClientConfig way;
  way.tls_config = config.tls_config;
  way.proxy = config.proxy;
  return way;
}

// 122 random bits, as a UUID of version 4.
std::string RandomId() {
  std::random_device random;
  const auto next = [&random] { return static_cast<uint32_t>(random()); };
  const uint32_t a = next(), b = next(), c = next(), d = next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}", a, b >> 16, b & 0xfff,
                     (c >> 16 & 0x3fff) | 0x8000, c & 0xffff, d);
}

}  // namespace

OAuth2Tokens::OAuth2Tokens(OAuth2Config config)
    : config_(std::move(config)), settings_(std::make_shared<HttpSettings>(WayToServer(config_))) {}

const std::string& OAuth2Tokens::secret_file() const {
  return config_.SignsAssertion() ? config_.client_certificate_key_file
                                  : config_.client_secret_file;
}

void OAuth2Tokens::Get(const Send& send, int64_t now_ms, Done done) {
  const bool same_secret = secret_file().empty() || StampOf(secret_file()) == secret_stamp_;
  const bool valid =
      !authorization_.empty() && same_secret && (renew_ms_ == 0 || now_ms < renew_ms_);
  if (valid) return done(authorization_);
  waiting_.push_back(std::move(done));
  if (waiting_.size() > 1) return;
  tried_both_ = false;
  Fetch(send, now_ms);
}

Result<std::string> OAuth2Tokens::ReadSecret() {
  if (secret_file().empty()) {
    return config_.SignsAssertion() ? config_.client_certificate_key.reveal()
                                    : config_.client_secret.reveal();
  }
  secret_stamp_ = StampOf(secret_file());
  ASSIGN_OR_RETURN(const std::string text, ReadFile(secret_file()));
  return std::string(absl::StripAsciiWhitespace(text));
}

void OAuth2Tokens::Fetch(const Send& send, int64_t now_ms) {
  const auto secret = ReadSecret();
  if (!secret.ok()) return Answer(secret.status());
  auto request = MakeTokenRequest(config_, {*secret, login_, now_ms / 1000, RandomId()});
  if (!request.ok()) return Answer(request.status());
  send(HttpGet{.url = config_.token_url,
               .headers = std::move(request->headers),
               .timeout_ms = kTimeoutMs,
               .max_body_bytes = kMaxAnswerBytes,
               .settings = settings_,
               .form = std::move(request->form)},
       [self = shared_from_this(), send, now_ms](HttpResult result) {
         self->Finish(send, now_ms, std::move(result));
       });
}

void OAuth2Tokens::Finish(const Send& send, int64_t now_ms, HttpResult result) {
  if (!result.status.ok()) return Answer(result.status);
  if (result.http_status < 200 || result.http_status > 299) {
    if (!config_.SignsAssertion() && !std::exchange(tried_both_, true)) {
      login_ = login_ == ClientLogin::kHeader ? ClientLogin::kForm : ClientLogin::kHeader;
      return Fetch(send, now_ms);
    }
    return Answer(Unavailable("HTTP status ", std::to_string(result.http_status)));
  }
  Status status = DecodeBody(result, kMaxAnswerBytes);
  if (!status.ok()) return Answer(status);
  auto token = ParseTokenAnswer(result.body);
  if (!token.ok()) return Answer(token.status());
  authorization_ = std::move(token->authorization);
  renew_ms_ =
      token->lifetime_seconds == 0 ? 0 : now_ms + token->lifetime_seconds * 1000 - kRenewEarlyMs;
  Answer(authorization_);
}

void OAuth2Tokens::Answer(const Result<std::string>& answer) {
  const Result<std::string> told =
      answer.ok() ? answer : answer.status().Prefixed("oauth2: no token from " + config_.token_url);
  if (!answer.ok()) authorization_.clear();
  const std::vector<Done> waiting = std::exchange(waiting_, {});
  for (const Done& done : waiting) done(told);
}

}  // namespace narthex
