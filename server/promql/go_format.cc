#include "server/promql/go_format.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "common/labels/label_set.h"

namespace narthex::promql {
namespace {

constexpr size_t kBufferBytes = 512;  // 1.8e308 takes 309 digits

std::string Special(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return "";
}

template <typename... Format>
std::string Print(double value, Format... format) {
  char buffer[kBufferBytes];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format...);
  return {buffer, end.ptr};
}

int ExponentOf(const std::string& scientific) {
  return std::atoi(scientific.c_str() + scientific.find('e') + 1);
}

// The fewest digits that read back as the same, then zeros up to the point: to_chars prints the
// exact value of large numbers instead.
std::string ShortestFixed(double value) {
  constexpr int kExactDigits = 15;
  const std::string scientific = Print(value, std::chars_format::scientific);
  const int exponent = ExponentOf(scientific);
  if (exponent < kExactDigits) return Print(value, std::chars_format::fixed);
  std::string digits = scientific.substr(0, scientific.find('e'));
  const size_t point = digits.find('.');
  const size_t fraction = point == std::string::npos ? 0 : digits.size() - point - 1;
  if (fraction > 0) digits.erase(point, 1);
  if (fraction > static_cast<size_t>(exponent)) return Print(value, std::chars_format::fixed);
  return digits.append(static_cast<size_t>(exponent) - fraction, '0');
}

}  // namespace

std::string GoG(double value) {
  if (std::string special = Special(value); !special.empty()) return special;
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  constexpr int kMostDigits = 21;
  std::string scientific = Print(value, std::chars_format::scientific);
  const int exponent = ExponentOf(scientific);
  if (exponent < -4 || exponent >= kMostDigits) return scientific;
  return ShortestFixed(value);
}

std::string GoF(double value) {
  if (std::string special = Special(value); !special.empty()) return special;
  return ShortestFixed(value);
}

std::string GoG2(double value) {
  if (std::string special = Special(value); !special.empty()) return special;
  return Print(value, std::chars_format::general, 2);
}

std::string GoQuote(std::string_view text) {
  constexpr std::string_view kLetters = "abfnrtv";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v";
  std::string out = "\"";
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const size_t length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    const std::string_view rune = text.substr(i, length);
    if (byte >= 0x80 && IsValidUtf8(rune)) {
      out += rune;
      i += length;
      continue;
    }
    const size_t letter = kMeanings.find(text[i]);
    if (letter != std::string_view::npos) {
      out += {'\\', kLetters[letter]};
    } else if (byte == '"' || byte == '\\') {
      out += {'\\', text[i]};
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += text[i];
    }
    ++i;
  }
  return out + "\"";
}

}  // namespace narthex::promql
