// A summary of observations: how many, their sum, and quantiles of the last ten minutes.
#ifndef NARTHEX_COMMON_CLIENT_SUMMARY_H_
#define NARTHEX_COMMON_CLIENT_SUMMARY_H_

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "common/openmetrics/writer.h"

namespace narthex {

// Observations are counted in ranges, each a twentieth wider than the one before, so a quantile is
// right to some 2.5 % where it lies between 1e-6 and 7e9. Takes 15 kB where all of the ten minutes
// have observations. Safe from many threads.
class Summary {
 public:
  using Seconds = std::function<int64_t()>;

  // `quantiles` in (0, 1); without any there are the count and the sum alone. `now` tells the time,
  // from any beginning.
  explicit Summary(std::vector<double> quantiles = {}, Seconds now = SteadySeconds);

  void Observe(double value);
  // A quantile of nothing is NaN.
  void WriteTo(openmetrics::Family& family, const std::vector<Label>& labels) const;

  static int64_t SteadySeconds();

 private:
  static constexpr int64_t kPeriodS = 120;
  static constexpr size_t kPeriods = 5;
  struct Period {
    int64_t number = -1;           // since the beginning of time
    std::vector<uint32_t> counts;  // by range
  };

  double Quantile(double quantile, const std::vector<uint64_t>& counts, uint64_t total) const;

  const std::vector<double> quantiles_;
  const Seconds now_;
  mutable std::mutex mutex_;
  uint64_t count_ = 0;
  double sum_ = 0;
  std::array<Period, kPeriods> periods_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_CLIENT_SUMMARY_H_
