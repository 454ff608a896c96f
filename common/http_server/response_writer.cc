#include "common/http_server/response_writer.h"

#include <Poco/Net/HTTPResponse.h>
#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <ctime>

#include "common/bytes/ignore_case.h"
#include "common/http_server/gzip.h"

namespace narthex {
namespace {

constexpr size_t kWorthCompressing = 1024;   // bytes
constexpr size_t kWorthJoining = 64 * 1024;  // a smaller body goes out with its head in one write
constexpr std::string_view kHtmlPolicy = "default-src 'none'; frame-ancestors 'none'";

// Replaces the header of that name, or adds it.
void Put(HttpHeaders& headers, std::string_view name, std::string_view value) {
  const auto same = std::find_if(headers.begin(), headers.end(), [name](const auto& header) {
    return EqualIgnoringCase(header.first, name);
  });
  if (same != headers.end()) {
    same->second = value;
  } else {
    headers.emplace_back(name, value);
  }
}

// What comes from a request must not be able to begin a header of its own.
void AppendHeader(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  for (const char c : value) out += c == '\r' || c == '\n' ? ' ' : c;
  out += "\r\n";
}

}  // namespace

std::string HttpDate(int64_t unix_seconds) {
  constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = unix_seconds;
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday,
                     kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

void ResponseWriter::FixHeader(std::string_view name, std::string_view value) {
  Put(fixed_, name, value);
}

void ResponseWriter::SetHeader(std::string_view name, std::string_view value) {
  assert(status_ == 0);
  Put(headers_, name, value);
}

std::string ResponseWriter::Head(int status, std::string_view content_type) {
  assert(status_ == 0);
  status_ = status;
  HttpHeaders headers{{"X-Content-Type-Options", "nosniff"}, {"Vary", "Accept-Encoding"}};
  if (content_type == kHtml) Put(headers, "Content-Security-Policy", kHtmlPolicy);
  if (!content_type.empty()) Put(headers, "Content-Type", content_type);
  for (const auto& [name, value] : headers_) Put(headers, name, value);
  for (const auto& [name, value] : fixed_) Put(headers, name, value);
  const auto code = static_cast<Poco::Net::HTTPResponse::HTTPStatus>(status);
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\n", status, Poco::Net::HTTPResponse::getReasonForStatus(code));
  AppendHeader(head, "Date", HttpDate(std::time(nullptr)));
  if (!options_.keep_alive) AppendHeader(head, "Connection", "close");
  if (options_.keep_alive && options_.http_1_0) AppendHeader(head, "Connection", "keep-alive");
  for (const auto& [name, value] : headers) AppendHeader(head, name, value);
  return head;
}

void ResponseWriter::WriteBytes(std::string_view bytes) {
  if (!written_.ok()) return;
  written_ = stream_.Write(
      bytes, std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.timeout.ms));
}

void ResponseWriter::Send(int status, std::string_view content_type, std::string_view body) {
  std::string compressed;
  const bool encoded = !FindHeader(headers_, "Content-Encoding").empty();
  if (options_.gzip && !encoded && body.size() >= kWorthCompressing) compressed = Gzip(body);
  if (!compressed.empty()) {
    SetHeader("Content-Encoding", "gzip");
    body = compressed;
  }
  std::string head = Head(status, content_type);
  if (status != 204 && status != 304)
    AppendHeader(head, "Content-Length", std::to_string(body.size()));
  head += "\r\n";
  if (options_.head_only) body = {};
  body_bytes_ = body.size();
  if (body.size() < kWorthJoining) {
    head.append(body);
    body = {};
  }
  WriteBytes(head);
  if (!body.empty()) WriteBytes(body);
}

void ResponseWriter::Begin(int status, std::string_view content_type) {
  if (options_.http_1_0) EndConnection();
  if (options_.gzip) SetHeader("Content-Encoding", "gzip");
  std::string head = Head(status, content_type);
  if (!options_.http_1_0) AppendHeader(head, "Transfer-Encoding", "chunked");
  head += "\r\n";
  WriteBytes(head);
  streaming_ = !options_.head_only;
  if (streaming_ && options_.gzip)
    deflate_.emplace(compressed_, Poco::DeflatingStreamBuf::STREAM_GZIP, 1);
}

bool ResponseWriter::Write(std::string_view piece) {
  if (!streaming_) return written_.ok();
  if (deflate_) {
    deflate_->write(piece.data(), static_cast<std::streamsize>(piece.size()));
    WriteChunk(compressed_.str());
    compressed_.str("");
  } else {
    WriteChunk(piece);
  }
  return written_.ok();
}

void ResponseWriter::WriteChunk(std::string_view piece) {
  if (piece.empty()) return;  // an empty chunk would end the body
  body_bytes_ += piece.size();
  if (options_.http_1_0) return WriteBytes(piece);
  std::string chunk = fmt::format("{:x}\r\n", piece.size());
  chunk.append(piece).append("\r\n");
  WriteBytes(chunk);
}

void ResponseWriter::Finish() {
  if (!streaming_) return;
  if (deflate_) {
    deflate_->close();
    WriteChunk(compressed_.str());
  }
  if (!options_.http_1_0) WriteBytes("0\r\n\r\n");
  streaming_ = false;
}

}  // namespace narthex
