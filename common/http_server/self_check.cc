#include "common/http_server/self_check.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>

namespace narthex {
namespace {

constexpr std::string_view kRequest =
    "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

using Clock = std::chrono::steady_clock;

class Socket {
 public:
  explicit Socket(int family)
      : fd_(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }

  // Whether one of `events` came before `deadline`.
  bool Wait(short events, Clock::time_point deadline) const {
    pollfd entry{fd_, events, 0};
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      const int ready = ::poll(&entry, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
      if (ready >= 0 || errno != EINTR) return ready > 0;
    }
  }

 private:
  int fd_;
};

Status Failed(const char* what) {
  return Unavailable("self check: ", what, ": ", std::strerror(errno));
}

}  // namespace

Status CheckAnswers(int listening_fd, Duration patience) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(patience.ms);
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (::getsockname(listening_fd, address, &size) != 0) return Failed("getsockname");
  const Socket socket(address->sa_family);
  if (socket.fd() < 0) return Failed("socket");
  // A listener on all addresses is reached through the address "all", which is the loopback then.
  // A Unix socket with a full queue says EAGAIN at once: nobody takes connections from it.
  if (::connect(socket.fd(), address, size) != 0 && errno != EINPROGRESS) return Failed("connect");
  if (!socket.Wait(POLLOUT, deadline)) return Unavailable("self check: no connection in time");
  if (::send(socket.fd(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL) < 0)
    return Failed("send");
  if (!socket.Wait(POLLIN, deadline)) return Unavailable("self check: no answer in time");
  return {};
}

}  // namespace narthex
