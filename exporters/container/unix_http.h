// HTTP over Unix sockets, as the daemons of containers speak it: one request at a time, on the
// thread that asks.
#ifndef NARTHEX_EXPORTERS_CONTAINER_UNIX_HTTP_H_
#define NARTHEX_EXPORTERS_CONTAINER_UNIX_HTTP_H_

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "common/status/status.h"

namespace narthex::exporters {

struct UnixRequest {
  std::string socket;  // its path
  std::string path;    // "/containers/json"
  std::vector<std::string> headers;
  std::string body;       // empty: GET, else POST
  bool is_http2 = false;  // without TLS and without asking first, as gRPC wants it
  std::chrono::steady_clock::time_point deadline;  // for all of it
};

struct UnixReply {
  int http_status = 0;
  std::map<std::string, std::string> headers;  // trailers too, names in lower case
  std::string body;
};

inline constexpr size_t kMaxUnixReplyBytes = 32UL << 20;

// Any HTTP status is ok. kNotFound where there is no socket or nobody listens on it; kTimeout;
// kLimit beyond kMaxUnixReplyBytes; kUnavailable for anything else.
Result<UnixReply> AskUnixSocket(const UnixRequest& request);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_UNIX_HTTP_H_
