// What a job admits of the labels of a series.
#ifndef NARTHEX_SERVER_SCRAPE_LABEL_LIMITS_H_
#define NARTHEX_SERVER_SCRAPE_LABEL_LIMITS_H_

#include "common/labels/label_set.h"
#include "common/status/status.h"
#include "server/config/config.h"

namespace narthex::server {

// kLimit for more labels, or longer names and values, than the options admit; kInvalidArgument for
// names that their scheme does not.
Status CheckLabels(const LabelSet& labels, const ScrapeOptions& options);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_LABEL_LIMITS_H_
