// Classic histograms, series by series, as one native histogram with custom buckets.
#ifndef NARTHEX_SERVER_SCRAPE_CLASSIC_HISTOGRAM_H_
#define NARTHEX_SERVER_SCRAPE_CLASSIC_HISTOGRAM_H_

#include <optional>
#include <vector>

#include "server/storage/histogram.h"

namespace narthex::server {

// Takes the series of one histogram in any order. Semantics follow Prometheus'
// convertnhcb.TempHistogram.
class ClassicHistogram {
 public:
  void AddBucket(double upper_bound, double cumulative_count);
  void SetCount(double count) { count_ = count; }
  void SetSum(double sum) { sum_ = sum; }
  bool empty() const { return buckets_.empty() && !count_ && !sum_; }

  // kInvalidArgument: a bucket twice, counts that fall from one bucket to the next, or that the
  // total contradicts.
  Result<storage::Histogram> Convert() const;

 private:
  struct Bucket {
    double upper_bound;
    double cumulative_count;
  };

  std::vector<Bucket> buckets_;
  std::optional<double> count_;
  std::optional<double> sum_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_CLASSIC_HISTOGRAM_H_
