#include "tests/bench/target_generator/target_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/http_server/gzip.h"

namespace narthex::bench {
namespace {

constexpr size_t kMaxRequestBytes = 16 * 1024;
// A body of a thousand series fits, so that an answer is one system call. The kernel may allow
// less.
constexpr int kSendBufferBytes = 1 << 20;
// Of the epoll tags: below this a listener's target, from it on a connection's descriptor.
constexpr uint64_t kConnectionTag = uint64_t{1} << 32;
constexpr uint64_t kStopTag = ~uint64_t{0};

Result<OwnedFd> ListenOn(uint16_t port) {
  OwnedFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return ErrnoStatus("socket", errno);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string name = "listen on 127.0.0.1:" + std::to_string(port);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 16) != 0) {
    return ErrnoStatus(name, errno);
  }
  return fd;
}

std::string Head(std::string_view status, size_t body_bytes, bool gzip = false) {
  std::string head("HTTP/1.1 ");
  head.append(status).append(gzip ? "\r\nContent-Encoding: gzip" : "");
  head.append("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: ");
  return head.append(std::to_string(body_bytes)).append("\r\n\r\n");
}

}  // namespace

OwnedFd::~OwnedFd() {
  if (fd_ >= 0) ::close(fd_);
}

CpuSeconds ProcessCpu() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return {seconds(usage.ru_utime), seconds(usage.ru_stime)};
}

TargetServer::TargetServer(const TargetServerOptions& options) : options_(options) {
  bodies_.reserve(options.targets);
  for (size_t i = 0; i < options.targets; ++i) bodies_.emplace_back(options.body, i);
}

Status TargetServer::Listen() {
  epoll_ = OwnedFd(::epoll_create1(EPOLL_CLOEXEC));
  if (epoll_.get() < 0) return ErrnoStatus("epoll", errno);
  for (size_t i = 0; i < options_.targets; ++i) {
    ASSIGN_OR_RETURN(OwnedFd listener, ListenOn(static_cast<uint16_t>(options_.first_port + i)));
    RETURN_IF_ERROR(Watch(listener.get(), EPOLLIN, i));
    listeners_.push_back(std::move(listener));
  }
  return {};
}

Status TargetServer::Watch(int fd, uint32_t events, uint64_t tag) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return ErrnoStatus("epoll", errno);
  return {};
}

Status TargetServer::Run(int stop_fd) {
  RETURN_IF_ERROR(Watch(stop_fd, EPOLLIN, kStopTag));
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) return ErrnoStatus("epoll", errno);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      if (event.data.u64 == kStopTag) return {};
      if (event.data.u64 < kConnectionTag) {
        Accept(event.data.u64);
      } else {
        Serve(static_cast<int>(event.data.u64 - kConnectionTag), event.events);
      }
    }
  }
}

void TargetServer::Accept(size_t target) {
  OwnedFd fd(::accept4(listeners_[target].get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.get() < 0) return;
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int key = fd.get();
  if (!Watch(key, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
             kConnectionTag + static_cast<uint64_t>(key))
           .ok())
    return;
  auto connection = std::make_unique<Connection>();
  connection->fd = std::move(fd);
  connection->target = target;
  connections_[key] = std::move(connection);
}

void TargetServer::Serve(int fd, uint32_t events) {
  const auto found = connections_.find(fd);
  if (found == connections_.end()) return;
  Connection& connection = *found->second;
  bool keep = (events & (EPOLLHUP | EPOLLERR)) == 0;
  if (keep && (events & EPOLLOUT) != 0) keep = SendRest(connection);
  if (keep && (events & EPOLLIN) != 0) keep = Receive(connection);
  if (!keep) connections_.erase(found);
}

// Edge-triggered: reads until there is no more. False when the connection is done.
bool TargetServer::Receive(Connection& connection) {
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    connection.received.append(buffer.data(), static_cast<size_t>(got));
    size_t end = 0;
    while ((end = connection.received.find("\r\n\r\n")) != std::string::npos) {
      if (!Answer(connection, std::string_view(connection.received).substr(0, end))) return false;
      connection.received.erase(0, end + 4);
    }
    if (connection.received.size() > kMaxRequestBytes) return false;
    if (static_cast<size_t>(got) < buffer.size()) return true;
  }
}

bool TargetServer::Answer(Connection& connection, std::string_view request) {
  if (request.substr(0, 13) == "GET /metrics ") {
    TargetBody& body = bodies_[connection.target];
    body.Advance();
    ++stats_.scrapes;
    stats_.samples += body.series();
    stats_.body_bytes += body.text().size();
    if (options_.gzip && request.find("gzip") != std::string_view::npos) {
      const std::string packed = Gzip(body.text());
      return Send(connection, Head("200 OK", packed.size(), true), packed);
    }
    return Send(connection, Head("200 OK", body.text().size()), body.text());
  }
  if (request.substr(0, 11) == "GET /stats ") {
    const std::string text = StatsText();
    return Send(connection, Head("200 OK", text.size()), text);
  }
  return Send(connection, Head("404 Not Found", 0), {});
}

// What the socket does not take at once is copied, because the next scrape patches the body.
bool TargetServer::Send(Connection& connection, std::string_view head, std::string_view body) {
  size_t sent = 0;
  if (connection.unsent.empty()) {
    std::array<iovec, 2> parts{{{const_cast<char*>(head.data()), head.size()},
                                {const_cast<char*>(body.data()), body.size()}}};
    const ssize_t written =
        ::writev(connection.fd.get(), parts.data(), static_cast<int>(parts.size()));
    if (written < 0 && errno != EAGAIN) return false;
    sent = written < 0 ? 0 : static_cast<size_t>(written);
  }
  if (sent == head.size() + body.size()) return true;
  if (sent < head.size()) {
    connection.unsent.append(head.substr(sent)).append(body);
  } else {
    connection.unsent.append(body.substr(sent - head.size()));
  }
  // Room that came about since then raises no further edge.
  return SendRest(connection);
}

bool TargetServer::SendRest(Connection& connection) {
  while (connection.sent < connection.unsent.size()) {
    const ssize_t written = ::send(connection.fd.get(), connection.unsent.data() + connection.sent,
                                   connection.unsent.size() - connection.sent, MSG_NOSIGNAL);
    if (written < 0) return errno == EAGAIN;
    connection.sent += static_cast<size_t>(written);
  }
  connection.unsent.clear();
  connection.sent = 0;
  return true;
}

std::string TargetServer::StatsText() const {
  const CpuSeconds cpu = ProcessCpu();
  // By its pid a bench tells its own generator from another that has the port.
  std::string out = "bench_process_id " + std::to_string(::getpid()) + "\n";
  out += "bench_scrapes_total " + std::to_string(stats_.scrapes) + "\n";
  out += "bench_samples_total " + std::to_string(stats_.samples) + "\n";
  out += "bench_body_bytes_total " + std::to_string(stats_.body_bytes) + "\n";
  out += "bench_cpu_seconds_total " + std::to_string(cpu.user + cpu.system) + "\n";
  return out;
}

}  // namespace narthex::bench
