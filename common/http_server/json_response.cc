#include "common/http_server/json_response.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <ctime>

#include "common/bytes/numbers.h"

namespace narthex {
namespace {

constexpr size_t kPieceBytes = 64 * 1024;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// "00" to "99".
constexpr auto kPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

void PutPair(char* out, uint32_t value) { std::memcpy(out, &kPairs[size_t{2} * value], 2); }

constexpr uint32_t kEightDigits = 100'000'000;

// The eight digits of a number below that, one a byte, the first in the lowest. Groups of four, two
// and one digits are taken apart side by side in one word.
uint64_t EightDigits(uint32_t value) {
  const uint64_t fours = value / 10'000 | uint64_t{value % 10'000} << 32;
  const uint64_t hundreds = (fours * 10'486 >> 20) & 0x0000007f0000007f;  // fours / 100
  const uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
  const uint64_t tens = (twos * 103 >> 10) & 0x000f000f000f000f;  // twos / 10
  return tens | (twos - tens * 10) << 8;
}

char* PutWord(char* out, uint64_t digits) {
  digits |= 0x3030303030303030;
  std::memcpy(out, &digits, sizeof digits);
  return out + sizeof digits;
}

// May write up to eight bytes behind the end.
char* PutInteger(char* out, uint64_t value) {
  if (value >= kEightDigits) {
    out = PutInteger(out, value / kEightDigits);
    return PutWord(out, EightDigits(static_cast<uint32_t>(value % kEightDigits)));
  }
  // What stands in front of eight digits is mostly short.
  if (value < 10) {
    *out = static_cast<char>('0' + value);
    return out + 1;
  }
  if (value < 100) {
    PutPair(out, static_cast<uint32_t>(value));
    return out + 2;
  }
  const uint64_t digits = EightDigits(static_cast<uint32_t>(value));
  const unsigned zeros = std::min(static_cast<unsigned>(std::countr_zero(digits)) / 8, 7U);
  return PutWord(out, digits >> (8 * zeros)) - zeros;
}

// Between 0 and 999, all three digits.
char* PutThousandths(char* out, uint64_t value) {
  *out++ = static_cast<char>('0' + value / 100);
  PutPair(out, static_cast<uint32_t>(value % 100));
  return out + 2;
}

// Of at most 15 digits no two decimals are the same float64, so that the one found is the shortest.
// Most of what is measured has few decimals. Null where it has more than three.
char* PutFewDecimals(char* out, double magnitude) {
  constexpr double kMost = 1e12;
  if (!(magnitude < kMost)) return nullptr;
  constexpr double kWhole = 0x1.8p52;  // what is added to it loses its fraction
  const double scaled = magnitude * 1000;
  const double rounded = (scaled + kWhole) - kWhole;
  // The first question is the quicker one.
  if (std::abs(scaled - rounded) > scaled * 0x1p-50 || rounded / 1000 != magnitude) return nullptr;
  const auto thousandths = static_cast<uint64_t>(rounded);
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
  constexpr size_t kRoom = 24;  // copies of a known size are quick
  char digits[2 * kRoom] = {};
  const auto count = static_cast<int>(PutInteger(digits, decimal.significand) - digits);
  const int whole = count + decimal.exponent;  // digits before the point
  if (whole <= 0) {
    constexpr std::string_view kZeros = "0.000000";
    kZeros.copy(out, kZeros.size());
    std::memcpy(out + 2 - whole, digits, kRoom);
    return out + 2 - whole + count;
  }
  std::memcpy(out, digits, kRoom);
  if (whole >= count) {
    std::memset(out + count, '0', static_cast<size_t>(whole - count));
    return out + whole;
  }
  out[whole] = '.';
  std::memcpy(out + whole + 1, digits + whole, kRoom);
  return out + count + 1;
}

// Whether a character stands for itself in a string, as most do.
bool IsPlain(char c) {
  static constexpr auto kPlain = [] {
    std::array<bool, 256> plain{};
    for (size_t i = 0x20; i < 0x80; ++i) plain[i] = true;
    for (const char other : {'"', '\\', '<', '>', '&'})
      plain[static_cast<unsigned char>(other)] = false;
    return plain;
  }();
  return kPlain[static_cast<unsigned char>(c)];
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  if (std::all_of(text.begin(), text.end(), IsPlain)) {
    out += text;
    out += '"';
    return;
  }
  const bool valid = IsValidUtf8(text);
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
    text.copy(out, text.size());
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
