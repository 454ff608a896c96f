#include "common/http_server/json_response.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <ctime>

#include "common/bytes/numbers.h"

namespace narthex {
namespace {

constexpr size_t kPieceBytes = 64 * 1024;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

char* PutInteger(char* out, uint64_t value) {
  constexpr size_t kMostDigits = 20;
  return std::to_chars(out, out + kMostDigits, value).ptr;
}

// Between 0 and 999, all three digits.
char* PutThousandths(char* out, uint64_t value) {
  *out++ = static_cast<char>('0' + value / 100);
  *out++ = static_cast<char>('0' + value / 10 % 10);
  *out++ = static_cast<char>('0' + value % 10);
  return out;
}

// Of at most 15 digits no two decimals are the same float64, so that the one found is the shortest.
// Most of what is measured has few decimals. Null where it has more than three.
char* PutFewDecimals(char* out, double magnitude) {
  constexpr double kMost = 1e12;
  if (!(magnitude < kMost)) return nullptr;
  const auto thousandths = static_cast<uint64_t>(std::nearbyint(magnitude * 1000));
  if (static_cast<double>(thousandths) / 1000 != magnitude) return nullptr;
  out = PutInteger(out, thousandths / 1000);
  const uint64_t fraction = thousandths % 1000;
  if (fraction == 0) return out;
  *out++ = '.';
  out = PutThousandths(out, fraction);
  while (out[-1] == '0') --out;
  return out;
}

// The shortest digits, without an exponent; null where the API prints one. Twice as fast as
// std::to_chars.
char* PutShortest(char* out, double magnitude) {
  constexpr double kLeastPlain = 1e-6;
  constexpr double kLeastScientific = 1e21;
  if (!(magnitude >= kLeastPlain && magnitude < kLeastScientific)) return nullptr;
  const auto decimal = fmt::detail::dragonbox::to_decimal(magnitude);
  char digits[24];
  const auto count = static_cast<int>(PutInteger(digits, decimal.significand) - digits);
  const int whole = count + decimal.exponent;  // digits before the point
  const auto put = [&out](const char* from, int size) {
    std::memcpy(out, from, static_cast<size_t>(size));
    out += size;
  };
  const auto put_zeros = [&out](int size) {
    std::memset(out, '0', static_cast<size_t>(size));
    out += size;
  };
  if (whole >= count) {
    put(digits, count);
    put_zeros(whole - count);
  } else if (whole > 0) {
    put(digits, whole);
    *out++ = '.';
    put(digits + whole, count - whole);
  } else {
    put("0.", 2);
    put_zeros(-whole);
    put(digits, count);
  }
  return out;
}

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

char* PutJsonTime(char* out, int64_t time_ms) {
  auto magnitude = static_cast<uint64_t>(time_ms);
  if (time_ms < 0) {
    *out++ = '-';
    magnitude = -magnitude;
  }
  out = PutInteger(out, magnitude / 1000);
  const uint64_t fraction = magnitude % 1000;
  if (fraction == 0) return out;
  *out++ = '.';
  return PutThousandths(out, fraction);
}

void AppendJsonTime(std::string& out, int64_t time_ms) {
  char text[kMostJsonTime];
  out.append(text, PutJsonTime(text, time_ms));
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

char* PutJsonValue(char* out, double value) {
  *out++ = '"';
  char* begin = out;
  if (std::signbit(value)) *begin++ = '-';
  const double magnitude = std::abs(value);
  char* end = PutFewDecimals(begin, magnitude);
  if (end == nullptr) end = PutShortest(begin, magnitude);
  if (end == nullptr) {
    const std::string text = ApiDouble(value);
    std::memcpy(out, text.data(), text.size());
    end = out + text.size();
  }
  *end++ = '"';
  return end;
}

void AppendJsonValue(std::string& out, double value) {
  char text[kMostJsonValue];
  out.append(text, PutJsonValue(text, value));
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

bool JsonResponse::Add(std::string_view piece) {
  if (buffer_.size() + piece.size() < kPieceBytes) {
    buffer_ += piece;
    return true;
  }
  if (!begun_) response_.Begin(200, kJsonType);
  begun_ = true;
  const bool sent = response_.Write(buffer_) && response_.Write(piece);
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
