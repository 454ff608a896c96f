#include "tests/bench/push_generator/push_load.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>

#include "common/bytes/numbers.h"
#include "tests/bench/push_generator/push_request.h"

namespace narthex::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    if (fd_ >= 0) ::close(fd_);
  }

  Status Open(uint16_t port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return ErrnoStatus("socket", errno);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval patience{.tv_sec = 30};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return ErrnoStatus("connect", errno);
    return {};
  }

  // Sends a request and gives the status of its answer.
  Result<int> Exchange(std::string_view request) {
    while (!request.empty()) {
      const ssize_t sent = ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
      if (sent < 0) return ErrnoStatus("send", errno);
      request.remove_prefix(static_cast<size_t>(sent));
    }
    answer_.clear();
    size_t head = std::string::npos;
    while ((head = answer_.find("\r\n\r\n")) == std::string::npos) RETURN_IF_ERROR(Receive());
    std::string lower = answer_.substr(0, head + 2);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    constexpr std::string_view kLength = "content-length: ";
    const size_t field = lower.find(kLength);
    if (field == std::string::npos) return Corruption("answer without a length");
    const size_t begin = field + kLength.size();
    const auto length =
        ParseUnsigned(std::string_view(lower).substr(begin, lower.find('\r', begin) - begin));
    if (!length) return Corruption("answer with a broken length");
    while (answer_.size() < head + 4 + *length) RETURN_IF_ERROR(Receive());
    const auto status = ParseInteger(std::string_view(answer_).substr(9, 3));
    return status ? static_cast<int>(*status) : 0;
  }

 private:
  Status Receive() {
    char buffer[4096];
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got < 0) return ErrnoStatus("receive", errno);
    if (got == 0) return Unavailable("the server closed a connection");
    answer_.append(buffer, static_cast<size_t>(got));
    return {};
  }

  int fd_ = -1;
  std::string answer_;
};

struct Shared {
  const PushLoadOptions& options;
  SteadyClock::time_point begin = SteadyClock::now();
  std::atomic<uint64_t> next{0};

  // When push `sequence` is due.
  SteadyClock::time_point Due(uint64_t sequence) const {
    const double seconds = static_cast<double>(sequence) / options.rate;
    return begin + std::chrono::duration_cast<SteadyClock::duration>(
                       std::chrono::duration<double>(seconds));
  }
};

// One connection's share. Pushes are numbered over all connections.
Status Work(Shared& shared, PushLoadResult& result) {
  const PushLoadOptions& options = shared.options;
  Connection connection;
  RETURN_IF_ERROR(connection.Open(options.port));
  PushRequest request(options.metrics);
  const auto end = shared.begin + std::chrono::duration_cast<SteadyClock::duration>(
                                      std::chrono::duration<double>(options.seconds));
  for (;;) {
    const uint64_t sequence = shared.next.fetch_add(1);
    if (options.pushes > 0 && sequence >= options.pushes) return {};
    auto from = SteadyClock::now();
    if (options.rate > 0) {
      from = shared.Due(sequence);
      if (from >= end) return {};
      std::this_thread::sleep_until(from);
    }
    if (SteadyClock::now() >= end) return {};
    ASSIGN_OR_RETURN(const int status,
                     connection.Exchange(request.For(sequence % options.groups, sequence)));
    ++(status == 200 || status == 202 ? result.pushes : result.refused);
    result.latency_ms.push_back(
        std::chrono::duration<double, std::milli>(SteadyClock::now() - from).count());
  }
}

}  // namespace

Result<PushLoadResult> RunPushLoad(const PushLoadOptions& options) {
  Shared shared{options};
  std::vector<PushLoadResult> parts(options.connections);
  std::vector<Status> outcomes(options.connections);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < options.connections; ++i) {
    threads.emplace_back([&, i] { outcomes[i] = Work(shared, parts[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  PushLoadResult result;
  result.seconds = std::chrono::duration<double>(SteadyClock::now() - shared.begin).count();
  for (size_t i = 0; i < options.connections; ++i) {
    if (!outcomes[i].ok()) return outcomes[i];
    result.pushes += parts[i].pushes;
    result.refused += parts[i].refused;
    result.latency_ms.insert(result.latency_ms.end(), parts[i].latency_ms.begin(),
                             parts[i].latency_ms.end());
  }
  std::sort(result.latency_ms.begin(), result.latency_ms.end());
  return result;
}

}  // namespace narthex::bench
