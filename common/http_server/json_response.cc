#include "common/http_server/json_response.h"

#include <fmt/format.h>

#include <ctime>

#include "common/bytes/numbers.h"

namespace narthex {
namespace {

constexpr size_t kPieceBytes = 64 * 1024;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  const bool valid = IsValidUtf8(text);
  out += '"';
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || c == '<' || c == '>' || c == '&') {
      // The last three so that no browser takes an answer for a page.
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else if (byte >= 0x80 && !valid) {
      out += kReplacement;
    } else {
      out += c;
    }
  }
  out += '"';
}

void AppendJsonTime(std::string& out, int64_t time_ms) {
  if (time_ms < 0) {
    out += '-';
    time_ms = -time_ms;
  }
  AppendInteger(out, time_ms / 1000);
  const int64_t fraction = time_ms % 1000;
  if (fraction == 0) return;
  out += fraction < 10 ? ".00" : fraction < 100 ? ".0" : ".";
  AppendInteger(out, fraction);
}

std::string Rfc3339(int64_t time_ms) {
  if (time_ms == 0) return "0001-01-01T00:00:00Z";
  const auto seconds = static_cast<time_t>(time_ms / 1000);
  tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     time_ms % 1000);
}

void AppendJsonValue(std::string& out, double value) {
  out += '"';
  AppendApiDouble(out, value);
  out += '"';
}

void AppendJsonLabels(std::string& out, const LabelSet& labels) {
  char separator = '{';
  for (const Label label : labels) {
    out += separator;
    AppendJsonString(out, label.name);
    out += ':';
    AppendJsonString(out, label.value);
    separator = ',';
  }
  if (separator == '{') out += '{';
  out += '}';
}

JsonResponse::JsonResponse(HttpResponse& response)
    : response_(response), buffer_(R"({"status":"success","data":)") {}

bool JsonResponse::Flush() {
  if (buffer_.size() < kPieceBytes) return true;
  if (!begun_) response_.Begin(200, kJsonType);
  begun_ = true;
  const bool sent = response_.Write(buffer_);
  buffer_.clear();
  return sent;
}

void JsonResponse::Finish() {
  buffer_ += '}';
  if (begun_) {
    response_.Write(buffer_);
  } else {
    response_.Send(200, kJsonType, buffer_);
  }
}

void SendJsonError(HttpResponse& response, int http_status, std::string_view type,
                   std::string_view message) {
  std::string body = R"({"status":"error","errorType":)";
  AppendJsonString(body, type);
  body += R"(,"error":)";
  AppendJsonString(body, message);
  body += '}';
  response.Send(http_status, kJsonType, body);
}

}  // namespace narthex
