#include "common/bytes/numbers.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace narthex {
namespace {

// Longest shortest form: sign, 17 digits, point, "e-324".
constexpr size_t kMaxScientific = 32;
// Whole numbers of so many digits are exact, and so their shortest form is all of them.
constexpr int kExactDigits = 15;

// Appends NaN and infinities; false for a finite value.
bool AppendNonFinite(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    return false;
  }
  return true;
}

// Whole numbers below a million look alike in every layout, and are most of what is printed.
bool AppendSmallWhole(std::string& out, double value) {
  if (!(std::abs(value) < 1e6) || value != std::trunc(value)) return false;
  if (value == 0 && std::signbit(value)) out += '-';
  AppendInteger(out, static_cast<int64_t>(value));
  return true;
}

// Digits and decimal exponent of the shortest form: value = 0.d1d2d3… x 10^(exponent + 1).
struct Shortest {
  bool negative;
  int exponent;
  int digit_count;
  char digits[kMaxScientific];
};

Shortest ToShortest(double value) {
  char text[kMaxScientific];
  const auto end =
      std::to_chars(text, text + sizeof text, std::abs(value), std::chars_format::scientific).ptr;
  Shortest shortest{std::signbit(value), 0, 0, {}};
  const char* at = text;
  for (; at != end && *at != 'e'; ++at) {
    if (*at != '.') shortest.digits[shortest.digit_count++] = *at;
  }
  at += at[1] == '+' ? 2 : 1;
  std::from_chars(at, end, shortest.exponent);
  return shortest;
}

void AppendScientific(std::string& out, const Shortest& s) {
  out += s.digits[0];
  if (s.digit_count > 1) {
    out += '.';
    out.append(s.digits + 1, static_cast<size_t>(s.digit_count - 1));
  }
  out += s.exponent < 0 ? "e-" : "e+";
  const int magnitude = std::abs(s.exponent);
  if (magnitude < 10) out += '0';
  AppendInteger(out, magnitude);
}

void AppendPlain(std::string& out, const Shortest& s) {
  if (s.exponent < 0) {
    out += "0.";
    out.append(static_cast<size_t>(-s.exponent - 1), '0');
    out.append(s.digits, static_cast<size_t>(s.digit_count));
    return;
  }
  for (int i = 0; i <= s.exponent || i < s.digit_count; ++i) {
    if (i == s.exponent + 1) out += '.';
    out += i < s.digit_count ? s.digits[i] : '0';
  }
}

void AppendDouble(std::string& out, double value, int lowest_plain, int first_scientific) {
  if (AppendNonFinite(out, value) || AppendSmallWhole(out, value)) return;
  // Where no layout has an exponent, the library prints as it should.
  const double magnitude = std::abs(value);
  if (magnitude >= 1e-4 && magnitude < (first_scientific > kExactDigits ? 1e15 : 1e6)) {
    char text[40];
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr;
    out.append(text, static_cast<size_t>(end - text));
    return;
  }
  const Shortest s = ToShortest(value);
  if (s.negative) out += '-';
  if (s.exponent < lowest_plain || s.exponent >= first_scientific) {
    AppendScientific(out, s);
  } else {
    AppendPlain(out, s);
  }
}

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

// from_chars leaves the value alone when out of range; the exponent's sign tells which way.
double OutOfRange(std::string_view text, bool hexadecimal) {
  const size_t exponent = text.find_first_of(hexadecimal ? "pP" : "eE");
  const bool tiny = exponent != std::string_view::npos
                        ? exponent + 1 < text.size() && text[exponent + 1] == '-'
                        : text.substr(0, 2) == "0." || text.substr(0, 1) == ".";
  return tiny ? 0.0 : std::numeric_limits<double>::infinity();
}

template <typename T>
std::optional<T> ParseWhole(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

bool IsDigit(const char* at, const char* end) { return at < end && *at >= '0' && *at <= '9'; }

// Digits below 2^53 and a power of ten up to 10^22 are both exact as float64, so that their product
// or quotient is rounded once, correctly (Clinger 1990). Null for anything longer or stranger.
const char* ReadExactDouble(const char* at, const char* end, double& value) {
  constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  constexpr ptrdiff_t kMaxDigits = 19;  // always fit 64 bits
  const bool negative = at < end && *at == '-';
  if (negative) ++at;
  uint64_t digits = 0;
  const char* const whole = at;
  for (; IsDigit(at, end); ++at) digits = 10 * digits + static_cast<uint64_t>(*at - '0');
  ptrdiff_t digit_count = at - whole;
  ptrdiff_t exponent = 0;
  if (at < end && *at == '.') {
    const char* const fraction = ++at;
    for (; IsDigit(at, end); ++at) digits = 10 * digits + static_cast<uint64_t>(*at - '0');
    exponent = fraction - at;
    digit_count -= exponent;
  }
  if (digit_count == 0 || digit_count > kMaxDigits || digits > uint64_t{1} << 53) return nullptr;
  if (at < end && (*at | 0x20) == 'e') {
    if (++at == end) return nullptr;
    const bool shrinks = *at == '-';
    if (*at == '-' || *at == '+') ++at;
    ptrdiff_t shift = 0;
    const char* const first = at;
    for (; IsDigit(at, end) && shift < 1000; ++at) shift = 10 * shift + (*at - '0');
    if (at == first) return nullptr;
    exponent += shrinks ? -shift : shift;
  }
  if (exponent < -22 || exponent > 22) return nullptr;
  const auto exact = static_cast<double>(digits);
  value = exponent < 0 ? exact / kPowers[-exponent] : exact * kPowers[exponent];
  if (negative) value = -value;
  return at;
}

}  // namespace

void AppendExpositionDouble(std::string& out, double value) { AppendDouble(out, value, -4, 6); }

void AppendApiDouble(std::string& out, double value) { AppendDouble(out, value, -6, 21); }

std::string ExpositionDouble(double value) {
  std::string out;
  AppendExpositionDouble(out, value);
  return out;
}

std::string ApiDouble(double value) {
  std::string out;
  AppendApiDouble(out, value);
  return out;
}

void AppendInteger(std::string& out, int64_t value) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, static_cast<size_t>(end - text));
}

void AppendUnsigned(std::string& out, uint64_t value) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, static_cast<size_t>(end - text));
}

std::optional<double> ParseDouble(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  double value = 0;
  const bool letter = (text[0] | 0x20) >= 'a' && (text[0] | 0x20) <= 'z';
  if (letter) {
    if (EqualsIgnoringCase(text, "nan")) {
      value = std::numeric_limits<double>::quiet_NaN();
    } else if (EqualsIgnoringCase(text, "inf") || EqualsIgnoringCase(text, "infinity")) {
      value = std::numeric_limits<double>::infinity();
    } else {
      return std::nullopt;
    }
    return negative ? -value : value;
  }
  const bool hexadecimal = text.size() > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
  if (hexadecimal) {
    text.remove_prefix(2);
    // A hexadecimal float needs its binary exponent.
    if (text.find_first_of("pP") == std::string_view::npos) return std::nullopt;
  }
  if (text[0] == '-' || text[0] == '+') return std::nullopt;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(
      text.data(), end, value, hexadecimal ? std::chars_format::hex : std::chars_format::general);
  if (error == std::errc::invalid_argument || at != end) return std::nullopt;
  if (error == std::errc::result_out_of_range) value = OutOfRange(text, hexadecimal);
  return negative ? -value : value;
}

const char* ReadDouble(const char* begin, const char* end, double& value) {
  if (const char* stop = ReadExactDouble(begin, end, value)) return stop;
  const auto [stop, error] = std::from_chars(begin, end, value);
  return error == std::errc() && std::isfinite(value) ? stop : nullptr;
}

std::optional<int64_t> ParseInteger(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return ParseWhole<int64_t>(text);
}

std::optional<uint64_t> ParseUnsigned(std::string_view text) { return ParseWhole<uint64_t>(text); }

}  // namespace narthex
