#include "common/http_client/response_reader.h"

#include <algorithm>

#include "common/bytes/ignore_case.h"
#include "common/http_message/header_fields.h"

namespace narthex {
namespace {

constexpr uint64_t kMaxReserveBytes = 64 << 20;  // an announcement is not yet a body

Status NotHttp() { return Corruption("the answer is not HTTP/1"); }

void SetFirst(std::string& to, std::string_view value) {
  if (to.empty()) to = value;
}

}  // namespace

Status ResponseReader::TooLarge() const {
  return LimitReached("body exceeds ", std::to_string(max_body_bytes_), " bytes");
}

Result<size_t> ResponseReader::Take(std::string_view bytes) {
  size_t taken = 0;
  while (taken < bytes.size() && !done()) {
    begun_ = true;
    const std::string_view rest = bytes.substr(taken);
    const bool framing =
        state_ == State::kChunkSize || state_ == State::kChunkEnd || state_ == State::kTrailer;
    ASSIGN_OR_RETURN(const size_t more, state_ == State::kHead ? TakeHead(rest)
                                        : framing              ? TakeLine(rest)
                                                               : TakeBody(rest));
    taken += more;
  }
  return taken;
}

Status ResponseReader::End() {
  switch (state_) {
    case State::kUntilEnd:
      state_ = State::kDone;
      return {};
    case State::kDone:
      return {};
    case State::kHead:
      return Corruption(begun_ ? "the answer ends among its headers" : "no answer");
    case State::kFixed:
      return Corruption("the answer ends ", std::to_string(left_), " bytes early");
    default:
      return Corruption("the answer ends within its chunks");
  }
}

Status ResponseReader::CountHead(size_t bytes) {
  head_bytes_ += bytes;
  if (head_bytes_ > kMaxHeadBytes)
    return Corruption("headers exceed ", std::to_string(kMaxHeadBytes), " bytes");
  return {};
}

Result<size_t> ResponseReader::TakeHead(std::string_view bytes) {
  const size_t before = partial_.size();
  std::string_view text = bytes;
  if (before > 0) text = partial_.append(bytes);
  const size_t end = FindHeadEnd(text, before);
  if (end == 0) {
    if (before == 0) partial_ = bytes;
    // What cannot become HTTP is not waited for.
    if (!std::string_view("HTTP/1.").starts_with(text.substr(0, 7))) return NotHttp();
    RETURN_IF_ERROR(CountHead(bytes.size()));
    return bytes.size();
  }
  RETURN_IF_ERROR(CountHead(end - before));
  RETURN_IF_ERROR(ReadHead(text.substr(0, end)));
  partial_.clear();
  return end - before;
}

Status ResponseReader::ReadHead(std::string_view text) {
  head_ = {};
  content_length_.reset();
  chunked_ = false;
  RETURN_IF_ERROR(ReadStatusLine(NextLine(text)));
  for (std::string_view line = NextLine(text); !line.empty(); line = NextLine(text)) {
    const bool folded = line.front() == ' ' || line.front() == '\t';
    if (!folded) RETURN_IF_ERROR(ReadField(line));  // none that matters here is ever folded
  }
  if (head_.status < 200) return {};  // an interim answer: the true one follows
  return BeginBody();
}

Status ResponseReader::ReadStatusLine(std::string_view line) {
  const bool shaped = line.size() >= 12 && line.starts_with("HTTP/1.") && line[8] == ' ' &&
                      (line.size() == 12 || line[12] == ' ');
  if (!shaped || (line[7] != '0' && line[7] != '1')) return NotHttp();
  for (const char digit : line.substr(9, 3)) {
    if (digit < '0' || digit > '9') return NotHttp();
    head_.status = head_.status * 10 + (digit - '0');
  }
  if (head_.status < 100 || head_.status == 101) return NotHttp();  // nothing else was asked for
  keeps_alive_ = line[7] == '1';
  return {};
}

Status ResponseReader::ReadField(std::string_view line) {
  const Result<HeaderField> field = ParseHeaderField(line);
  if (!field.ok()) return Corruption(field.status().message());
  const auto& [name, value] = *field;
  if (EqualIgnoringCase(name, "Content-Type")) {
    SetFirst(head_.content_type, value);
  } else if (EqualIgnoringCase(name, "Content-Encoding")) {
    SetFirst(head_.content_encoding, value);
  } else if (EqualIgnoringCase(name, "Location")) {
    SetFirst(head_.location, value);
  } else if (EqualIgnoringCase(name, "Content-Length")) {
    const Result<uint64_t> length = ParseContentLength(value);
    if (!length.ok()) return Corruption(length.status().message());
    if (content_length_ && *content_length_ != *length)
      return Corruption("two different Content-Length");
    content_length_ = *length;
  } else if (EqualIgnoringCase(name, "Transfer-Encoding")) {
    if (chunked_ || !EqualIgnoringCase(value, "chunked"))
      return Corruption("unknown Transfer-Encoding ", Quote(value));
    chunked_ = true;
  } else if (EqualIgnoringCase(name, "Connection")) {
    if (ListNames(value, "close")) keeps_alive_ = false;
    if (ListNames(value, "keep-alive")) keeps_alive_ = true;
  }
  return {};
}

Status ResponseReader::BeginBody() {
  if (head_.status == 204 || head_.status == 304) {
    state_ = State::kDone;
  } else if (chunked_) {
    // A length beside it has no meaning, and is how two readers come to see different answers.
    if (content_length_) keeps_alive_ = false;
    state_ = State::kChunkSize;
  } else if (content_length_) {
    if (*content_length_ > max_body_bytes_) return TooLarge();
    left_ = *content_length_;
    body_.reserve(std::min(left_, kMaxReserveBytes));
    state_ = left_ == 0 ? State::kDone : State::kFixed;
  } else {
    keeps_alive_ = false;
    state_ = State::kUntilEnd;
  }
  return {};
}

Result<size_t> ResponseReader::TakeBody(std::string_view bytes) {
  if (state_ == State::kUntilEnd) left_ = bytes.size();
  const std::string_view piece = bytes.substr(0, left_);
  if (piece.size() > max_body_bytes_ - body_.size()) return TooLarge();
  body_.append(piece);
  left_ -= piece.size();
  if (left_ == 0 && state_ == State::kFixed) state_ = State::kDone;
  if (left_ == 0 && state_ == State::kChunk) state_ = State::kChunkEnd;
  return piece.size();
}

Result<size_t> ResponseReader::TakeLine(std::string_view bytes) {
  const size_t end = bytes.find('\n');
  const size_t taken = end == std::string_view::npos ? bytes.size() : end + 1;
  // Whole chunks may be tiny: only what is no size counts against the bound of heads.
  if (state_ == State::kTrailer || partial_.size() + taken > 18) RETURN_IF_ERROR(CountHead(taken));
  if (end == std::string_view::npos) {
    partial_.append(bytes);
    return taken;
  }
  std::string_view line = bytes.substr(0, taken);
  if (!partial_.empty()) line = partial_.append(line);
  RETURN_IF_ERROR(ReadFramingLine(NextLine(line)));
  partial_.clear();
  return taken;
}

Status ResponseReader::ReadFramingLine(std::string_view line) {
  if (state_ == State::kTrailer) {
    if (line.empty()) state_ = State::kDone;
    return {};
  }
  if (state_ == State::kChunkEnd) {
    if (!line.empty()) return Corruption("broken chunk");
    state_ = State::kChunkSize;
    return {};
  }
  const auto size = ParseChunkSize(line);
  if (!size) return Corruption("broken chunk");
  if (*size > max_body_bytes_ - body_.size()) return TooLarge();
  left_ = *size;
  state_ = left_ == 0 ? State::kTrailer : State::kChunk;
  return {};
}

}  // namespace narthex
