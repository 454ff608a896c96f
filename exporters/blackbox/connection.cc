#include "exporters/blackbox/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace narthex::blackbox {
namespace {

constexpr size_t kMaxLineBytes = 64 << 10;
constexpr size_t kReadBytes = 4096;  // on the stack of each probe that waits

}  // namespace

Outcome Connection::ConnectTcp(const Address& address, int port, const std::string& source) {
  const SocketAddress to = SocketAddressOf(address, port);
  if (source.empty()) return Connect(to.get()->sa_family, to, nullptr);
  const SocketAddress from = SocketAddressOf({source, source.find(':') != std::string::npos}, 0);
  return Connect(to.get()->sa_family, to, &from);
}

Outcome Connection::ConnectUnix(const std::string& path) {
  SocketAddress to;
  auto* address = reinterpret_cast<sockaddr_un*>(&to.storage);
  address->sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address->sun_path)
    return Failed(Phase::kSetup, Reason::kBadTarget, "no path of a Unix socket: " + Quote(path));
  std::memcpy(address->sun_path, path.data(), path.size());
  to.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  if (path.front() == '@') {
    address->sun_path[0] = '\0';  // a name of Linux that is no file
  } else {
    to.size += 1;
  }
  return Connect(AF_UNIX, to, nullptr);
}

Outcome Connection::Connect(int family, const SocketAddress& to, const SocketAddress* from) {
  socket_ =
      std::make_unique<Descriptor>(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_->ok()) return FailedSystem(Phase::kConnect, "socket", errno);
  const int fd = socket_->get();
  if (family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (from != nullptr && ::bind(fd, from->get(), from->size) != 0)
    return FailedSystem(Phase::kConnect, "bind to source_ip_address", errno);
  if (::connect(fd, to.get(), to.size) == 0) return {};
  if (errno != EINPROGRESS) return FailedSystem(Phase::kConnect, "connect", errno);
  if (const Status status = deadline_.WaitFor(fd, POLLOUT); !status.ok())
    return FailedWait(Phase::kConnect, status.Prefixed("connect"));
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 ? Outcome() : FailedSystem(Phase::kConnect, "connect", error);
}

Outcome Connection::StartTls(std::shared_ptr<const TlsClient> client, const std::string& name) {
  buffer_.clear();
  return TlsSession::Connect(std::move(client), socket_->get(), name, deadline_, tls_);
}

Outcome Connection::Write(std::string_view data) {
  if (tls_) return tls_->Write(data, deadline_);
  while (!data.empty()) {
    const ssize_t count = ::send(socket_->get(), data.data(), data.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      data.remove_prefix(static_cast<size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return FailedSystem(Phase::kSend, "send", errno);
    if (const Status status = deadline_.WaitFor(socket_->get(), POLLOUT); !status.ok())
      return FailedWait(Phase::kSend, status.Prefixed("send"));
  }
  return {};
}

Outcome Connection::Receive() {
  // A peer that never stops talking would otherwise never be waited for.
  if (const Status status = deadline_.Check(); !status.ok())
    return FailedWait(Phase::kReceive, status.Prefixed("receive"));
  if (tls_) return tls_->Read(buffer_, ended_, deadline_);
  std::array<char, kReadBytes> piece{};
  for (;;) {
    const ssize_t count = ::recv(socket_->get(), piece.data(), piece.size(), 0);
    if (count > 0) {
      buffer_.append(piece.data(), static_cast<size_t>(count));
      return {};
    }
    if (count == 0) {
      ended_ = true;
      return {};
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return FailedSystem(Phase::kReceive, "receive", errno);
    if (const Status status = deadline_.WaitFor(socket_->get(), POLLIN); !status.ok())
      return FailedWait(Phase::kReceive, status.Prefixed("receive"));
  }
}

Outcome Connection::ReadLine(std::string& line, bool& found) {
  size_t searched = 0;
  for (;;) {
    const size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos || (ended_ && !buffer_.empty())) {
      line = buffer_.substr(0, end);
      if (end != std::string::npos && line.ends_with('\r')) line.pop_back();
      buffer_.erase(0, end == std::string::npos ? buffer_.size() : end + 1);
      found = true;
      return {};
    }
    if (ended_) {
      found = false;
      return {};
    }
    if (buffer_.size() > kMaxLineBytes)
      return Failed(Phase::kReceive, Reason::kTooLarge, "receive: a line of more than 64 kB");
    searched = buffer_.size();
    if (Outcome failure = Receive()) return failure;
  }
}

Outcome Connection::ReadBytes(size_t count, std::string& bytes) {
  while (buffer_.size() < count) {
    if (ended_) {
      return Failed(Phase::kReceive, Reason::kClosed,
                    "receive: want " + std::to_string(count) + " bytes, the peer ends after " +
                        std::to_string(buffer_.size()));
    }
    if (Outcome failure = Receive()) return failure;
  }
  bytes = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return {};
}

Outcome Connection::ReadUntil(std::string_view end, size_t max_bytes, std::string& text) {
  size_t searched = 0;
  for (;;) {
    const size_t at = buffer_.find(end, searched);
    if (at != std::string::npos) {
      text = buffer_.substr(0, at + end.size());
      buffer_.erase(0, text.size());
      return {};
    }
    if (ended_) return Failed(Phase::kReceive, Reason::kClosed, "receive: the peer ends too early");
    if (buffer_.size() > max_bytes)
      return Failed(Phase::kReceive, Reason::kTooLarge, "receive: no end within the limit");
    searched = buffer_.size() < end.size() ? 0 : buffer_.size() - end.size() + 1;
    if (Outcome failure = Receive()) return failure;
  }
}

}  // namespace narthex::blackbox
