#include "common/openmetrics/escaping.h"

#include <cstdint>
#include <optional>

#include <algorithm>
#include <charconv>

#include "common/openmetrics/text_cursor.h"

namespace narthex::openmetrics {
namespace {

// Cuts the first code point off valid UTF-8.
uint32_t TakeRune(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  constexpr uint32_t kFirstBits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  uint32_t rune = first & kFirstBits[size];
  for (size_t i = 1; i < size && i < text.size(); ++i) {
    rune = rune << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  }
  text.remove_prefix(std::min(size, text.size()));
  return rune;
}

void AppendOdd(std::string& out, uint32_t rune, Escaping escaping) {
  if (escaping == Escaping::kUnderscores) {
    out += '_';
  } else if (escaping == Escaping::kDots) {
    out += rune == '.' ? "_dot_" : "__";
  } else {
    char hex[8];
    const auto end = std::to_chars(hex, hex + sizeof hex, rune, 16).ptr;
    out += '_';
    out.append(hex, end);
    out += '_';
  }
}

bool IsLegacyLabel(const LabelPair& label) { return IsLegacyLabelName(label.name); }

}  // namespace

std::string EscapeName(std::string_view name, Escaping escaping) {
  const bool as_is = escaping == Escaping::kAllowUtf8 || name.empty() ||
                     (escaping != Escaping::kDots && IsLegacyMetricName(name));
  if (as_is) return std::string(name);
  std::string out;
  if (escaping == Escaping::kValues) out = "U__";
  for (bool first = true; !name.empty(); first = false) {
    const char c = name[0];
    const uint32_t rune = TakeRune(name);
    const bool legacy = rune < 0x80 && IsNameByte(c, true) && !(first && c >= '0' && c <= '9');
    if (!legacy) {
      AppendOdd(out, rune, escaping);
    } else if (c == '_' && escaping != Escaping::kUnderscores) {
      out += "__";
    } else {
      out += c;
    }
  }
  return out;
}

bool NeedsEscaping(const MetricFamily& family) {
  if (!IsLegacyMetricName(family.name)) return true;
  return std::any_of(family.metrics.begin(), family.metrics.end(), [](const Metric& metric) {
    return !std::all_of(metric.labels.begin(), metric.labels.end(), IsLegacyLabel);
  });
}

MetricFamily Escaped(MetricFamily family, Escaping escaping) {
  if (!IsLegacyMetricName(family.name)) family.name = EscapeName(family.name, escaping);
  for (Metric& metric : family.metrics) {
    for (LabelPair& label : metric.labels) {
      if (!IsLegacyLabel(label)) label.name = EscapeName(label.name, escaping);
    }
    std::sort(metric.labels.begin(), metric.labels.end());
  }
  return family;
}

namespace {

// The code point between underscores at the front of a text, in hexadecimal; takes it away.
std::optional<uint32_t> TakeCodePoint(std::string_view& text) {
  constexpr size_t kMaxDigits = 6;
  uint32_t code = 0;
  for (size_t i = 0; i < text.size() && i <= kMaxDigits; ++i) {
    const char c = text[i];
    if (c == '_') {
      text.remove_prefix(i + 1);
      const bool surrogate = code >= 0xd800 && code < 0xe000;
      return code <= 0x10ffff && !surrogate ? std::optional(code) : std::nullopt;
    }
    const auto lower = static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c);
    const bool digit = lower >= '0' && lower <= '9';
    if (!digit && (lower < 'a' || lower > 'f')) return std::nullopt;
    code = code * 16 + static_cast<uint32_t>(digit ? lower - '0' : lower - 'a' + 10);
  }
  return std::nullopt;
}

void AppendUtf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
    return;
  }
  const int continuations = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  const uint32_t mark = continuations == 1 ? 0xc0 : continuations == 2 ? 0xe0 : 0xf0;
  out += static_cast<char>(mark | (code >> (6 * continuations)));
  for (int i = continuations - 1; i >= 0; --i)
    out += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
}

}  // namespace

std::string UnescapeValues(std::string_view name) {
  constexpr std::string_view kPrefix = "U__";
  if (name.substr(0, kPrefix.size()) != kPrefix) return std::string(name);
  std::string out;
  for (std::string_view rest = name.substr(kPrefix.size()); !rest.empty();) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '_') {
      out += c;
    } else if (!rest.empty() && rest.front() == '_') {
      out += '_';
      rest.remove_prefix(1);
    } else if (const auto code = TakeCodePoint(rest)) {
      AppendUtf8(out, *code);
    } else {
      return std::string(name);
    }
  }
  return out;
}

}  // namespace narthex::openmetrics
