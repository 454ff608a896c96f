// What a query cost, as the `stats` parameter and the query log tell it.
#ifndef NARTHEX_SERVER_PROMQL_QUERY_STATS_H_
#define NARTHEX_SERVER_PROMQL_QUERY_STATS_H_

#include <cstdint>
#include <vector>

#include "server/storage/histogram.h"

namespace narthex::promql {

struct QueryStats {
  // Samples that steps looked at: each step counts its whole window, a histogram counts by its
  // size.
  uint64_t total_samples = 0;
  std::vector<uint64_t> samples_at_step;  // empty unless asked for
  // Samples that were read for that, those of overlapping windows once.
  uint64_t samples_read = 0;
  std::vector<uint64_t> read_at_step;  // empty unless asked for
  int64_t start_ms = 0;                // of the first step
  int64_t step_ms = 1;

  uint64_t peak_samples = 0;  // held at a time
  uint64_t peak_bytes = 0;

  // Seconds.
  double queued = 0;   // waiting for other queries
  double prepare = 0;  // compiling, and finding the series
  double evaluate = 0;
  double sort = 0;
};

// A histogram as so many samples of 16 bytes: the reference's measure of its size.
inline uint64_t SamplesOf(const storage::Histogram& histogram) {
  constexpr uint64_t kHistogramBytes = 168;
  constexpr uint64_t kItemBytes = 8;
  constexpr uint64_t kSampleBytes = 16;
  const size_t items = histogram.positive.spans.size() + histogram.negative.spans.size() +
                       histogram.positive.counts.size() + histogram.negative.counts.size() +
                       histogram.custom_bounds.size();
  return (kHistogramBytes + kItemBytes * items + kItemBytes) / kSampleBytes;
}

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_QUERY_STATS_H_
