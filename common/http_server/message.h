// Requests and responses as handlers see them, independent of the HTTP library.
#ifndef NARTHEX_COMMON_HTTP_SERVER_MESSAGE_H_
#define NARTHEX_COMMON_HTTP_SERVER_MESSAGE_H_

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/status/status.h"

namespace narthex {

// The parameters of a query string or form, in order, decoded. Names may repeat.
class HttpParameters {
 public:
  // Appends those of `encoded`: a=1&b=x%20y. kInvalidArgument on a broken escape.
  Status Add(std::string_view encoded);

  bool Has(std::string_view name) const;
  std::string_view Get(std::string_view name) const;  // the first; empty when absent
  std::vector<std::string_view> GetAll(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// The first header of that name, whatever its case; empty when absent.
std::string_view FindHeader(const HttpHeaders& headers, std::string_view name);

struct HttpRequest {
  std::string method;
  std::string path;           // decoded, without the query
  HttpParameters parameters;  // of the query string, then of a form body
  std::string body;  // of anything but a form, unless the route takes it raw; bounded by the server
  std::string remote_address;
  HttpHeaders headers;

  std::string_view Header(std::string_view name) const { return FindHeader(headers, name); }
};

// Where a handler puts its answer: either Send() once, or Begin(), then any number of Write().
// A handler that does neither answers 500. Use on the thread that was given it.
class HttpResponse {
 public:
  virtual ~HttpResponse() = default;

  // Before Send() or Begin().
  virtual void SetHeader(std::string_view name, std::string_view value) = 0;

  // A whole answer; compressed where the client takes it and it is worth it.
  virtual void Send(int status, std::string_view content_type, std::string_view body) = 0;

  // An answer of unknown size, in pieces as they come. Write() returns false once the client is
  // gone: stop then.
  virtual void Begin(int status, std::string_view content_type) = 0;
  virtual bool Write(std::string_view piece) = 0;

  // Whether the client has ended the connection, so that nobody waits for an answer any more.
  virtual bool client_gone() const { return false; }

  // The status that was sent, 0 before.
  virtual int status() const = 0;
};

using HttpHandler = std::function<void(const HttpRequest&, HttpResponse&)>;

inline constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
inline constexpr std::string_view kHtml = "text/html; charset=utf-8";
inline constexpr std::string_view kJsonType = "application/json";

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_MESSAGE_H_
