#include "exporters/kit/scrape_budget.h"

#include <algorithm>

#include "common/bytes/numbers.h"

namespace narthex::exporters {

Duration ScrapeBudget(std::string_view scrape_timeout_seconds, Duration most) {
  constexpr double kMaxMarginMs = 500;  // to send the answer in
  constexpr double kMaxSeconds = 86'400;
  const auto seconds = ParseDouble(scrape_timeout_seconds);
  if (!seconds || !(*seconds > 0 && *seconds <= kMaxSeconds)) return most;
  const double waits_ms = *seconds * 1000;
  const double budget_ms = waits_ms - std::min(kMaxMarginMs, waits_ms / 10);
  return std::min(most, Duration{static_cast<int64_t>(budget_ms)});
}

}  // namespace narthex::exporters
