// The kernels of functions over range vectors; functions.cc has the table.
#ifndef NARTHEX_SERVER_PROMQL_RANGE_KERNELS_H_
#define NARTHEX_SERVER_PROMQL_RANGE_KERNELS_H_

#include "server/promql/range_window.h"

namespace narthex::promql {

// rate_kernels.cc
bool Rate(const RangeWindow& window, const RangeCall& call, Value& out);
bool Increase(const RangeWindow& window, const RangeCall& call, Value& out);
bool Delta(const RangeWindow& window, const RangeCall& call, Value& out);
bool IRate(const RangeWindow& window, const RangeCall& call, Value& out);
bool IDelta(const RangeWindow& window, const RangeCall& call, Value& out);

// Whether a counter with these times and starts began anew between two samples.
bool StartTellsReset(int64_t start_before_ms, int64_t time_before_ms, int64_t start_ms,
                     int64_t time_ms);

// extended_rate.cc: of anchored and smoothed ranges.
bool ExtendedRate(const RangeWindow& window, const RangeCall& call, bool counter, bool per_second,
                  Value& out);
// The value at the end of the window, interpolated between the samples around.
bool SmoothedValue(const RangeWindow& window, const RangeCall& call, Value& out);

// over_time_kernels.cc
bool AvgOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool SumOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool CountOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool PresentOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool FirstOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool LastOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool MinOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool MaxOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool TsOfFirstOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool TsOfLastOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool TsOfMinOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool TsOfMaxOverTime(const RangeWindow& window, const RangeCall& call, Value& out);

// statistics_kernels.cc
bool MadOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool QuantileOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool StddevOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool StdvarOverTime(const RangeWindow& window, const RangeCall& call, Value& out);
bool Deriv(const RangeWindow& window, const RangeCall& call, Value& out);
bool PredictLinear(const RangeWindow& window, const RangeCall& call, Value& out);
bool DoubleExponentialSmoothing(const RangeWindow& window, const RangeCall& call, Value& out);
bool Resets(const RangeWindow& window, const RangeCall& call, Value& out);
bool Changes(const RangeWindow& window, const RangeCall& call, Value& out);

// The value at a quantile of values in order, NaN first; interpolated. NaN of none; infinite where
// the quantile is not from 0 to 1.
double QuantileOfSorted(double quantile, std::span<const double> sorted);
// The value at a quantile from 0 to 1 of unsorted values, interpolated; NaN of none. Reorders them.
double Quantile(double quantile, std::vector<double>& values);
// The median of the distances from the median; NaN where any value is.
double MedianDistance(std::span<const double> values);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_RANGE_KERNELS_H_
