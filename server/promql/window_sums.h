// Sums over the values of one window, one after the other, as the reference adds them up.
#ifndef NARTHEX_SERVER_PROMQL_WINDOW_SUMS_H_
#define NARTHEX_SERVER_PROMQL_WINDOW_SUMS_H_

#include <cstdint>
#include <span>

namespace narthex::promql {

double SumOf(std::span<const double> values);
double MeanOf(std::span<const double> values);
// Welford's running variance.
double VarianceOf(std::span<const double> values);

struct Line {
  double slope = 0;      // a second
  double intercept = 0;  // the value at the time that was asked for
};
// Least squares through at least two samples.
Line LineThrough(std::span<const int64_t> times_ms, std::span<const double> values,
                 int64_t intercept_ms);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_WINDOW_SUMS_H_
