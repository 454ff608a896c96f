#include "common/http_server/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>

namespace narthex {
namespace {

constexpr int kPauseMs = 50;

}  // namespace

Acceptor::Acceptor(std::vector<Listener>& listeners, Take take)
    : listeners_(listeners), take_(std::move(take)), wake_fd_(::eventfd(0, EFD_CLOEXEC)) {
  // A connection that is gone before it is accepted must not hold the thread.
  for (Listener& listener : listeners_) listener.socket.setBlocking(false);
  thread_ = std::thread([this] { Run(); });
}

Acceptor::~Acceptor() {
  const uint64_t one = 1;
  const ssize_t written = ::write(wake_fd_, &one, sizeof one);
  assert(written == sizeof one);
  static_cast<void>(written);
  thread_.join();
  ::close(wake_fd_);
}

void Acceptor::Run() {
  std::vector<pollfd> waiting;
  for (const Listener& listener : listeners_)
    waiting.push_back({listener.socket.impl()->sockfd(), POLLIN, 0});
  waiting.push_back({wake_fd_, POLLIN, 0});
  for (;;) {
    if (::poll(waiting.data(), waiting.size(), -1) <= 0) continue;
    if (waiting.back().revents != 0) return;
    for (size_t i = 0; i < listeners_.size(); ++i) {
      if (waiting[i].revents != 0) AcceptOne(listeners_[i]);
    }
  }
}

void Acceptor::AcceptOne(const Listener& listener) {
  const int fd =
      ::accept4(listener.socket.impl()->sockfd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0) {
    // An answer's last packet would wait for the acknowledgement of the one before. Unix sockets
    // have no such delay and refuse the option.
    const int one = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return take_(fd);
  }
  const bool gone = errno == EAGAIN || errno == ECONNABORTED || errno == EINTR;
  if (!gone) PauseWithoutDescriptors();
}

// The connection stays in line, and asking again at once would only burn the processor.
void Acceptor::PauseWithoutDescriptors() {
  pollfd waiting{wake_fd_, POLLIN, 0};
  ::poll(&waiting, 1, kPauseMs);
}

}  // namespace narthex
