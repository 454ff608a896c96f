// Reads the requests of one connection, one after the other, within bounds of size and time.
//
//   RequestReader reader(stream, limits);
//   while (reader.WaitForNext()) {
//     RequestHead head;
//     if (auto refusal = reader.ReadHead(head)) …
//     if (auto refusal = reader.ReadBody(head, body)) …
//   }
#ifndef NARTHEX_COMMON_HTTP_SERVER_REQUEST_READER_H_
#define NARTHEX_COMMON_HTTP_SERVER_REQUEST_READER_H_

#include <optional>
#include <string>
#include <string_view>

#include "common/bytes/duration.h"
#include "common/http_server/request_head.h"
#include "common/http_server/stream.h"

namespace narthex {

struct RequestLimits {
  size_t head_bytes = 1 << 20;  // as Go's servers: query URLs are long
  size_t body_bytes = 16 << 20;
  Duration timeout = Duration::Seconds(300);  // idle; and from a request's first byte to its last
};

class RequestReader {
 public:
  // The stream is borrowed.
  RequestReader(Stream& stream, const RequestLimits& limits) : stream_(stream), limits_(limits) {}

  // Waits for the first byte of a request. False when the peer ended or was idle for too long.
  bool WaitForNext();

  // Refused with 431 beyond the bound, 408 beyond the time, and as ParseRequestHead says.
  std::optional<Refusal> ReadHead(RequestHead& head);

  // The body as the head announces it; sends "100 Continue" where that is waited for. Refused with
  // 413 beyond the bound, 408 beyond the time, 400 for a broken chunk.
  std::optional<Refusal> ReadBody(const RequestHead& head, std::string& body);

  // Takes what the peer still sends for a moment, so that closing does not destroy the answer on
  // its way.
  void Drain();

 private:
  std::optional<Refusal> Fill(size_t bytes);  // at most
  std::optional<Refusal> ReadChunks(std::string& body);
  std::optional<Refusal> ReadLine(std::string& line);
  std::optional<Refusal> ReadExactly(uint64_t bytes, std::string& to);
  Deadline FromNow() const;
  std::string_view rest() const { return std::string_view(buffer_).substr(begin_); }

  Stream& stream_;
  const RequestLimits limits_;
  std::string buffer_;
  size_t begin_ = 0;  // what is before was consumed
  Deadline deadline_{};
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_REQUEST_READER_H_
