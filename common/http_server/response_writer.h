// Writes one answer to a connection. Every answer carries X-Content-Type-Options, HTML a strict
// Content-Security-Policy too; none says which program or version answers.
#ifndef NARTHEX_COMMON_HTTP_SERVER_RESPONSE_WRITER_H_
#define NARTHEX_COMMON_HTTP_SERVER_RESPONSE_WRITER_H_

#include <Poco/DeflatingStream.h>

#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "common/bytes/duration.h"
#include "common/http_server/message.h"
#include "common/http_server/stream.h"

namespace narthex {

struct ResponseOptions {
  bool head_only = false;   // the request was a HEAD
  bool gzip = false;        // the client takes it
  bool http_1_0 = false;    // no chunks then: the end of the connection ends the body
  bool keep_alive = false;  // after this answer
  Duration timeout = Duration::Seconds(300);  // for each write; a client may not hold a thread
};

class ResponseWriter : public HttpResponse {
 public:
  // The stream is borrowed.
  ResponseWriter(Stream& stream, const ResponseOptions& options)
      : stream_(stream), options_(options) {}

  // A header that no handler may change, as the operator configured it.
  void FixHeader(std::string_view name, std::string_view value);

  void SetHeader(std::string_view name, std::string_view value) override;
  void Send(int status, std::string_view content_type, std::string_view body) override;
  void Begin(int status, std::string_view content_type) override;
  bool Write(std::string_view piece) override;
  bool client_gone() const override { return stream_.PeerGone(); }
  int status() const override { return status_; }
  // What was written of the body, as it goes over the wire.
  uint64_t body_bytes() const { return body_bytes_; }

  // Ends a streamed answer. Call once the handler is done.
  void Finish();

  // The connection ends after this answer. Before Send() or Begin().
  void EndConnection() { options_.keep_alive = false; }
  // Whether it can take another request; false too when the answer could not be written.
  bool keep_alive() const { return options_.keep_alive && written_.ok(); }

 private:
  std::string Head(int status, std::string_view content_type);
  void WriteBytes(std::string_view bytes);
  void WriteChunk(std::string_view piece);

  Stream& stream_;
  ResponseOptions options_;
  HttpHeaders fixed_;
  HttpHeaders headers_;
  int status_ = 0;
  uint64_t body_bytes_ = 0;
  bool streaming_ = false;
  Status written_;  // the first failure to write
  std::ostringstream compressed_;
  std::optional<Poco::DeflatingOutputStream> deflate_;
};

// "Tue, 24 Nov 2026 17:30:00 GMT", as the Date header spells it. RFC 9110, 5.6.7.
std::string HttpDate(int64_t unix_seconds);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_RESPONSE_WRITER_H_
