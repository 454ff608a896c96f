#include "common/http_server/server.h"

#include <Poco/Net/StreamSocket.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>

#include "common/http_server/connections.h"
#include "common/http_server/gzip.h"
#include "common/http_server/lifecycle.h"
#include "common/http_server/standard_pages.h"
#include "common/io_loop/fibers.h"

namespace narthex {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A running server on a free loopback port.
class Fixture {
 public:
  explicit Fixture(Routes routes, int64_t max_connections = 512,
                   Duration read_timeout = Duration::Seconds(300), FiberThreads* fibers = nullptr)
      : server_({.listen_addresses = {"127.0.0.1:0"},
                 .max_connections = max_connections,
                 .read_timeout = read_timeout,
                 .max_body = {1000},
                 .fibers = fibers},
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
      server.Exchange(
          "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
          "Content-Length: 5\r\nConnection: close\r\n\r\na=%41"),
      HasSubstr("\r\n\r\n[A]"));
  EXPECT_THAT(server.Get("/stream"), HasSubstr("piece\n"));
}

TEST(HttpServer, LeavesARawBodyAsItCame) {
  const Fixture server(EchoRoutes());
  EXPECT_THAT(
      server.Exchange(
          "POST /raw HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
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
  EXPECT_THAT(server.Exchange("DELETE /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(server.Exchange("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n"),
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

TEST(HttpServer, ClosesIdleConnectionsNearItsLimit) {
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
  // Which one was idle first only the server knows.
  Poco::Net::Socket::SocketList ended(idle.begin(), idle.end());
  Poco::Net::Socket::SocketList none;
  ASSERT_GT(Poco::Net::Socket::select(ended, none, none, Poco::Timespan(60, 0)), 0);
  Poco::Net::StreamSocket first(ended.front());
  EXPECT_EQ(Fixture::ReadAll(first), "");
}

// What a client sent that is no request, and how the answer to it begins.
TEST(HttpServer, AnswersARequestThatItCannotRead) {
  const Fixture server(EchoRoutes());
  const std::string head = "POST /echo HTTP/1.1\r\nHost: x\r\n";
  const std::pair<std::string, std::string> cases[] = {
      {"GET /" + std::string(1 << 20, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 431"},
      {head + "Content-Length: -5\r\n\r\n", "HTTP/1.1 400"},
      {head + "Content-Length: abc\r\n\r\n", "HTTP/1.1 400"},
      {head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400"},
      {head + "Transfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 501"},
      {head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "HTTP/1.1 400"},
      {"GET /echo HTTP/2.0\r\nHost: x\r\n\r\n", "HTTP/1.1 505"},
      {"GET /echo HTTP/1.1\r\n\r\n", "HTTP/1.1 400"},
      {"garbage\r\n\r\n", "HTTP/1.1 400"}};
  for (const auto& [request, answer] : cases)
    EXPECT_THAT(server.Exchange(request), StartsWith(answer)) << request.substr(0, 100);
}

TEST(HttpServer, TakesLongQueryUrls) {
  const Fixture server(EchoRoutes());
  const std::string value(200'000, 'v');
  EXPECT_THAT(server.Get("/echo?a=" + value), HasSubstr("[" + value + "]"));
}

TEST(HttpServer, ReadsChunksAndAnswersRequestsThatWereSentTogether) {
  const Fixture server(EchoRoutes());
  const std::string answers = server.Exchange(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n"
      "GET /echo?a=2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answers, HasSubstr("\r\n\r\nabcde"));
  EXPECT_THAT(answers, HasSubstr("[2]"));
  EXPECT_THAT(server.Exchange("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "3e9\r\n"),
              StartsWith("HTTP/1.1 413"));
}

TEST(HttpServer, SpeaksHttp10) {
  const Fixture server(EchoRoutes());
  EXPECT_THAT(server.Exchange("GET /stream HTTP/1.0\r\n\r\n"),
              testing::EndsWith("\r\n\r\npiece\npiece\npiece\n"));
  EXPECT_THAT(server.Exchange("GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              testing::EndsWith("6\r\npiece\n\r\n0\r\n\r\n"));
}

TEST(HttpServer, AsksForTheBodyWhereTheClientWaits) {
  const Fixture server(EchoRoutes());
  EXPECT_THAT(server.Exchange("POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                              "Expect: 100-continue\r\nContent-Length: 5000\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  auto socket = server.Connect();
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n"
      "Content-Length: 4\r\n\r\n";
  socket.sendBytes(head.data(), static_cast<int>(head.size()));
  char buffer[1000];
  const int got = socket.receiveBytes(buffer, sizeof buffer);
  EXPECT_THAT(std::string(buffer, static_cast<size_t>(got)), StartsWith("HTTP/1.1 100"));
  socket.sendBytes("body", 4);
  EXPECT_THAT(Fixture::ReadAll(socket), HasSubstr("\r\n\r\nbody"));
}

TEST(HttpServer, SendsStrictHeadersAndNotItsVersion) {
  Routes routes = EchoRoutes();
  AddLandingPage(routes, "Title", "Sentence.", {});
  const Fixture server(std::move(routes));
  const std::string page = server.Get("/");
  EXPECT_THAT(page, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(page, HasSubstr("Content-Security-Policy: default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("Date: "));
  EXPECT_THAT(page, testing::Not(HasSubstr("Server: ")));
  EXPECT_THAT(server.Exchange("DELETE /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              HasSubstr("Allow: GET, POST"));
}

// One byte at a time does not win more time: the bound is for the whole request.
TEST(HttpServer, EndsARequestThatTakesTooLong) {
  const Fixture server(EchoRoutes(), 512, Duration{50});
  for (const std::string_view part :
       {"GET /ec", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"}) {
    auto socket = server.Connect();
    socket.sendBytes(part.data(), static_cast<int>(part.size()));
    EXPECT_THAT(Fixture::ReadAll(socket), StartsWith("HTTP/1.1 408"));
  }
  auto idle = server.Connect();
  EXPECT_EQ(Fixture::ReadAll(idle), "");
}

// Every place is taken by a request that is being answered.
TEST(HttpServer, TellsWhoComesBeyondItsLimit) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::atomic<int> inside{0};
  Routes routes;
  routes.Get("/wait", [&](const HttpRequest&, HttpResponse& response) {
    ++inside;
    released.wait();
    response.Send(200, kPlainText, "done\n");
  });
  const Fixture server(std::move(routes), 2);
  std::vector<std::future<std::string>> answers;
  answers.reserve(2);
  for (int i = 0; i < 2; ++i) {
    answers.push_back(std::async(std::launch::async, [&] { return server.Get("/wait"); }));
    // Before its request is there, a connection is one that may go to make room for the next.
    while (inside <= i) std::this_thread::yield();
  }
  EXPECT_THAT(server.Get("/wait"), StartsWith("HTTP/1.1 503"));
  release.set_value();
  for (auto& answer : answers) EXPECT_THAT(answer.get(), HasSubstr("done\n"));
}

TEST(HttpServer, KeepsRoomBesideClientsThatNeverEndTheirRequest) {
  const Fixture server(EchoRoutes(), 4);
  std::vector<Poco::Net::StreamSocket> slow;
  const std::string_view heads[] = {"GET /echo",
                                    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"};
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

// A handler of each request waits until all are there, and all have one thread.
TEST(HttpServer, ServesManyConnectionsOnOneThread) {
  constexpr uint64_t kCount = 20;
  const SystemClock clock;
  FiberThreads fibers(clock, 1, 256 << 10);
  const int gate = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  uint64_t arrived = 0;
  Routes routes;
  routes.Get("/meet", [&](const HttpRequest&, HttpResponse& response) {
    const uint64_t one = 1;
    if (++arrived == kCount) {
      EXPECT_EQ(::write(gate, &one, sizeof one), 8);
    }
    // Each of them has a descriptor of its own for the gate, as one is awaited once at a time.
    const int mine = ::dup(gate);
    pollfd waited{mine, POLLIN, 0};
    EXPECT_EQ(PollDescriptors(&waited, 1, 60'000), 1);
    ::close(mine);
    response.Send(200, kPlainText, "met");
  });
  {
    const Fixture server(std::move(routes), 512, Duration::Seconds(300), &fibers);
    std::vector<std::future<std::string>> answers;
    for (uint64_t i = 0; i < kCount; ++i)
      answers.push_back(std::async(std::launch::async, [&] { return server.Get("/meet"); }));
    for (auto& answer : answers) EXPECT_THAT(answer.get(), HasSubstr("\r\n\r\nmet"));
  }
  ::close(gate);
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
  EXPECT_EQ(server.Start().message(),
            "listen address \"127.0.0.1\": want HOST:PORT or unix:///PATH");
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

// What was asked, and how the answer begins.
TEST(Lifecycle, ActsOnPostAndPutWhereItIsEnabled) {
  for (const bool enabled : {true, false}) {
    int quits = 0;
    Routes routes;
    AddLifecyclePages(routes,
                      {enabled, [] { return InvalidArgument("bad file"); }, [&quits] { ++quits; }});
    const Fixture server(std::move(routes));
    const auto ask = [&](const std::string& line) {
      return server.Exchange(line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    };
    EXPECT_THAT(ask("GET /-/quit"), StartsWith("HTTP/1.1 405"));
    EXPECT_THAT(ask("POST /-/reload"), StartsWith(enabled ? "HTTP/1.1 500" : "HTTP/1.1 403"));
    EXPECT_THAT(ask("PUT /-/reload"),
                HasSubstr(enabled ? "reload: bad file\n" : "see --web.enable-lifecycle\n"));
    for (int i = 0; i < 2; ++i)
      EXPECT_THAT(ask("POST /-/quit"), StartsWith(enabled ? "HTTP/1.1 200" : "HTTP/1.1 403"));
    EXPECT_EQ(quits, enabled ? 1 : 0);
  }
}

TEST(AcceptsGzip, HeedsQuality) {
  EXPECT_TRUE(AcceptsGzip("br, gzip"));
  EXPECT_TRUE(AcceptsGzip("gzip;q=0.5"));
  EXPECT_FALSE(AcceptsGzip("gzip;q=0, br"));
  EXPECT_FALSE(AcceptsGzip("identity"));
}

}  // namespace
}  // namespace narthex
