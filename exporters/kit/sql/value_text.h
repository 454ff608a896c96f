// Values of queries that are more than a number.
#ifndef NARTHEX_EXPORTERS_KIT_SQL_VALUE_TEXT_H_
#define NARTHEX_EXPORTERS_KIT_SQL_VALUE_TEXT_H_

#include <optional>
#include <string_view>
#include <vector>

namespace narthex::exporters {

// "{1,2.5,5}", an array of numbers as PostgreSQL writes it, or "[1, 2.5, 5]" as JSON; nothing for
// other text or more than a thousand.
std::optional<std::vector<double>> ParseNumberArray(std::string_view text);

// "1h2m3.5s", as Go writes durations, in seconds; nothing for other text.
std::optional<double> ParseGoDuration(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_SQL_VALUE_TEXT_H_
