// Connections of plain transfers, seen from a server that is told what to do with each.
#include "common/http_client/plain_transfers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Poco/Net/ServerSocket.h>

#include <future>
#include <thread>

#include "common/http_client/http_client.h"

namespace narthex {
namespace {

using Poco::Net::StreamSocket;
using testing::HasSubstr;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Takes connections one after the other, each for a script of its own.
class ScriptedServer {
 public:
  using Script = std::function<void(StreamSocket&)>;
  explicit ScriptedServer(std::vector<Script> scripts)
      : thread_([this, scripts = std::move(scripts)] {
          for (const Script& script : scripts) {
            StreamSocket peer = listener_.acceptConnection();
            script(peer);
          }
        }) {}
  ~ScriptedServer() { thread_.join(); }

  std::string Url() const { return "http://" + listener_.address().toString() + "/a?b=c"; }

 private:
  Poco::Net::ServerSocket listener_{Poco::Net::SocketAddress("127.0.0.1", 0)};
  std::thread thread_;
};

std::string ReadRequest(StreamSocket& peer) {
  std::string text;
  char byte = 0;
  while (!text.ends_with("\r\n\r\n") && peer.receiveBytes(&byte, 1) == 1) text.push_back(byte);
  return text;
}
void Write(StreamSocket& peer, std::string_view text) {
  peer.sendBytes(text.data(), static_cast<int>(text.size()));
}
void Answer(StreamSocket& peer) {
  ReadRequest(peer);
  Write(peer, kOk);
}
void AwaitEnd(StreamSocket& peer) {
  char byte = 0;
  EXPECT_EQ(peer.receiveBytes(&byte, 1), 0);
}

class PlainTransfersTest : public testing::Test {
 protected:
  PlainTransfersTest() { loop_.Start(); }
  ~PlainTransfersTest() override { loop_.Stop(); }

  std::future<HttpResult> Begin(HttpGet request) {
    auto promise = std::make_shared<std::promise<HttpResult>>();
    loop_.Post([this, promise, request = std::move(request)] {
      client_.Get(request, [promise](HttpResult result) { promise->set_value(std::move(result)); });
    });
    return promise->get_future();
  }
  HttpResult Get(HttpGet request) { return Begin(std::move(request)).get(); }

  SystemClock clock_;
  IoLoop loop_{clock_};
  HttpClient client_{loop_, 1};
};

TEST_F(PlainTransfersTest, AsksAsHttpDoes) {
  std::string request;
  ScriptedServer server({[&](StreamSocket& peer) {
    request = ReadRequest(peer);
    Write(peer, kOk);
  }});
  EXPECT_EQ(Get({.url = server.Url() + "#d", .headers = {"X-A: b"}}).body, "ok");
  EXPECT_THAT(request, testing::StartsWith("GET /a?b=c HTTP/1.1\r\nX-A: b\r\nHost: 127.0.0.1:"));
}

TEST_F(PlainTransfersTest, KeepsAConnection) {
  ScriptedServer server({[](StreamSocket& peer) {
    for (int i = 0; i < 3; ++i) Answer(peer);
  }});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Get({.url = server.Url()}).body, "ok");
}

TEST_F(PlainTransfersTest, KeepsNoMoreConnectionsThanItMay) {
  std::promise<void> kept;
  ScriptedServer surplus({[&](StreamSocket& peer) {
    ReadRequest(peer);
    kept.get_future().wait();
    Write(peer, kOk);
    AwaitEnd(peer);
  }});
  ScriptedServer server({[](StreamSocket& peer) {
    Answer(peer);
    Answer(peer);
  }});
  std::future<HttpResult> waiting = Begin({.url = surplus.Url()});
  EXPECT_EQ(Get({.url = server.Url()}).body, "ok");
  kept.set_value();
  EXPECT_EQ(waiting.get().body, "ok");
  EXPECT_EQ(Get({.url = server.Url()}).body, "ok");
}

TEST_F(PlainTransfersTest, ConnectsAnewWhereAKeptConnectionHasEnded) {
  ScriptedServer server({[](StreamSocket& peer) {
                           Answer(peer);
                           ReadRequest(peer);  // and ends without a word
                         },
                         Answer});
  EXPECT_EQ(Get({.url = server.Url()}).body, "ok");
  EXPECT_EQ(Get({.url = server.Url()}).body, "ok");
}

TEST_F(PlainTransfersTest, AsksAFreshConnectionOnlyOnce) {
  ScriptedServer server({[](StreamSocket& peer) { ReadRequest(peer); }});
  const HttpResult result = Get({.url = server.Url()});
  EXPECT_EQ(result.failure, HttpFailure::kProtocol);
  EXPECT_EQ(result.status.message(), "no answer");
}

TEST_F(PlainTransfersTest, TakesNoAnswerForAnother) {
  ScriptedServer server({[](StreamSocket& peer) {
                           ReadRequest(peer);
                           Write(peer, kOk + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
                         },
                         Answer});
  EXPECT_EQ(Get({.url = server.Url()}).body, "ok");
  EXPECT_EQ(Get({.url = server.Url()}).body, "ok");
}

TEST_F(PlainTransfersTest, SendsARequestThatTakesSeveralSteps) {
  const std::string large = "X-Large: " + std::string(5 << 20, 'x');
  size_t size = 0;
  ScriptedServer server({[&](StreamSocket& peer) {
    size_t ends = 0;
    std::vector<char> piece(1 << 16);
    while (ends < 4) {  // line feeds: three headers and the end
      const int got = peer.receiveBytes(piece.data(), static_cast<int>(piece.size()));
      if (got <= 0) break;
      size += static_cast<size_t>(got);
      ends += static_cast<size_t>(std::count(piece.begin(), piece.begin() + got, '\n'));
    }
    Write(peer, kOk);
  }});
  EXPECT_EQ(Get({.url = server.Url(), .headers = {large}}).body, "ok");
  EXPECT_GT(size, large.size());
}

TEST_F(PlainTransfersTest, FollowsARedirectOfAnyForm) {
  ScriptedServer target({[](StreamSocket& peer) {
    EXPECT_THAT(ReadRequest(peer), HasSubstr("GET /x%20y HTTP"));
    Write(peer, "HTTP/1.1 200 OK\r\n\r\nthere");
  }});
  const std::string there = target.Url().substr(0, target.Url().find("/a?"));
  ScriptedServer server({[&](StreamSocket& peer) {
    ReadRequest(peer);
    Write(peer, "HTTP/1.1 307 Elsewhere\r\nContent-Length: 0\r\nLocation: " + there.substr(5) +
                    "/x y\r\n\r\n");
  }});
  EXPECT_EQ(Get({.url = server.Url()}).body, "there");
}

TEST_F(PlainTransfersTest, ConnectsOverIpv6) {
  Poco::Net::ServerSocket listener(Poco::Net::SocketAddress("::1", 0));
  std::thread serve([&] {
    StreamSocket peer = listener.acceptConnection();
    EXPECT_THAT(ReadRequest(peer), HasSubstr("\r\nHost: [::1]:"));
    Write(peer, kOk);
  });
  EXPECT_EQ(Get({.url = "http://[::1]:" + std::to_string(listener.address().port()) + "/"}).body,
            "ok");
  serve.join();
}

}  // namespace
}  // namespace narthex
