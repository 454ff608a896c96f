#include "exporters/kit/sql/value_text.h"

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"
#include "common/config/go_duration.h"

namespace narthex::exporters {

std::optional<std::vector<double>> ParseNumberArray(std::string_view text) {
  constexpr size_t kMaxNumbers = 1000;
  const bool is_json = text.starts_with('[') && text.ends_with(']');
  if (text.size() < 2 || !(is_json || (text.starts_with('{') && text.ends_with('}'))))
    return std::nullopt;
  std::vector<double> numbers;
  std::string_view rest = text.substr(1, text.size() - 2);
  if (rest.empty()) return numbers;
  for (;;) {
    const std::string_view part = rest.substr(0, rest.find(','));
    const auto number = ParseDouble(is_json ? TrimBlanks(part) : part);
    if (!number || numbers.size() == kMaxNumbers) return std::nullopt;
    numbers.push_back(*number);
    if (part.size() == rest.size()) return numbers;
    rest.remove_prefix(part.size() + 1);
  }
}

std::optional<double> ParseGoDuration(std::string_view text) {
  double sign = 1;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  GoDuration duration;
  if (!FromText(text, duration).ok()) return std::nullopt;
  return sign * duration.seconds();
}

}  // namespace narthex::exporters
