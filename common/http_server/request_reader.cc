#include "common/http_server/request_reader.h"

#include <algorithm>

#include "common/http_message/header_fields.h"

namespace narthex {
namespace {

constexpr size_t kReadBytes = 4096;          // most heads; a connection that waits keeps them
constexpr size_t kMaxReadBytes = 64 * 1024;  // of a body at once
constexpr size_t kMaxChunkLine = 4096;       // size and extensions of a chunk, or one trailer
constexpr int kMaxTrailers = 100;
constexpr size_t kMaxDrainBytes = 1 << 20;
constexpr auto kDrainTime = std::chrono::milliseconds(500);

}  // namespace

Deadline RequestReader::FromNow() const {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(limits_.timeout.ms);
}

bool RequestReader::WaitForNext() {
  deadline_ = FromNow();
  // Empty lines before a request are left over from a body that was longer than announced.
  for (;;) {
    while (begin_ < buffer_.size() && (buffer_[begin_] == '\r' || buffer_[begin_] == '\n'))
      ++begin_;
    if (!rest().empty()) break;
    if (Fill(kReadBytes)) return false;
  }
  deadline_ = FromNow();
  return true;
}

std::optional<Refusal> RequestReader::Fill(size_t bytes) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const size_t size = buffer_.size();
  buffer_.resize(size + bytes);
  const auto got = stream_.Read(buffer_.data() + size, bytes, deadline_);
  buffer_.resize(size + (got.ok() ? *got : 0));
  if (got.code() == Code::kTimeout) return Refusal{408, "the request took too long"};
  if (!got.ok() || *got == 0) return Refusal{0, "the peer hung up"};
  return std::nullopt;
}

std::optional<Refusal> RequestReader::ReadHead(RequestHead& head) {
  size_t scanned = 0;
  size_t end = 0;
  while ((end = FindHeadEnd(rest(), scanned)) == 0) {
    scanned = rest().size();
    if (scanned > limits_.head_bytes) break;
    if (auto refusal = Fill(std::clamp(scanned, kReadBytes, kMaxReadBytes))) return refusal;
  }
  if (end == 0 || end > limits_.head_bytes)
    return Refusal{
        431, "request line and headers exceed " + std::to_string(limits_.head_bytes) + " bytes"};
  std::string_view text = rest().substr(0, end);
  text.remove_suffix(text[end - 2] == '\r' ? 2 : 1);
  begin_ += end;
  return ParseRequestHead(text, head);
}

std::optional<Refusal> RequestReader::ReadBody(const RequestHead& head, std::string& body) {
  body.clear();
  if (!head.chunked && head.content_length.value_or(0) == 0) return std::nullopt;
  if (head.content_length.value_or(0) > limits_.body_bytes)
    return Refusal{413, "body exceeds " + std::to_string(limits_.body_bytes) + " bytes"};
  if (head.expect_continue && rest().empty()) {
    if (!stream_.Write("HTTP/1.1 100 Continue\r\n\r\n", deadline_).ok())
      return Refusal{0, "the peer hung up"};
  }
  return head.chunked ? ReadChunks(body) : ReadExactly(*head.content_length, body);
}

std::optional<Refusal> RequestReader::ReadExactly(uint64_t bytes, std::string& to) {
  while (bytes > 0) {
    if (rest().empty()) {
      if (auto refusal = Fill(std::clamp<size_t>(bytes, kReadBytes, kMaxReadBytes))) return refusal;
    }
    const std::string_view piece = rest().substr(0, bytes);
    to.append(piece);
    begin_ += piece.size();
    bytes -= piece.size();
  }
  return std::nullopt;
}

std::optional<Refusal> RequestReader::ReadLine(std::string& line) {
  for (;;) {
    const size_t end = rest().find('\n');
    if (end <= kMaxChunkLine) {
      line = rest().substr(0, end);
      begin_ += end + 1;
      if (!line.empty() && line.back() == '\r') line.pop_back();
      return std::nullopt;
    }
    if (rest().size() > kMaxChunkLine) return Refusal{400, "broken chunk"};
    if (auto refusal = Fill(kReadBytes)) return refusal;
  }
}

std::optional<Refusal> RequestReader::ReadChunks(std::string& body) {
  std::string line;
  for (;;) {
    if (auto refusal = ReadLine(line)) return refusal;
    const auto size = ParseChunkSize(line);
    if (!size) return Refusal{400, "broken chunk"};
    if (*size == 0) break;
    if (*size > limits_.body_bytes - body.size())
      return Refusal{413, "body exceeds " + std::to_string(limits_.body_bytes) + " bytes"};
    if (auto refusal = ReadExactly(*size, body)) return refusal;
    if (auto refusal = ReadLine(line)) return refusal;
    if (!line.empty()) return Refusal{400, "broken chunk"};
  }
  // Trailers are nothing that a handler asks for.
  for (int i = 0; i < kMaxTrailers; ++i) {
    if (auto refusal = ReadLine(line)) return refusal;
    if (line.empty()) return std::nullopt;
  }
  return Refusal{431, "too many trailers"};
}

void RequestReader::Drain() {
  deadline_ = std::chrono::steady_clock::now() + kDrainTime;
  for (size_t taken = 0; taken < kMaxDrainBytes; taken += rest().size()) {
    begin_ = buffer_.size();
    if (Fill(kMaxReadBytes)) return;
  }
}

}  // namespace narthex
