// Outgoing HTTP: any number of transfers at once on one loop.
//
//   client.Get({.url = "http://127.0.0.1:9100/metrics", .timeout_ms = 10'000},
//              [](HttpResult result) { … });
//
// Use in callbacks of the loop only; its own callbacks run there too.
//
// A redirect is a transfer of its own: to another scheme, host or port it takes along no header of
// the settings and no client certificate.
#ifndef NARTHEX_COMMON_HTTP_CLIENT_HTTP_CLIENT_H_
#define NARTHEX_COMMON_HTTP_CLIENT_HTTP_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/http_client/http_settings.h"
#include "common/io_loop/io_loop.h"
#include "common/status/status.h"

namespace narthex {

struct HttpGet {
  std::string url;                        // http or https
  std::vector<std::string> headers;       // "Name: value"
  int64_t timeout_ms = 10'000;            // for all of it, name lookup included
  uint64_t max_body_bytes = 256UL << 20;  // as transferred
  // Credentials, TLS and whether redirects are followed; null: none, the system's CAs, up to ten.
  std::shared_ptr<HttpSettings> settings;
  // Sent by POST, as x-www-form-urlencoded, where it is not empty; no redirect is followed then.
  std::string form;
};

// What a transfer fails at.
enum class HttpFailure : unsigned char {
  kNone,
  kSettings,   // a file of the settings, or the URL
  kResolve,    // the name lookup fails, or takes all the time there is
  kConnect,    // nobody takes the connection
  kTls,        // handshake or certificate
  kTimeout,    // connected or not, there is no whole answer in time
  kProtocol,   // what comes is not HTTP, or ends early
  kTooLarge,   // the body exceeds its limit
  kRedirects,  // too many of them
};

struct HttpResult {
  // kUnavailable (name lookup, connect, TLS, protocol), kTimeout, kLimit (body). Any HTTP status is
  // ok here.
  Status status;
  HttpFailure failure = HttpFailure::kNone;  // kNone exactly when `status` is ok
  int http_status = 0;
  std::string content_type;
  std::string content_encoding;
  std::string body;  // as transferred: see DecodeBody
};

class HttpClient {
 public:
  using Done = std::function<void(HttpResult)>;

  // Keeps up to `max_idle_connections` open for the next transfer to the same host.
  HttpClient(IoLoop& loop, long max_idle_connections);
  ~HttpClient();  // after the loop has stopped; callbacks under way are dropped

  void Get(HttpGet request, Done done);

  // Gives the memory of a body that is not needed any more to a later transfer.
  void Recycle(std::string body);

  size_t in_flight() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Resolves gzip in place. kCorruption for broken or unknown encodings, kLimit beyond `max_bytes`.
// Safe on any thread.
Status DecodeBody(HttpResult& result, uint64_t max_bytes);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_HTTP_CLIENT_H_
