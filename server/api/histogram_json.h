// Native histograms as the HTTP API shows them: count, sum and the buckets that count anything.
#ifndef NARTHEX_SERVER_API_HISTOGRAM_JSON_H_
#define NARTHEX_SERVER_API_HISTOGRAM_JSON_H_

#include <cstdint>
#include <string>

#include "server/storage/histogram.h"

namespace narthex::server {

// [1435781451.781,{"count":"3","sum":"4","buckets":[[0,"1","2","3"]]}]. A bucket is its kind of
// borders (0: open below, 1: open above, 2: open at both, 3: closed at both), both bounds and its
// count.
void AppendHistogramPoint(std::string& out, int64_t time_ms, const storage::Histogram& histogram);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_HISTOGRAM_JSON_H_
