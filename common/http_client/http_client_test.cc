#include "common/http_client/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Poco/Net/ServerSocket.h>

#include <future>

#include "common/http_server/gzip.h"
#include "common/http_server/server.h"

namespace narthex {
namespace {

using testing::HasSubstr;

std::shared_ptr<HttpSettings> NoRedirects() {
  return std::make_shared<HttpSettings>(HttpClientConfig{.follow_redirects = false});
}

// Each test goes both ways: a URL with credentials is left to libcurl.
class HttpClientTest : public testing::TestWithParam<const char*> {
 protected:
  HttpClientTest()
      : server_({.listen_addresses = {"127.0.0.1:0"}}, MakeRoutes(), Logger(LogOptions{}, &log_),
                registry_) {
    EXPECT_TRUE(server_.Start().ok());
    loop_.Start();
  }
  ~HttpClientTest() override { loop_.Stop(); }

  static Routes MakeRoutes() {
    Routes routes;
    routes.Get("/text", [](const HttpRequest& request, HttpResponse& response) {
      response.Send(200, kPlainText, "hello " + std::string(request.Header("X-Name")));
    });
    routes.Get("/large", [](const HttpRequest&, HttpResponse& response) {
      response.Send(200, kPlainText, std::string(1'000'000, 'x'));
    });
    routes.Get("/redirect", [](const HttpRequest&, HttpResponse& response) {
      response.SetHeader("Location", "/text");
      response.Send(302, kPlainText, "");
    });
    routes.Get("/loop", [](const HttpRequest&, HttpResponse& response) {
      response.SetHeader("Location", "/loop");
      response.Send(302, kPlainText, "");
    });
    return routes;
  }

  HttpResult Get(HttpGet request) {
    std::promise<HttpResult> promise;
    loop_.Post([&] {
      client_.Get(std::move(request),
                  [&](HttpResult result) { promise.set_value(std::move(result)); });
    });
    return promise.get_future().get();
  }
  static std::string Numeric() { return std::string(GetParam()) + "127.0.0.1"; }
  std::string Url(const std::string& path, const std::string& host = Numeric()) const {
    return "http://" + host + ":" + std::to_string(server_.ports()[0]) + path;
  }

  std::string log_;
  Registry registry_;
  HttpServer server_;
  SystemClock clock_;
  IoLoop loop_{clock_};
  HttpClient client_{loop_, 10};
};

TEST_P(HttpClientTest, FetchesWithHeadersAndReusesConnections) {
  for (int i = 0; i < 3; ++i) {
    const HttpResult result = Get({.url = Url("/text"), .headers = {"X-Name: you"}});
    EXPECT_TRUE(result.status.ok()) << result.status.message();
    EXPECT_EQ(result.body, "hello you");
    EXPECT_EQ(result.http_status, 200);
    EXPECT_THAT(result.content_type, HasSubstr("text/plain"));
  }
}

TEST_P(HttpClientTest, ResolvesNames) {
  EXPECT_EQ(Get({.url = Url("/text", "localhost")}).http_status, 200);
}

TEST_P(HttpClientTest, FollowsRedirectsButNotForEver) {
  EXPECT_EQ(Get({.url = Url("/redirect")}).body, "hello ");
  EXPECT_EQ(Get({.url = Url("/redirect"), .settings = NoRedirects()}).http_status, 302);
  EXPECT_FALSE(Get({.url = Url("/loop")}).status.ok());
}

TEST_P(HttpClientTest, DecodesGzipWithinItsBound) {
  HttpResult result = Get({.url = Url("/large"), .headers = {"Accept-Encoding: gzip"}});
  EXPECT_LT(result.body.size(), 10'000U);
  HttpResult bounded = result;
  EXPECT_EQ(DecodeBody(bounded, 999'999).code(), Code::kLimit);
  ASSERT_TRUE(DecodeBody(result, 1'000'000).ok());
  EXPECT_EQ(result.body.size(), 1'000'000U);
}

TEST_P(HttpClientTest, SaysWhatFailed) {
  EXPECT_EQ(Get({.url = Url("/large"), .max_body_bytes = 1000}).status.code(), Code::kLimit);
  EXPECT_EQ(Get({.url = "http://" + Numeric() + ":1/"}).status.message(),
            "connect: Connection refused");
  EXPECT_EQ(Get({.url = "nonsense://x"}).status.code(), Code::kInvalidArgument);
  EXPECT_EQ(Get({.url = "http://"}).status.code(), Code::kInvalidArgument);
}

TEST_P(HttpClientTest, GivesUpAtTheDeadline) {
  // Takes connections and never answers.
  Poco::Net::ServerSocket silent(Poco::Net::SocketAddress("127.0.0.1", 0));
  const HttpResult result =
      Get({.url = "http://" + std::string(GetParam()) + silent.address().toString() + "/",
           .timeout_ms = 50});
  EXPECT_EQ(result.status.message(), "no complete answer within 50 ms");
  EXPECT_EQ(result.failure, HttpFailure::kTimeout);
}

INSTANTIATE_TEST_SUITE_P(Ways, HttpClientTest, testing::Values("", "user:pass@"),
                         [](const auto& way) { return way.index == 0 ? "plain" : "curl"; });

TEST(DecodeBody, RefusesDamageAndUnknownEncodings) {
  HttpResult result{.content_encoding = "gzip", .body = Gzip(std::string(100, 'x'))};
  for (size_t size = 0; size < result.body.size(); ++size) {
    HttpResult cut{.content_encoding = "gzip", .body = result.body.substr(0, size)};
    EXPECT_FALSE(DecodeBody(cut, 1000).ok()) << size;
  }
  HttpResult other{.content_encoding = "br", .body = "x"};
  EXPECT_EQ(DecodeBody(other, 1000).message(), "unknown content encoding \"br\"");
}

}  // namespace
}  // namespace narthex
