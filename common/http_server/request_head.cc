#include "common/http_server/request_head.h"

#include <algorithm>

#include "common/bytes/ignore_case.h"
#include "common/http_message/header_fields.h"
#include "common/http_server/message.h"

namespace narthex {
namespace {

constexpr size_t kMaxHeaders = 500;

// The path and query of a target in absolute form.
std::string_view OriginForm(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.substr(0, scheme.size()) != scheme) continue;
    const size_t path = target.find('/', scheme.size());
    return path == std::string_view::npos ? "/" : target.substr(path);
  }
  return target;
}

std::optional<Refusal> ParseRequestLine(std::string_view line, RequestHead& head) {
  const size_t method_end = line.find(' ');
  const size_t target_end = line.rfind(' ');
  if (method_end == std::string_view::npos || method_end == target_end)
    return Refusal{400, "broken request line"};
  const std::string_view method = line.substr(0, method_end);
  const std::string_view target =
      OriginForm(line.substr(method_end + 1, target_end - method_end - 1));
  const std::string_view version = line.substr(target_end + 1);
  if (!IsHttpToken(method)) return Refusal{400, "broken method"};
  if (version.substr(0, 5) != "HTTP/") return Refusal{400, "broken request line"};
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return Refusal{505, "want HTTP/1.1, got " + Quote(version)};
  const bool printable = std::none_of(target.begin(), target.end(),
                                      [](char c) { return IsControlByte(c) || c == ' '; });
  if (!printable || target.empty() || (target[0] != '/' && target != "*"))
    return Refusal{400, "broken request target"};
  head.method = method;
  head.target = target;
  head.minor_version = version.back() - '0';
  return std::nullopt;
}

std::optional<Refusal> ParseHeader(std::string_view line, RequestHead& head) {
  const Result<HeaderField> field = ParseHeaderField(line);
  if (!field.ok()) return Refusal{400, std::string(field.status().message())};
  if (head.headers.size() == kMaxHeaders) return Refusal{431, "too many headers"};
  head.headers.emplace_back(field->name, field->value);
  return std::nullopt;
}

std::optional<Refusal> ReadContentLength(std::string_view value, RequestHead& head) {
  const Result<uint64_t> length = ParseContentLength(value);
  if (!length.ok()) return Refusal{400, std::string(length.status().message())};
  if (head.content_length && *head.content_length != *length)
    return Refusal{400, "two different Content-Length"};
  head.content_length = *length;
  return std::nullopt;
}

// What the headers say of the body and the connection.
std::optional<Refusal> Interpret(RequestHead& head) {
  head.keep_alive = head.minor_version >= 1;
  int hosts = 0;
  for (const auto& [name, value] : head.headers) {
    std::optional<Refusal> refusal;
    if (EqualIgnoringCase(name, "Host")) {
      ++hosts;
    } else if (EqualIgnoringCase(name, "Content-Length")) {
      refusal = ReadContentLength(value, head);
    } else if (EqualIgnoringCase(name, "Transfer-Encoding")) {
      if (head.chunked || !EqualIgnoringCase(value, "chunked"))
        refusal = Refusal{501, "unknown Transfer-Encoding " + Quote(value)};
      head.chunked = true;
    } else if (EqualIgnoringCase(name, "Connection")) {
      if (ListNames(value, "close")) head.keep_alive = false;
      if (ListNames(value, "keep-alive") && head.minor_version == 0) head.keep_alive = true;
    } else if (EqualIgnoringCase(name, "Expect")) {
      if (!EqualIgnoringCase(value, "100-continue")) refusal = Refusal{417, "unknown expectation"};
      head.expect_continue = true;
    }
    if (refusal) return refusal;
  }
  if (hosts > 1 || (hosts == 0 && head.minor_version >= 1))
    return Refusal{400, "want one Host header"};
  if (head.chunked && (head.content_length || head.minor_version == 0))
    return Refusal{400, "a length beside Transfer-Encoding, or that in HTTP/1.0"};
  return std::nullopt;
}

}  // namespace

std::string_view RequestHead::Header(std::string_view name) const {
  return FindHeader(headers, name);
}

std::optional<Refusal> ParseRequestHead(std::string_view text, RequestHead& head) {
  head = RequestHead();
  if (auto refusal = ParseRequestLine(NextLine(text), head)) return refusal;
  while (!text.empty()) {
    if (auto refusal = ParseHeader(NextLine(text), head)) return refusal;
  }
  return Interpret(head);
}

}  // namespace narthex
