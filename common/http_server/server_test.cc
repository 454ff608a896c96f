#include "common/http_server/server.h"

#include <Poco/Net/StreamSocket.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/http_server/connections.h"
#include "common/http_server/gzip.h"
#include "common/http_server/standard_pages.h"

namespace narthex {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A running server on a free loopback port.
class Fixture {
 public:
  explicit Fixture(Routes routes, int64_t max_connections = 512, uint64_t max_body = 1000)
      : server_({.listen_addresses = {"127.0.0.1:0"},
                 .max_connections = max_connections,
                 .max_body = {max_body}},
                std::move(routes), Logger(LogOptions{}, &log_), registry_) {
    EXPECT_TRUE(server_.Start().ok());
  }

  Poco::Net::StreamSocket Connect() const {
    return Poco::Net::StreamSocket(
        Poco::Net::SocketAddress("127.0.0.1", static_cast<Poco::UInt16>(server_.ports()[0])));
  }

  // Sends bytes and reads until the server closes.
  std::string Exchange(const std::string& bytes) const {
    auto socket = Connect();
    socket.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
    return ReadAll(socket);
  }

  static std::string ReadAll(Poco::Net::StreamSocket& socket) {
    std::string out;
    char buffer[4096];
    for (int got = 0; (got = socket.receiveBytes(buffer, sizeof buffer)) > 0;) {
      out.append(buffer, static_cast<size_t>(got));
    }
    return out;
  }

  std::string Get(const std::string& target, const std::string& headers = "") const {
    return Exchange("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers +
                    "\r\n");
  }

 private:
  std::string log_;
  Registry registry_;
  HttpServer server_;
};

Routes EchoRoutes() {
  Routes routes;
  routes.Add({"GET", "POST"}, "/echo", [](const HttpRequest& request, HttpResponse& response) {
    std::string out;
    for (const auto value : request.parameters.GetAll("a")) out += "[" + std::string(value) + "]";
    response.Send(200, kPlainText, out + request.body);
  });
  routes.AddRaw({"POST"}, "/raw", [](const HttpRequest& request, HttpResponse& response) {
    response.Send(200, kPlainText, request.body);
  });
  routes.Get("/label/*", [](const HttpRequest& request, HttpResponse& response) {
    response.Send(200, kPlainText, RestOfPath(request, "/label/*"));
  });
  routes.Get("/stream", [](const HttpRequest&, HttpResponse& response) {
    response.Begin(200, kPlainText);
    for (int i = 0; i < 3; ++i) response.Write("piece\n");
  });
  routes.Get("/large", [](const HttpRequest&, HttpResponse& response) {
    response.Send(200, kPlainText, std::string(100'000, 'x'));
  });
  return routes;
}

TEST(HttpServer, AnswersByRouteWithDecodedParameters) {
  const Fixture server(EchoRoutes());
  EXPECT_THAT(server.Get("/echo?a=1&a=x+y%26&b=2"), HasSubstr("\r\n\r\n[1][x y&]"));
  EXPECT_THAT(server.Get("/label/a%2Fb/values"), HasSubstr("\r\n\r\na/b/values"));
  EXPECT_THAT(
      server.Exchange("POST /echo HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                      "Content-Length: 5\r\nConnection: close\r\n\r\na=%41"),
      HasSubstr("\r\n\r\n[A]"));
  EXPECT_THAT(server.Get("/stream"), HasSubstr("piece\n"));
}

TEST(HttpServer, LeavesARawBodyAsItCame) {
  const Fixture server(EchoRoutes());
  EXPECT_THAT(
      server.Exchange("POST /raw HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                      "Content-Length: 5\r\nConnection: close\r\n\r\na=%zz"),
      HasSubstr("\r\n\r\na=%zz"));
}

TEST(HttpServer, AnswersHeadWithoutABody) {
  const Fixture server(EchoRoutes());
  const std::string answer =
      server.Exchange("HEAD /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 100000"));
  EXPECT_LT(answer.size(), 1000U);
}

TEST(HttpServer, RefusesWhatItCannotServe) {
  const Fixture server(EchoRoutes());
  EXPECT_THAT(server.Get("/nope"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(server.Get("/echo?a=%zz"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(server.Exchange("DELETE /echo HTTP/1.1\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(server.Exchange("POST /echo HTTP/1.1\r\nContent-Length: 5000\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  server.Exchange("\x16\x03\x01 garbage\r\n\r\n");
  EXPECT_THAT(server.Get("/echo?a=1"), HasSubstr("[1]"));
}

TEST(HttpServer, CompressesWhereTheClientTakesIt) {
  const Fixture server(EchoRoutes());
  const std::string answer = server.Get("/large", "Accept-Encoding: deflate, gzip\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Encoding: gzip"));
  EXPECT_LT(answer.size(), 2000U);
  EXPECT_GT(server.Get("/large").size(), 100'000U);
}

TEST(HttpServer, ClosesTheOldestIdleConnectionNearItsLimit) {
  const Fixture server(EchoRoutes(), 4);
  std::vector<Poco::Net::StreamSocket> idle;
  const std::string request = "GET /echo?a=1 HTTP/1.1\r\nHost: x\r\n\r\n";
  for (int i = 0; i < 3; ++i) {
    idle.push_back(server.Connect());
    idle.back().sendBytes(request.data(), static_cast<int>(request.size()));
    char buffer[1000];
    ASSERT_GT(idle.back().receiveBytes(buffer, sizeof buffer), 0);
  }
  for (int i = 0; i < 5; ++i) EXPECT_THAT(server.Get("/echo?a=1"), HasSubstr("[1]"));
  EXPECT_EQ(Fixture::ReadAll(idle.front()), "");  // ended by the server
}

TEST(HttpServer, AnswersARequestThatItCannotRead) {
  const Fixture server(EchoRoutes());
  EXPECT_THAT(server.Get("/" + std::string(20'000, 'a')), StartsWith("HTTP/1.1 400"));
}

TEST(HttpServer, KeepsRoomBesideClientsThatNeverEndTheirRequest) {
  const Fixture server(EchoRoutes(), 4);
  std::vector<Poco::Net::StreamSocket> slow;
  const std::string_view heads[] = {"GET /echo",
                                    "POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\n"};
  for (size_t i = 0; i < 6; ++i) {
    slow.push_back(server.Connect());
    slow.back().sendBytes(heads[i % 2].data(), static_cast<int>(heads[i % 2].size()));
  }
  for (int i = 0; i < 5; ++i) EXPECT_THAT(server.Get("/echo?a=1"), HasSubstr("[1]"));
}

TEST(HttpServer, RefusesALimitOfNoConnections) {
  Registry registry;
  HttpServer server({.listen_addresses = {"127.0.0.1:0"}, .max_connections = 0}, Routes(),
                    Logger(LogOptions{}), registry);
  EXPECT_EQ(server.Start().message(), "--web.max-connections: want 1 to 30000, got 0");
}

TEST(Connections, EndsOneThatComesAfterTheEnd) {
  const Fixture server(EchoRoutes());
  Connections connections(4);
  connections.EndAll(true);
  auto socket = server.Connect();
  const Connections::Entry entry(connections, socket);
  EXPECT_EQ(Fixture::ReadAll(socket), "");
}

TEST(HttpServer, SaysWhichAddressItCannotHave) {
  Registry registry;
  HttpServer server({.listen_addresses = {"127.0.0.1"}}, Routes(), Logger(LogOptions{}), registry);
  EXPECT_EQ(server.Start().message(), "listen address \"127.0.0.1\": want HOST:PORT");
}

TEST(HttpServer, RefusesAPortThatAnotherHas) {
  std::string log;
  Registry registry;
  HttpServer first({.listen_addresses = {"127.0.0.1:0"}}, EchoRoutes(), Logger(LogOptions{}, &log),
                   registry);
  ASSERT_TRUE(first.Start().ok());
  const std::string port = ":" + std::to_string(first.ports()[0]);
  for (const std::string& address : {"127.0.0.1" + port, port}) {
    Registry other;
    HttpServer second({.listen_addresses = {address}}, EchoRoutes(), Logger(LogOptions{}, &log),
                      other);
    EXPECT_THAT(std::string(second.Start().message()), StartsWith("listen on " + address + ": "))
        << address;
  }
}

TEST(SendExposition, NegotiatesTheFormat) {
  Routes routes;
  routes.Get("/metrics", [](const HttpRequest& request, HttpResponse& response) {
    SendExposition(request, response, [](openmetrics::ExpositionWriter& out) {
      out.Add("a_total", openmetrics::Type::kCounter, "A.").Sample({}, 1);
    });
  });
  const Fixture server(std::move(routes));
  EXPECT_THAT(server.Get("/metrics"), HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(server.Get("/metrics", "Accept: application/openmetrics-text\r\n"),
              HasSubstr("# EOF"));
}

TEST(AcceptsGzip, HeedsQuality) {
  EXPECT_TRUE(AcceptsGzip("br, gzip"));
  EXPECT_TRUE(AcceptsGzip("gzip;q=0.5"));
  EXPECT_FALSE(AcceptsGzip("gzip;q=0, br"));
  EXPECT_FALSE(AcceptsGzip("identity"));
}

}  // namespace
}  // namespace narthex
