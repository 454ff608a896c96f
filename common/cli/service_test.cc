#include "common/cli/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace narthex::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Stands in for systemd: takes what a service tells it, and asks it to prove itself each 4 ms.
class Manager {
 public:
  Manager() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;  // with no path the kernel picks an abstract name
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t)), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    const size_t name_size = size - sizeof(sa_family_t) - 1;
    ::setenv("NOTIFY_SOCKET", ("@" + std::string(address.sun_path + 1, name_size)).c_str(), 1);
    ::setenv("WATCHDOG_USEC", "4000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  }
  ~Manager() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    ::close(fd_);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  std::vector<std::string> Told() const {
    std::vector<std::string> told;
    char text[256];
    for (;;) {
      const ssize_t size = ::recv(fd_, text, sizeof text, 0);
      if (size < 0) return told;
      told.emplace_back(text, static_cast<size_t>(size));
    }
  }

 private:
  int fd_;
};

// The fifth check ends the service, and what it returns counts like all others.
Service::Check StopAtTheFifth(int& checks, const Status& status) {
  return [&checks, status](Duration patience) {
    EXPECT_EQ(patience.ms, 1);
    if (++checks == 5) ::kill(::getpid(), SIGTERM);
    return status;
  };
}

TEST(Service, TellsTheWatchdogAfterEachCheckThatPasses) {
  const Manager manager;
  Service service;
  std::string lines;
  int checks = 0;
  service.Watch(StopAtTheFifth(checks, {}), Logger(LogOptions{}, &lines));
  service.RunUntilStopped([] {});
  const std::vector<std::string> told = manager.Told();
  EXPECT_THAT(told, ElementsAre("WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1",
                                "WATCHDOG=1", "STOPPING=1"));
  EXPECT_EQ(lines, "");
}

TEST(Service, TellsTheWatchdogNothingWhileTheCheckFails) {
  const Manager manager;
  Service service;
  std::string lines;
  int checks = 0;
  service.Watch(StopAtTheFifth(checks, Unavailable("stuck")), Logger(LogOptions{}, &lines));
  service.RunUntilStopped([] {});
  EXPECT_THAT(manager.Told(), ElementsAre("STOPPING=1"));
  EXPECT_THAT(lines, HasSubstr("stuck"));
}

TEST(Service, ReloadsAndSaysSo) {
  const Manager manager;
  Service service;
  ::kill(::getpid(), SIGHUP);
  service.RunUntilStopped([] { ::kill(::getpid(), SIGTERM); });
  EXPECT_THAT(manager.Told(), ElementsAre("RELOADING=1", "READY=1", "STOPPING=1"));
}

}  // namespace
}  // namespace narthex::cli
