// How long a scrape may take, by what the scraper says of its own patience.
#ifndef NARTHEX_EXPORTERS_KIT_SCRAPE_BUDGET_H_
#define NARTHEX_EXPORTERS_KIT_SCRAPE_BUDGET_H_

#include <string_view>

#include "common/bytes/duration.h"

namespace narthex::exporters {

// `most`, or less where the scraper says in X-Prometheus-Scrape-Timeout-Seconds that it waits less:
// nine tenths of that, or half a second below it, to send the answer in.
Duration ScrapeBudget(std::string_view scrape_timeout_seconds, Duration most);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_SCRAPE_BUDGET_H_
