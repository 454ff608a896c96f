// Reads one answer of HTTP/1 as its bytes come, within bounds. Source: RFC 9110, RFC 9112.
//
//   ResponseReader reader(limit);
//   while (!reader.done()) {
//     ASSIGN_OR_RETURN(const size_t taken, reader.Take(bytes that came));   // or reader.End()
//   }
#ifndef NARTHEX_COMMON_HTTP_CLIENT_RESPONSE_READER_H_
#define NARTHEX_COMMON_HTTP_CLIENT_RESPONSE_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex {

// Of an answer to GET.
struct ResponseHead {
  int status = 0;
  std::string content_type;  // of several the first, as of the following
  std::string content_encoding;
  std::string location;
};

class ResponseReader {
 public:
  static constexpr size_t kMaxHeadBytes = 256 * 1024;  // interim answers and trailers included

  // Uses the memory of `body`.
  explicit ResponseReader(uint64_t max_body_bytes, std::string body = {})
      : max_body_bytes_(max_body_bytes), body_(std::move(body)) {
    body_.clear();
  }

  // Takes the next bytes; returns how many belong to the answer, fewer than given only once it is
  // done. kCorruption: not HTTP, or framed ambiguously; kLimit: the body is too large.
  Result<size_t> Take(std::string_view bytes);
  // The peer has ended the stream: fine where the answer ends with it. kCorruption elsewhere.
  Status End();

  bool begun() const { return begun_; }  // a byte has come
  bool done() const { return state_ == State::kDone; }
  // Once done: whether another answer may follow in the stream.
  bool keeps_alive() const { return keeps_alive_; }
  const ResponseHead& head() const { return head_; }
  std::string TakeBody() { return std::move(body_); }

 private:
  enum class State : unsigned char {
    kHead,
    kFixed,      // `left_` bytes of body
    kUntilEnd,   // body up to the end of the stream
    kChunkSize,  // a line
    kChunk,      // `left_` bytes of body
    kChunkEnd,   // the empty line behind them
    kTrailer,    // lines up to an empty one
    kDone,
  };

  Result<size_t> TakeHead(std::string_view bytes);
  Result<size_t> TakeLine(std::string_view bytes);
  Result<size_t> TakeBody(std::string_view bytes);
  Status ReadHead(std::string_view text);
  Status ReadStatusLine(std::string_view line);
  Status ReadField(std::string_view line);
  Status BeginBody();
  Status ReadFramingLine(std::string_view line);
  Status CountHead(size_t bytes);
  Status TooLarge() const;

  const uint64_t max_body_bytes_;
  State state_ = State::kHead;
  bool begun_ = false;
  bool keeps_alive_ = false;
  bool chunked_ = false;
  uint64_t left_ = 0;
  std::optional<uint64_t> content_length_;
  size_t head_bytes_ = 0;  // so far, in all
  std::string partial_;    // a head, or a line of framing, that has not ended yet
  ResponseHead head_;
  std::string body_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_CLIENT_RESPONSE_READER_H_
