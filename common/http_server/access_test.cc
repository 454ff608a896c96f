// The rules of a web configuration on a real server: TLS, client certificates, users, limits, and
// what happens when the files change.
#include "common/http_server/access.h"

#include <Poco/Net/StreamSocket.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

#include "common/fs/temporary_folder.h"
#include "common/http_server/server.h"
#include "common/http_server/test_certificates.h"

namespace narthex {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A folder with a web configuration, and a server that obeys it.
class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    // As cli::Service does: a client that writes to a server that refused it must not end the test.
    std::signal(SIGPIPE, SIG_IGN);  // NOLINT(performance-no-int-to-ptr)
    Write("ca.crt", ca_.Pem());
    WriteServerCertificate(TestCertificate("server", "IP:127.0.0.1", &ca_));
  }

  void Write(const std::string& name, std::string_view text) const {
    // In place of the old file at once, as programs that renew certificates do.
    const auto path = folder_.path() / name;
    std::ofstream(path.string() + ".new") << text;
    std::filesystem::rename(path.string() + ".new", path);
  }
  void WriteServerCertificate(const TestCertificate& certificate) const {
    Write("server.crt", certificate.Pem());
    Write("server.key", certificate.KeyPem());
  }
  std::string ConfigPath() const { return (folder_.path() / "web.yml").string(); }

  Status Start(std::string_view config) {
    Write("web.yml", config);
    Routes routes;
    routes.Get("/", [](const HttpRequest&, HttpResponse& response) {
      response.Send(200, kPlainText, "hello\n");
    });
    server_.emplace(HttpServerOptions{.listen_addresses = {"127.0.0.1:0"},
                                      .config_file = ConfigPath(),
                                      .read_timeout = Duration::Seconds(5)},
                    std::move(routes), Logger(LogOptions{}, &log_), registry_);
    return server_->Start();
  }

  Poco::Net::StreamSocket Connect() const {
    return Poco::Net::StreamSocket(
        Poco::Net::SocketAddress("127.0.0.1", static_cast<Poco::UInt16>(server_->ports()[0])));
  }

  static std::string Request(const std::string& headers) {
    return "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n";
  }

  std::string Get(const std::string& headers = "") const {
    auto socket = Connect();
    const std::string request = Request(headers);
    socket.sendBytes(request.data(), static_cast<int>(request.size()));
    std::string answer;
    char buffer[4096];
    for (int got = 0; (got = socket.receiveBytes(buffer, sizeof buffer)) > 0;)
      answer.append(buffer, static_cast<size_t>(got));
    return answer;
  }

  struct TlsClient {
    const TestCertificate* certificate = nullptr;  // shown to the server
    int max_version = TLS1_3_VERSION;
    const char* ciphers = nullptr;  // of TLS 1.2
    const TestCertificate* ca = nullptr;
  };

  // The answer over TLS, "" where the server refuses the client.
  std::string GetTls(const TlsClient& client) const {
    auto socket = Connect();
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_max_proto_version(context.get(), client.max_version);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    if (client.ciphers != nullptr) SSL_CTX_set_cipher_list(context.get(), client.ciphers);
    if (client.certificate != nullptr) UseCertificate(context.get(), *client.certificate);
    if (client.ca != nullptr) {
      const auto certificate = Parse(client.ca->Pem());
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), certificate.get());
      SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    }
    const std::unique_ptr<SSL, decltype(&SSL_free)> session(SSL_new(context.get()), SSL_free);
    SSL_set_fd(session.get(), socket.impl()->sockfd());
    const std::string request = Request("");
    if (SSL_connect(session.get()) != 1) return "";
    SSL_write(session.get(), request.data(), static_cast<int>(request.size()));
    std::string answer;
    char buffer[4096];
    for (int got = 0; (got = SSL_read(session.get(), buffer, sizeof buffer)) > 0;)
      answer.append(buffer, static_cast<size_t>(got));
    return answer;
  }

  static std::unique_ptr<X509, decltype(&X509_free)> Parse(const std::string& pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    return {PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free};
  }

  static void UseCertificate(SSL_CTX* context, const TestCertificate& certificate) {
    const auto parsed = Parse(certificate.Pem());
    SSL_CTX_use_certificate(context, parsed.get());
    const std::string pem = certificate.KeyPem();
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr);
    SSL_CTX_use_PrivateKey(context, key);
    EVP_PKEY_free(key);
  }

  std::string Metrics() const {
    openmetrics::ExpositionWriter writer(openmetrics::Format::kText);
    registry_.Write(writer);
    std::string text;
    writer.Finish(text);
    return text;
  }

  const TemporaryFolder folder_;
  const TestCertificate ca_{"ca", ""};
  std::string log_;
  Registry registry_;
  std::optional<HttpServer> server_;
};

const std::string kTls = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n";
// "alice" with the password "secret".
const std::string kUsers =
    "basic_auth_users:\n  alice: $2y$04$1u5sWcvIpRSiDxzZ9NqFOegjbCAjLpOiKLfeA4vC99xHeir2G.t3W\n";
constexpr const char* kAsAlice = "Authorization: Basic YWxpY2U6c2VjcmV0\r\n";

TEST_F(AccessTest, IsOpenWithAnEmptyFile) {
  ASSERT_TRUE(Start("").ok());
  EXPECT_THAT(Get(), HasSubstr("hello"));
}

TEST_F(AccessTest, AsksForUserAndPassword) {
  ASSERT_TRUE(Start(kUsers).ok());
  EXPECT_THAT(Get(),
              testing::AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("WWW-Authenticate: Basic\r\n")));
  EXPECT_THAT(Get("Authorization: Basic YWxpY2U6U2VjcmV0\r\n"), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(Get("Authorization: Basic Ym9iOnNlY3JldA==\r\n"), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(Get("Authorization: Bearer secret\r\n"), StartsWith("HTTP/1.1 401"));
  for (int i = 0; i < 2; ++i) EXPECT_THAT(Get(kAsAlice), HasSubstr("hello"));
}

TEST_F(AccessTest, LimitsTheRateOfRequests) {
  ASSERT_TRUE(Start("rate_limit: {interval: 1h, burst: 2}\n").ok());
  for (const char* status : {"200", "200", "429"})
    EXPECT_THAT(Get(), StartsWith(std::string("HTTP/1.1 ") + status));
}

TEST_F(AccessTest, AddsTheHeadersOfTheFile) {
  ASSERT_TRUE(
      Start("http_server_config: {headers: {X-Frame-Options: deny, X-XSS-Protection: ''}}\n").ok());
  EXPECT_THAT(Get(), HasSubstr("X-Frame-Options: deny\r\n"));
  EXPECT_THAT(Get(), testing::Not(HasSubstr("X-XSS-Protection")));
}

TEST_F(AccessTest, SpeaksTlsWithTheVersionsAndCiphersOfTheFile) {
  ASSERT_TRUE(Start(kTls + "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n").ok());
  EXPECT_THAT(GetTls({.ca = &ca_}), HasSubstr("hello"));
  EXPECT_THAT(GetTls({.max_version = TLS1_2_VERSION}), HasSubstr("hello"));
  EXPECT_EQ(GetTls({.max_version = TLS1_1_VERSION}), "");
  EXPECT_EQ(GetTls({.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"}),
            "");
  const TestCertificate other("other", "");
  EXPECT_EQ(GetTls({.ca = &other}), "");
  EXPECT_THAT(Get(), StartsWith("HTTP/1.1 400"));  // plain HTTP to the TLS port
}

// Clients that never shake hands wait on threads of their own.
TEST_F(AccessTest, ServesBesideClientsThatNeverShakeHands) {
  ASSERT_TRUE(Start(kTls).ok());
  std::vector<Poco::Net::StreamSocket> silent;
  silent.reserve(20);
  for (int i = 0; i < 20; ++i) silent.push_back(Connect());
  EXPECT_THAT(GetTls({}), HasSubstr("hello"));
}

TEST_F(AccessTest, TreatsClientCertificatesAsTheFileSays) {
  const TestCertificate known("known", "DNS:known.example,IP:127.0.0.9", &ca_);
  const TestCertificate stranger("stranger", "DNS:known.example");
  struct Case {
    std::string config;
    bool none, known, stranger;  // whether each is served
  };
  const std::string ca = "  client_ca_file: ca.crt\n  client_auth_type: ";
  const Case cases[] = {
      {kTls + "  client_auth_type: RequestClientCert\n", true, true, true},
      {kTls + "  client_auth_type: RequireAnyClientCert\n", false, true, true},
      {kTls + ca + "VerifyClientCertIfGiven\n", true, true, false},
      {kTls + ca + "RequireAndVerifyClientCert\n", false, true, false},
      {kTls + ca + "RequireAndVerifyClientCert\n  client_allowed_sans: [127.0.0.9]\n", false, true,
       false},
      {kTls + ca + "RequireAndVerifyClientCert\n  client_allowed_sans: [x.example]\n", false, false,
       false}};
  ASSERT_TRUE(Start(kTls).ok());
  for (const Case& c : cases) {
    Write("web.yml", c.config);  // read again at the next connection
    EXPECT_EQ(!GetTls({}).empty(), c.none) << c.config;
    EXPECT_EQ(!GetTls({.certificate = &known}).empty(), c.known) << c.config;
    EXPECT_EQ(!GetTls({.certificate = &stranger}).empty(), c.stranger) << c.config;
  }
}

TEST_F(AccessTest, TakesANewCertificateAndKeepsTheOldForABrokenOne) {
  ASSERT_TRUE(Start(kTls).ok());
  const TestCertificate new_ca("new ca", "");
  const TestCertificate renewed("server", "IP:127.0.0.1", &new_ca);
  EXPECT_EQ(GetTls({.ca = &new_ca}), "");
  Write("server.crt", renewed.Pem());  // its key is still the old one
  EXPECT_THAT(GetTls({.ca = &ca_}), HasSubstr("hello"));
  EXPECT_THAT(Metrics(), HasSubstr("narthex_web_config_last_reload_successful 0\n"));
  EXPECT_THAT(Metrics(), HasSubstr("narthex_web_config_reload_failures_total 1\n"));
  Write("server.key", renewed.KeyPem());
  EXPECT_THAT(GetTls({.ca = &new_ca}), HasSubstr("hello"));
  EXPECT_THAT(Metrics(), HasSubstr("narthex_web_config_last_reload_successful 1\n"));
  std::filesystem::remove(folder_.path() / "server.key");
  EXPECT_THAT(GetTls({.ca = &new_ca}), HasSubstr("hello"));
  EXPECT_THAT(log_, HasSubstr("server.key"));
}

TEST_F(AccessTest, TakesNewUsersAndKeepsTheOldOnesForABrokenFile) {
  ASSERT_TRUE(Start(kUsers).ok());
  EXPECT_THAT(Get(kAsAlice), HasSubstr("hello"));
  Write("web.yml", "basic_auth_users: {alice: plain}\n");
  EXPECT_THAT(Get(kAsAlice), HasSubstr("hello"));
  EXPECT_THAT(Get(), StartsWith("HTTP/1.1 401"));
  Write("web.yml", kTls);  // a port does not change its protocol under its clients
  EXPECT_THAT(Get(), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(Metrics(), HasSubstr("narthex_web_config_reload_failures_total 2\n"));
  Write("web.yml", "");
  EXPECT_THAT(Get(), HasSubstr("hello"));
}

TEST_F(AccessTest, RefusesToStartWithAFileThatIsBroken) {
  const TestCertificate other("other", "IP:127.0.0.1");
  Write("other.key", other.KeyPem());
  const std::pair<std::string, std::string> cases[] = {
      {"tls_server_config: {cert_file: server.crt}\n",
       "web.yml:1:20: want one of key and key_file"},
      {"tls_server_config: {cert_file: none.crt, key_file: server.key}\n",
       "none.crt\": No such file or directory"},
      {"tls_server_config: {cert_file: server.crt, key_file: other.key}\n",
       "does not belong to the certificate"},
      {"tls_server_config: {cert_file: web.yml, key_file: server.key}\n", "no PEM certificate"},
      {kTls + "  client_ca_file: ca.crt\n", "a client CA needs a client_auth_type"},
      {kTls + "  client_auth_type: Maybe\n", "web.yml:4:21: want one of NoClientCert"},
      {kTls + "  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]\n", "web.yml:4:19: want one of"},
      {kTls + "  min_version: TLS13\n  max_version: TLS12\n", "min_version is above max_version"},
      {"http_server_config: {headers: {Server: x}}\n", "header \"Server\" cannot be configured"},
      {"http_server_config: {headers: {X-Frame-Options: maybe}}\n", "want deny or sameorigin"},
      {"basic_auth_users: {alice: secret}\n", "user \"alice\": its password is not a bcrypt hash"},
      {"rate_limit: {interval: soon}\n", "web.yml:1:24: want a duration"},
      {"tls: {}\n", "web.yml:1:1: unknown field \"tls\""}};
  for (const auto& [config, finding] : cases) {
    const Status status = Start(config);
    EXPECT_THAT(std::string(status.message()), HasSubstr(finding)) << config;
    EXPECT_THAT(std::string(status.message()), testing::Not(HasSubstr("secret\""))) << config;
  }
}

// A certificate of the CA is taken until the file names another CA.
TEST_F(AccessTest, TakesANewClientCa) {
  const TestCertificate client("client", "DNS:a.example", &ca_);
  ASSERT_TRUE(
      Start(kTls + "  client_ca_file: ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n")
          .ok());
  EXPECT_THAT(GetTls({.certificate = &client}), HasSubstr("hello"));
  Write("ca.crt", TestCertificate("other ca", "").Pem());
  EXPECT_EQ(GetTls({.certificate = &client}), "");
}

TEST(RateLimit, RefillsOneTokenAnInterval) {
  RateLimit limit(/*interval_ns=*/100, /*burst=*/2);
  EXPECT_TRUE(limit.Take(1000));
  EXPECT_TRUE(limit.Take(1000));
  EXPECT_FALSE(limit.Take(1099));
  EXPECT_TRUE(limit.Take(1100));
  EXPECT_FALSE(limit.Take(1100));
  EXPECT_TRUE(limit.Take(9000));
  EXPECT_TRUE(limit.Take(9000));
  EXPECT_FALSE(limit.Take(9000));
}

}  // namespace
}  // namespace narthex
