// Serves generated targets over HTTP/1.1 with kept connections, one listening port of 127.0.0.1 a
// target, from one thread with epoll. Just enough of HTTP for a scraper: GET without a body.
//   /metrics   the target's exposition, text 0.0.4, advanced by each request
//   /stats     on any port: what was served so far, and at what cost, as text 0.0.4
#ifndef NARTHEX_TESTS_BENCH_TARGET_GENERATOR_TARGET_SERVER_H_
#define NARTHEX_TESTS_BENCH_TARGET_GENERATOR_TARGET_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/status/status.h"
#include "tests/bench/target_generator/target_body.h"

namespace narthex::bench {

struct TargetServerOptions {
  size_t targets = 100;
  uint16_t first_port = 20000;  // the others follow it
  BodyOptions body;
  bool gzip = false;  // to who takes it
};

struct TargetServerStats {
  uint64_t scrapes = 0;
  uint64_t samples = 0;
  uint64_t body_bytes = 0;
};

// Owns a file descriptor.
class OwnedFd {
 public:
  explicit OwnedFd(int fd = -1) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OwnedFd();

  int get() const { return fd_; }

 private:
  int fd_;
};

class TargetServer {
 public:
  explicit TargetServer(const TargetServerOptions& options);

  // Opens every port. kUnavailable names the one that could not be.
  Status Listen();

  // Serves until `stop_fd` is readable.
  Status Run(int stop_fd);

  const TargetServerStats& stats() const { return stats_; }

 private:
  struct Connection {
    OwnedFd fd;
    size_t target;
    std::string received;  // of a request that is not whole yet
    std::string unsent;    // of an answer that the socket would not take at once
    size_t sent = 0;       // of `unsent`
  };

  Status Watch(int fd, uint32_t events, uint64_t tag);
  void Accept(size_t target);
  void Serve(int fd, uint32_t events);
  bool Receive(Connection& connection);
  bool Answer(Connection& connection, std::string_view request);
  bool Send(Connection& connection, std::string_view head, std::string_view body);
  bool SendRest(Connection& connection);
  std::string StatsText() const;

  TargetServerOptions options_;
  std::vector<TargetBody> bodies_;
  OwnedFd epoll_;
  std::vector<OwnedFd> listeners_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  TargetServerStats stats_;
};

// CPU time of this process so far, in user and in system mode.
struct CpuSeconds {
  double user = 0;
  double system = 0;
};
CpuSeconds ProcessCpu();

}  // namespace narthex::bench

#endif  // NARTHEX_TESTS_BENCH_TARGET_GENERATOR_TARGET_SERVER_H_
