// Credentials, TLS and redirects of transfers, against our own server on two loopback addresses.
#include "common/http_client/http_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "common/config/bind.h"
#include "common/fs/temporary_folder.h"
#include "common/http_client/http_client.h"
#include "common/http_client/url_authority.h"
#include "common/http_server/server.h"
#include "common/http_server/test_certificates.h"

namespace narthex {
namespace {

using testing::HasSubstr;

class HttpSettingsTest : public testing::Test {
 protected:
  HttpSettingsTest() {
    Write("ca.crt", ca_.Pem());
    const TestCertificate server("server", "DNS:server.example", &ca_);
    Write("server.crt", server.Pem());
    Write("server.key", server.KeyPem());
    loop_.Start();
  }
  ~HttpSettingsTest() override { loop_.Stop(); }

  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }
  void Write(const std::string& name, std::string_view text) const {
    std::ofstream(Path(name) + ".new") << text;
    std::filesystem::rename(Path(name) + ".new", Path(name));
  }

  // A server that tells what it was sent, and redirects to where `location` says.
  struct Site {
    std::string log;
    Registry registry;
    std::unique_ptr<HttpServer> server;
    std::string location;

    int port() const { return server->ports()[0]; }
  };
  std::unique_ptr<Site> Start(const std::string& host, const std::string& web_config = "") const {
    auto site = std::make_unique<Site>();
    Routes routes;
    routes.Get("/show", [](const HttpRequest& request, HttpResponse& response) {
      std::string text;
      for (const auto& [name, value] : request.headers) {
        if (name == "Authorization" || name[0] == 'X' || name == "Host")
          text += name + "=" + value + "\n";
      }
      response.Send(200, kPlainText, text);
    });
    routes.Get("/redirect", [site = site.get()](const HttpRequest&, HttpResponse& response) {
      response.SetHeader("Location", site->location);
      response.Send(302, kPlainText, "");
    });
    site->server = std::make_unique<HttpServer>(
        HttpServerOptions{.listen_addresses = {host + ":0"}, .config_file = web_config},
        std::move(routes), Logger(LogOptions{}, &site->log), site->registry);
    const Status status = site->server->Start();
    EXPECT_TRUE(status.ok()) << status.message();
    return site;
  }

  static std::shared_ptr<HttpSettings> Settings(std::string_view yaml) {
    auto config = config::Parse<HttpClientConfig>(yaml, "http.yml");
    EXPECT_TRUE(config.ok()) << config.message();
    return std::make_shared<HttpSettings>(*std::move(config));
  }

  HttpResult Get(const std::string& url, std::shared_ptr<HttpSettings> settings) {
    std::promise<HttpResult> promise;
    loop_.Post([&] {
      client_.Get({.url = url, .settings = std::move(settings)},
                  [&](HttpResult result) { promise.set_value(std::move(result)); });
    });
    return promise.get_future().get();
  }
  static std::string Url(const Site& site, const std::string& path,
                         const std::string& start = "http://127.0.0.1") {
    return start + ":" + std::to_string(site.port()) + path;
  }

  const TemporaryFolder folder_;
  const TestCertificate ca_{"ca", ""};
  SystemClock clock_;
  IoLoop loop_{clock_};
  HttpClient client_{loop_, 10};
};

TEST_F(HttpSettingsTest, SendsCredentialsAndHeaders) {
  const auto site = Start("127.0.0.1");
  const std::string url = Url(*site, "/show");
  EXPECT_THAT(Get(url, Settings("basic_auth: {username: u, password: 'p:q'}")).body,
              HasSubstr("Authorization=Basic dTpwOnE=\n"));
  EXPECT_THAT(Get(url, Settings("bearer_token: t")).body, HasSubstr("Authorization=Bearer t\n"));
  EXPECT_THAT(Get(url, Settings("authorization: {type: ApiKey, credentials: t}")).body,
              HasSubstr("Authorization=ApiKey t\n"));
  const std::string body =
      Get(url, Settings("http_headers: {X-A: {values: [one, two], secrets: [three]}, "
                        "X-B: {values: ['']}}"))
          .body;
  EXPECT_THAT(body, HasSubstr("X-A=one\nX-A=two\nX-A=three\nX-B=\n"));
}

TEST_F(HttpSettingsTest, ReadsFilesAgainWhenTheyChange) {
  const auto site = Start("127.0.0.1");
  const auto settings = Settings("bearer_token_file: " + Path("token"));
  HttpResult result = Get(Url(*site, "/show"), settings);
  EXPECT_THAT(std::string(result.status.message()), HasSubstr("token\": No such file"));
  Write("token", " first\n");
  EXPECT_THAT(Get(Url(*site, "/show"), settings).body, HasSubstr("Bearer first\n"));
  Write("token", "other\n");
  EXPECT_THAT(Get(Url(*site, "/show"), settings).body, HasSubstr("Bearer other\n"));
  Write("token", "two\nX-Injected: lines");
  result = Get(Url(*site, "/show"), settings);
  EXPECT_THAT(std::string(result.status.message()), HasSubstr("control byte"));
  EXPECT_THAT(std::string(result.status.message()), testing::Not(HasSubstr("Injected")));
}

TEST_F(HttpSettingsTest, KeepsCredentialsFromOtherHostsAndPorts) {
  const auto first = Start("127.0.0.1");
  const auto other_host = Start("127.0.0.2");
  const auto other_port = Start("127.0.0.1");
  const auto settings =
      Settings("authorization: {credentials: t}\nhttp_headers: {X-Key: {secrets: [k]}}");
  const auto follow = [&](const std::string& location) {
    first->location = location;
    return Get(Url(*first, "/redirect"), settings).body;
  };
  EXPECT_THAT(follow("/show"), HasSubstr("Authorization=Bearer t\nX-Key=k\n"));
  EXPECT_THAT(follow(Url(*first, "/show")), HasSubstr("Authorization=Bearer t\nX-Key=k\n"));
  for (const std::string& elsewhere :
       {Url(*other_host, "/show", "http://127.0.0.2"), Url(*other_port, "/show"),
        Url(*first, "/show", "http://localhost")}) {
    const std::string body = follow(elsewhere);
    EXPECT_THAT(body, HasSubstr("Host="));
    EXPECT_THAT(body, testing::Not(HasSubstr("Authorization"))) << elsewhere;
    EXPECT_THAT(body, testing::Not(HasSubstr("X-Key"))) << elsewhere;
  }
}

TEST(KeepsCredentials, OnTheWayFromPlainToEncryptedOnly) {
  const auto keeps = [](const std::string& from, const std::string& to) {
    return KeepsCredentials(*AuthorityOf(from), *AuthorityOf(to));
  };
  EXPECT_TRUE(keeps("http://h/a", "http://H:80/b"));
  EXPECT_TRUE(keeps("http://h/", "https://h/"));
  EXPECT_FALSE(keeps("https://h/", "http://h/"));
  EXPECT_FALSE(keeps("https://h:8443/", "http://h:8443/"));
  EXPECT_FALSE(keeps("http://h:8080/", "https://h/"));
  EXPECT_FALSE(keeps("http://h/", "http://h.example/"));
}

TEST_F(HttpSettingsTest, ChecksTheServerByNameAndCa) {
  Write("web.yml", "tls_server_config: {cert_file: server.crt, key_file: server.key}");
  const auto site = Start("127.0.0.1", Path("web.yml"));
  site->location = "/show";
  const std::string ca = "ca_file: " + Path("ca.crt");
  const std::string url = Url(*site, "/redirect", "https://127.0.0.1");
  const HttpResult named = Get(url, Settings("authorization: {credentials: t}\ntls_config: {" + ca +
                                             ", server_name: server.example}"));
  EXPECT_EQ(named.status.message(), "");
  EXPECT_THAT(named.body, HasSubstr("Host=127.0.0.1:" + std::to_string(site->port()) + "\n"));
  EXPECT_THAT(named.body, HasSubstr("Authorization=Bearer t\n"));
  EXPECT_EQ(Get(url, Settings("tls_config: {insecure_skip_verify: true}")).http_status, 200);
  EXPECT_THAT(std::string(Get(url, Settings("tls_config: {" + ca + "}")).status.message()),
              HasSubstr("127.0.0.1"));  // not in the certificate
  EXPECT_THAT(std::string(Get(url, nullptr).status.message()), HasSubstr("certificate"));
}

TEST_F(HttpSettingsTest, ShowsItsCertificateToTheConfiguredHostOnly) {
  Write("strict.yml",
        "tls_server_config: {cert_file: server.crt, key_file: server.key, "
        "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt}");
  const auto first = Start("127.0.0.1", Path("strict.yml"));
  const auto second = Start("127.0.0.2", Path("strict.yml"));
  const TestCertificate client("client", "DNS:client.example", &ca_);
  Write("client.crt", client.Pem());
  Write("client.key", client.KeyPem());
  const auto settings =
      Settings("tls_config: {insecure_skip_verify: true, cert_file: " + Path("client.crt") +
               ", key_file: " + Path("client.key") + "}");
  EXPECT_EQ(Get(Url(*first, "/show", "https://127.0.0.1"), settings).http_status, 200);
  EXPECT_EQ(Get(Url(*second, "/show", "https://127.0.0.2"), settings).http_status, 200);
  first->location = Url(*second, "/show", "https://127.0.0.2");
  EXPECT_FALSE(Get(Url(*first, "/redirect", "https://127.0.0.1"), settings).status.ok());
}

TEST_F(HttpSettingsTest, TakesARenewedClientCertificate) {
  Write("strict.yml",
        "tls_server_config: {cert_file: server.crt, key_file: server.key, "
        "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt}");
  const auto site = Start("127.0.0.1", Path("strict.yml"));
  const TestCertificate stranger("stranger", "DNS:client.example");
  Write("client.crt", stranger.Pem());
  Write("client.key", stranger.KeyPem());
  const auto settings =
      Settings("tls_config: {insecure_skip_verify: true, cert_file: " + Path("client.crt") +
               ", key_file: " + Path("client.key") + "}");
  const std::string url = Url(*site, "/show", "https://127.0.0.1");
  EXPECT_FALSE(Get(url, settings).status.ok());
  const TestCertificate client("client", "DNS:client.example", &ca_);
  Write("client.crt", client.Pem());
  Write("client.key", client.KeyPem());
  EXPECT_EQ(Get(url, settings).http_status, 200);
}

}  // namespace
}  // namespace narthex
