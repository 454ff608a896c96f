// The TLS side of a listener: certificate, protocol versions, ciphers and what clients must show.
#ifndef NARTHEX_COMMON_HTTP_SERVER_TLS_CONTEXT_H_
#define NARTHEX_COMMON_HTTP_SERVER_TLS_CONTEXT_H_

#include <memory>
#include <string>
#include <vector>

#include "common/http_server/stream.h"
#include "common/http_server/web_config.h"

namespace narthex {

// Immutable; safe from many threads.
class TlsContext {
 public:
  // Reads and checks the files. kInvalidArgument when they do not hold what they should.
  static Result<std::shared_ptr<const TlsContext>> New(const TlsServerConfig& config);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // Shakes hands on an accepted socket, which is borrowed and does not block. kTimeout;
  // kInvalidArgument where the client speaks plain HTTP; kUnavailable for any other failure.
  Result<std::unique_ptr<Stream>> Accept(int fd, Deadline deadline) const;

 private:
  struct State;

  explicit TlsContext(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_TLS_CONTEXT_H_
