#include "common/openmetrics/escaping.h"

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

}  // namespace narthex::openmetrics
