#include "common/http_server/self_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/http_server/server.h"
#include "common/http_server/standard_pages.h"

namespace narthex {
namespace {

using testing::HasSubstr;

Status CheckServerOn(const std::string& address) {
  std::string lines;
  Registry registry;
  Routes routes;
  AddHealthPages(routes, "Test", [] { return true; });
  HttpServer server({.listen_addresses = {address}}, std::move(routes),
                    Logger(LogOptions{}, &lines), registry);
  const Status started = server.Start();
  return started.ok() ? server.CheckAnswers(Duration::Seconds(60)) : started;
}

TEST(CheckAnswers, PassesOnAServerThatServes) {
  for (const char* address : {"127.0.0.1:0", ":0", "unix:///tmp/narthex-self-check-test.sock"}) {
    const Status status = CheckServerOn(address);
    EXPECT_TRUE(status.ok()) << address << ": " << status.message();
  }
}

// The kernel completes connections to a listener whose process is stuck: that must not pass.
TEST(CheckAnswers, FailsWhereConnectionsAreNotTaken) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 4), 0);
  const Status status = CheckAnswers(listener, Duration{5});
  EXPECT_THAT(std::string(status.message()), HasSubstr("no answer in time"));
  ::close(listener);
}

}  // namespace
}  // namespace narthex
