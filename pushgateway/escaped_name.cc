#include "pushgateway/escaped_name.h"

#include <charconv>
#include <cstdint>

#include "common/labels/label_set.h"
#include "common/openmetrics/escaping.h"

namespace narthex::pushgateway {
namespace {

constexpr std::string_view kMark = "U__";
constexpr size_t kMaxDigits = 6;  // of the highest rune, 10ffff

void AppendUtf8(std::string& out, uint32_t rune) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (rune >> shift & 0x3f)); };
  if (rune < 0x80) {
    out += static_cast<char>(rune);
  } else if (rune < 0x800) {
    out += static_cast<char>(0xc0 | rune >> 6);
    tail(0);
  } else if (rune < 0x10000) {
    out += static_cast<char>(0xe0 | rune >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | rune >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

// Reads "2e_" off `rest`, the underscore before it being read already.
bool TakeRune(std::string_view& rest, std::string& out) {
  const std::string_view digits = rest.substr(0, rest.find('_'));
  if (digits.size() == rest.size() || digits.size() > kMaxDigits) return false;
  uint32_t rune = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), rune, 16);
  const bool surrogate = rune >= 0xd800 && rune < 0xe000;
  if (read.ptr != digits.data() + digits.size() || rune > 0x10ffff || surrogate) return false;
  AppendUtf8(out, rune);
  rest.remove_prefix(digits.size() + 1);
  return true;
}

}  // namespace

std::string UnescapeName(std::string_view text) {
  if (!text.starts_with(kMark)) return std::string(text);
  std::string out;
  std::string_view rest = text.substr(kMark.size());
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '_') {
      out += c;
    } else if (rest.starts_with('_')) {
      out += c;
      rest.remove_prefix(1);
    } else if (!TakeRune(rest, out)) {
      return std::string(text);
    }
  }
  return out;
}

std::string EscapeForPath(std::string_view name) {
  if (!name.starts_with(kMark)) {
    return IsLegacyLabelName(name) ? std::string(name)
                                   : openmetrics::EscapeName(name, openmetrics::Escaping::kValues);
  }
  // What looks escaped already: its "U" is, so that it is not taken for the mark.
  std::string out = std::string(kMark) + "_55_";
  const std::string rest =
      openmetrics::EscapeName("." + std::string(name.substr(1)), openmetrics::Escaping::kValues);
  return out + rest.substr(std::string_view("U___2e_").size());
}

}  // namespace narthex::pushgateway
