#include "common/http_server/stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "common/io_loop/fibers.h"

namespace narthex {
namespace {

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK; }

class PlainStream : public Stream {
 public:
  explicit PlainStream(int fd) : fd_(fd) {}

  Result<size_t> Read(char* to, size_t size, Deadline deadline) override {
    for (;;) {
      const ssize_t got = ::recv(fd_, to, size, 0);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno == EINTR) continue;
      if (!WouldBlock()) return ErrnoStatus("receive", errno);
      RETURN_IF_ERROR(WaitFor(fd_, POLLIN, deadline));
    }
  }

  Status Write(std::string_view bytes, Deadline deadline) override {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        bytes.remove_prefix(static_cast<size_t>(sent));
      } else if (WouldBlock()) {
        RETURN_IF_ERROR(WaitFor(fd_, POLLOUT, deadline));
      } else if (errno != EINTR) {
        return ErrnoStatus("send", errno);
      }
    }
    return {};
  }

  bool PeerGone() const override { return HungUp(fd_); }

 private:
  const int fd_;
};

}  // namespace

std::unique_ptr<Stream> NewPlainStream(int fd) { return std::make_unique<PlainStream>(fd); }

bool HungUp(int fd) {
  pollfd state{fd, POLLRDHUP, 0};
  return ::poll(&state, 1, 0) > 0;  // errors and hang-ups count too
}

Status WaitFor(int fd, short events, Deadline deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{fd, events, 0};
    const auto wait_ms = static_cast<int>(std::clamp<int64_t>(left.count(), 0, 3'600'000));
    const int ready = PollDescriptors(&waiting, 1, wait_ms);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return ErrnoStatus("poll", errno);
    if (std::chrono::steady_clock::now() >= deadline) return Timeout("the peer was too slow");
  }
}

}  // namespace narthex
