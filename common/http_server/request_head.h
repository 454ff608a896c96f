// The head of an HTTP/1 request: request line and header fields. Strict where leniency lets two
// programs in a row see different requests. Source: RFC 9110, RFC 9112.
#ifndef NARTHEX_COMMON_HTTP_SERVER_REQUEST_HEAD_H_
#define NARTHEX_COMMON_HTTP_SERVER_REQUEST_HEAD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace narthex {

// Why a request is not served. Status 0: nobody is left to be told.
struct Refusal {
  int http_status = 400;
  std::string reason;
};

struct RequestHead {
  std::string method;
  std::string target;  // in origin form, "/path?query"; that of an absolute URL is cut to it
  int minor_version = 1;
  std::vector<std::pair<std::string, std::string>> headers;
  // What the headers say of the body and the connection.
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool expect_continue = false;

  std::string_view Header(std::string_view name) const;  // case-insensitive; empty when absent
};

// Parses everything before the empty line that ends a head. Refused with 400 what is broken or
// ambiguous, with 501 an unknown transfer coding, with 505 another version.
std::optional<Refusal> ParseRequestHead(std::string_view text, RequestHead& head);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_REQUEST_HEAD_H_
