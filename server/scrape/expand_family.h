// The samples of a metric family that came as protobuf, as if they had come line by line.
#ifndef NARTHEX_SERVER_SCRAPE_EXPAND_FAMILY_H_
#define NARTHEX_SERVER_SCRAPE_EXPAND_FAMILY_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/openmetrics/model.h"
#include "server/scrape/target.h"
#include "server/storage/storage.h"

namespace narthex::server {

// One sample on its way to storage.
struct IncomingSample {
  std::string_view series;                        // what tells it from the target's others
  double value = 0;                               // of a float
  std::optional<int64_t> timestamp_ms;            // its own
  int64_t start_ms = 0;                           // since when it counts; 0: not known
  const storage::Histogram* histogram = nullptr;  // null: a float
  const std::vector<Label>* labels = nullptr;     // its name among them; null: the parser has them
  std::vector<const openmetrics::Exemplar*> exemplars;
};

// Gives each sample to `take`, which must not keep what it points to, and stops at its first
// failure. Names, order and spelling of bounds follow Prometheus' protobuf parser.
Status ExpandFamily(const openmetrics::MetricFamily& family, const HistogramOptions& options,
                    const std::function<Status(const IncomingSample&)>& take);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_EXPAND_FAMILY_H_
