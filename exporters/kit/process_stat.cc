#include "exporters/kit/process_stat.h"

#include "exporters/kit/text_fields.h"

namespace narthex::exporters {

Result<TaskStat> ParseTaskStat(std::string_view text) {
  constexpr size_t kBetween = 16;  // fields between state and num_threads
  const size_t end = text.rfind(')');
  FieldReader fields(end == std::string_view::npos ? "" : text.substr(end + 1));
  const auto state = fields.Next();
  for (size_t i = 0; i < kBetween; ++i) fields.Next();
  const auto threads = fields.NextUnsigned();
  if (!state || !threads) return Corruption("stat: want a state and numbers, got ", Quote(text));
  return TaskStat{*state, static_cast<double>(*threads)};
}

Result<ProcessStat> ParseProcessStat(std::string_view text) {
  // The name stands in parentheses, and may hold some itself.
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return Corruption("stat: want a name in parentheses, got ", Quote(text));
  ProcessStat stat;
  stat.name = text.substr(open + 1, close - open - 1);
  constexpr size_t kState = 3;  // the number of the first field behind the name
  const std::pair<size_t, uint64_t ProcessStat::*> wanted[] = {{14, &ProcessStat::user_ticks},
                                                               {15, &ProcessStat::system_ticks},
                                                               {20, &ProcessStat::threads},
                                                               {22, &ProcessStat::start_ticks},
                                                               {24, &ProcessStat::resident_pages}};
  FieldReader fields(text.substr(close + 1));
  size_t number = kState;
  for (const auto& [field, target] : wanted) {
    for (; number < field; ++number) fields.Next();
    const auto value = fields.NextUnsigned();
    if (!value) return Corruption("stat: want a number in field ", std::to_string(field));
    stat.*target = *value;
    ++number;
  }
  return stat;
}

}  // namespace narthex::exporters
