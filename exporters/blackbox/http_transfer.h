// One HTTP request and its answer, over libcurl, on the fiber of the probe. Redirects are for the
// caller.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_HTTP_TRANSFER_H_
#define NARTHEX_EXPORTERS_BLACKBOX_HTTP_TRANSFER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporters/blackbox/deadline.h"
#include "exporters/blackbox/failure.h"
#include "exporters/blackbox/tls_session.h"

namespace narthex::blackbox {

enum class HttpVersions : unsigned char {
  k11,
  k2OverTls,  // where the peer agrees, else 1.1
  k2AtOnce,   // without asking, for plain gRPC
};

struct HttpTransferRequest {
  std::string url;  // its host is the name that TLS asks for
  std::string method = "GET";
  std::vector<std::string> headers;  // "Name: value", "Name;" for an empty one, "Name:" for none
  std::string body;
  bool has_body = false;
  HttpVersions versions = HttpVersions::k2OverTls;
  std::string connect_to;        // "10.0.0.1:80", "[::1]:80"; empty where the URL has the way
  std::string proxy;             // URL, empty for the direct way
  std::string proxy_host_entry;  // "host:port:address" of the proxy, for libcurl's list of names
  std::vector<std::string> proxy_headers;
  std::shared_ptr<const TlsClient> tls;
  std::string tls_name;  // to check
  bool trusted = true;   // may see the client certificate
  // Takes a piece of the body; false ends the transfer.
  std::function<bool(std::string_view)> on_body;
};

using HttpHeaderList = std::vector<std::pair<std::string, std::string>>;

struct HttpTransferAnswer {
  bool has_head = false;  // there is an answer, though maybe not to its end
  int http_status = 0;
  std::string version;  // "HTTP/1.1", "HTTP/2.0"
  HttpHeaderList headers, trailers;
  std::optional<TlsDetails> tls;
  Outcome failure;  // also where the caller's on_body ended it
  // Seconds that each part took; nothing where it was not reached.
  std::optional<double> connect, tls_handshake, processing;
  double transfer = 0;

  // The first of that name, whatever its case; null when absent.
  const std::string* Header(std::string_view name) const;
};

// Keeps cookies from one request to the next. Use from one thread.
class HttpTransfers {
 public:
  HttpTransfers();
  ~HttpTransfers();

  HttpTransferAnswer Run(const HttpTransferRequest& request, const Deadline& deadline);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Unix time of a date in a header; nothing for what is none.
std::optional<int64_t> HttpTimeSeconds(const std::string& text);

// Path and query of a URL, as a request line has them.
std::string PathOf(const std::string& url);

// `location` seen from `url`; empty for what is no URL.
std::string ResolveUrl(const std::string& url, const std::string& location);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_HTTP_TRANSFER_H_
