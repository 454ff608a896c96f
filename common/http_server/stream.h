// The bytes of one accepted connection, plain or in TLS, with a time limit on every wait.
#ifndef NARTHEX_COMMON_HTTP_SERVER_STREAM_H_
#define NARTHEX_COMMON_HTTP_SERVER_STREAM_H_

#include <chrono>
#include <memory>
#include <string_view>

#include "common/status/status.h"

namespace narthex {

using Deadline = std::chrono::steady_clock::time_point;

// Use on one thread. The socket is borrowed, does not block, and may be shut down by other threads,
// which ends a wait.
class Stream {
 public:
  virtual ~Stream() = default;

  // Waits for at least one byte and takes what is there. 0 once the peer has ended. kTimeout,
  // kUnavailable.
  virtual Result<size_t> Read(char* to, size_t size, Deadline deadline) = 0;

  // Writes all. kTimeout, kUnavailable.
  virtual Status Write(std::string_view bytes, Deadline deadline) = 0;

  // Whether the peer has ended its side, without waiting.
  virtual bool PeerGone() const = 0;
};

std::unique_ptr<Stream> NewPlainStream(int fd);

// As Stream::PeerGone().
bool HungUp(int fd);

// Waits until the socket can be read (POLLIN) or written (POLLOUT); a task of FiberThreads gives
// way meanwhile. kTimeout.
Status WaitFor(int fd, short events, Deadline deadline);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_STREAM_H_
