#include "exporters/kit/text_fields.h"

#include "common/bytes/trim.h"

namespace narthex::exporters {

std::map<std::string_view, uint64_t> ParseNamedNumbers(std::string_view text) {
  std::map<std::string_view, uint64_t> numbers;
  ForEachNamedNumber(text, [&](std::string_view name, uint64_t value) { numbers[name] = value; });
  return numbers;
}

Result<std::vector<uint64_t>> ParseNumberList(std::string_view text) {
  constexpr uint64_t kMaxNumber = 65'535;
  std::vector<uint64_t> numbers;
  std::string_view rest = TrimBlanks(text);
  while (!rest.empty()) {
    const std::string_view range = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(range.size() + 1, rest.size()));
    const size_t dash = range.find('-');
    const size_t colon = dash == std::string_view::npos ? dash : range.find(':', dash);
    const auto first = ParseUnsigned(range.substr(0, dash));
    const auto last = dash == std::string_view::npos
                          ? first
                          : ParseUnsigned(range.substr(dash + 1, colon - dash - 1));
    const auto stride =
        colon == std::string_view::npos ? 1 : ParseUnsigned(range.substr(colon + 1));
    if (!first || !last || *first > *last || *last > kMaxNumber || stride.value_or(0) == 0) {
      return Corruption("want a list of numbers, got ", Quote(text));
    }
    for (uint64_t number = *first; number <= *last; number += std::min(*stride, kMaxNumber + 1)) {
      numbers.push_back(number);
    }
    if (numbers.size() > kMaxNumber + 1) return Corruption("list of numbers is too long");
  }
  return numbers;
}

std::vector<std::string> SplitList(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(','));
    list.remove_prefix(std::min(part.size() + 1, list.size()));
    if (!TrimBlanks(part).empty()) parts.emplace_back(TrimBlanks(part));
  }
  return parts;
}

}  // namespace narthex::exporters
