#include "exporters/kit/sql/value_text.h"

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"

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
  struct Unit {
    std::string_view spelling;
    double seconds;
  };
  // The longer ones first: "m" begins "ms".
  constexpr Unit kUnits[] = {{"ns", 1e-9}, {"us", 1e-6}, {"µs", 1e-6}, {"μs", 1e-6},
                             {"ms", 1e-3}, {"s", 1},     {"m", 60},    {"h", 3600}};
  double sign = 1;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  while (!text.empty()) {
    const size_t digits = text.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
    const auto number = ParseDouble(text.substr(0, digits));
    text.remove_prefix(digits);
    const Unit* found = nullptr;
    for (const Unit& unit : kUnits) {
      if (found == nullptr && text.starts_with(unit.spelling)) found = &unit;
    }
    if (!number || found == nullptr) return std::nullopt;
    seconds += *number * found->seconds;
    text.remove_prefix(found->spelling.size());
  }
  return sign * seconds;
}

}  // namespace narthex::exporters
