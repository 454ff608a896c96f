#include "common/http_server/request_head.h"

#include <algorithm>

#include "common/bytes/ignore_case.h"
#include "common/bytes/numbers.h"
#include "common/http_server/message.h"
#include "common/status/status.h"

namespace narthex {
namespace {

constexpr size_t kMaxHeaders = 500;

bool IsTokenChar(char c) {
  const bool alphanumeric =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar);
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Takes a line off `text`; its end is CRLF, or LF alone as many a script sends it.
std::string_view NextLine(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

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
  if (!IsToken(method)) return Refusal{400, "broken method"};
  if (version.substr(0, 5) != "HTTP/") return Refusal{400, "broken request line"};
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return Refusal{505, "want HTTP/1.1, got " + Quote(version)};
  const bool printable =
      std::none_of(target.begin(), target.end(), [](char c) { return IsControl(c) || c == ' '; });
  if (!printable || target.empty() || (target[0] != '/' && target != "*"))
    return Refusal{400, "broken request target"};
  head.method = method;
  head.target = target;
  head.minor_version = version.back() - '0';
  return std::nullopt;
}

std::optional<Refusal> ParseHeader(std::string_view line, RequestHead& head) {
  const size_t colon = line.find(':');
  // A space before the colon or a folded line means different things to different programs.
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon)))
    return Refusal{400, "broken header " + Quote(line.substr(0, colon))};
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = Trim(line.substr(colon + 1));
  if (std::any_of(value.begin(), value.end(), [](char c) { return IsControl(c) && c != '\t'; }))
    return Refusal{400, "control byte in header " + Quote(name)};
  if (head.headers.size() == kMaxHeaders) return Refusal{431, "too many headers"};
  head.headers.emplace_back(name, value);
  return std::nullopt;
}

std::optional<Refusal> ReadContentLength(std::string_view value, RequestHead& head) {
  const bool digits = !value.empty() && std::all_of(value.begin(), value.end(),
                                                    [](char c) { return c >= '0' && c <= '9'; });
  const auto length = digits ? ParseUnsigned(value) : std::nullopt;
  if (!length) return Refusal{400, "broken Content-Length " + Quote(value)};
  if (head.content_length && *head.content_length != *length)
    return Refusal{400, "two different Content-Length"};
  head.content_length = length;
  return std::nullopt;
}

// Whether a comma-separated list names `word`.
bool Lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (EqualIgnoringCase(Trim(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
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
      if (Lists(value, "close")) head.keep_alive = false;
      if (Lists(value, "keep-alive") && head.minor_version == 0) head.keep_alive = true;
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
