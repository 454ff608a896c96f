#include "common/http_client_config/http_client_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/bind.h"

namespace narthex {
namespace {

std::string ErrorOf(std::string_view text) {
  return std::string(config::Parse<HttpClientConfig>(text, "h.yml").message());
}

TEST(HttpClientConfig, HasTheDefaultsOfTheOriginal) {
  const auto config = config::Parse<HttpClientConfig>("authorization: {credentials: t}", "h.yml");
  ASSERT_TRUE(config.ok());
  EXPECT_TRUE(config->follow_redirects);
  EXPECT_TRUE(config->enable_http2);
  EXPECT_EQ(config->authorization->type, "Bearer");
  EXPECT_EQ(config->tls_config.min_version, config::TlsVersion::kTls12);
}

TEST(HttpClientConfig, RefusesWhatExcludesEachOther) {
  const std::pair<const char*, const char*> cases[] = {
      {"{bearer_token: a, bearer_token_file: b}", "bearer_token and bearer_token_file"},
      {"{basic_auth: {}, bearer_token: a}", "basic_auth, bearer_token and"},
      {"{basic_auth: {}, authorization: {}}", "basic_auth, authorization and oauth2"},
      {"{authorization: {}, bearer_token: a}", "authorization, bearer_token and"},
      {"basic_auth: {username: a, username_file: b}", "h.yml:1:13: at most one of username and"},
      {"basic_auth: {password: a, password_file: b}", "password and password_file"},
      {"authorization: {credentials: a, credentials_file: b}", "credentials and credentials_file"},
      {"authorization: {type: basic}", "use basic_auth instead"},
      {"tls_config: {ca: a, ca_file: b}", "ca and ca_file"},
      {"tls_config: {cert: a}", "needs key or key_file"},
      {"tls_config: {key: a}", "needs cert or cert_file"},
      {"tls_config: {min_version: TLS13, max_version: TLS12}", "above max_version"},
      {"tls_config: {min_version: SSL3}", "h.yml:1:27: want one of TLS10"},
      {"tls_config: {server_name: a/b}", "not a host name"},
      {"http_headers: {authorization: {values: [a]}}", "may not be set here"},
      {"http_headers: {'X: Y': {values: [a]}}", "no header name"},
      {"http_headers: {X: {secrets: [\"a\\nb\"]}}", "control byte"},
      {"proxy_url: x", "proxy_url: want a URL"},
      {"no_proxy: x", "no_proxy needs proxy_url"},
      {"{proxy_url: http://x, proxy_from_environment: true}",
       "proxy_from_environment and proxy_url"},
      {"proxy_connect_header: {X: [y]}", "needs proxy_url or proxy_from_environment"},
      {"oauth2: {client_id: a}", "h.yml:1:9: oauth2: token_url is missing"},
      {"oauth2: {client_id: a, token_url: b}", "token_url: want a URL"},
      {"oauth2: {client_id: a, token_url: http://b, client_secret: c, client_secret_file: d}",
       "client_secret and"},
      {"{basic_auth: {}, oauth2: {client_id: a, token_url: http://b}}",
       "basic_auth, authorization and oauth2"},
      {"unknown: x", "unknown field \"unknown\""}};
  for (const auto& [text, finding] : cases)
    EXPECT_THAT(ErrorOf(text), testing::HasSubstr(finding)) << text;
}

TEST(HttpClientConfig, KeepsSecretsOutOfItsErrors) {
  EXPECT_THAT(ErrorOf("authorization: {credentials: [hunter2]}"),
              testing::Not(testing::HasSubstr("hunter2")));
  EXPECT_THAT(ErrorOf("{bearer_token: hunter2, bearer_token_file: x}"),
              testing::Not(testing::HasSubstr("hunter2")));
}

TEST(HttpClientConfig, MakesPathsRelativeToItsFile) {
  auto config = config::Parse<HttpClientConfig>(
      "{basic_auth: {username_file: u, password_file: /p}, tls_config: {ca_file: d/ca},"
      " http_headers: {X: {files: [x]}}}",
      "h.yml");
  ASSERT_TRUE(config.ok()) << config.message();
  config->MakePathsRelativeTo("/etc/h.yml");
  EXPECT_EQ(config->basic_auth->username_file, "/etc/u");
  EXPECT_EQ(config->basic_auth->password_file, "/p");
  EXPECT_EQ(config->tls_config.ca_file, "/etc/d/ca");
  EXPECT_EQ(config->tls_config.key_file, "");
  EXPECT_EQ(config->http_headers["X"].files[0], "/etc/x");
}

}  // namespace
}  // namespace narthex
