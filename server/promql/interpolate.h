// Values between two samples, for smoothed selectors.
#ifndef NARTHEX_SERVER_PROMQL_INTERPOLATE_H_
#define NARTHEX_SERVER_PROMQL_INTERPOLATE_H_

#include <cstdint>
#include <string_view>

#include "server/promql/range_window.h"

namespace narthex::promql {

struct FloatPoint {
  int64_t time_ms;
  double value;
};

// On the line between two points. A counter that falls is taken to have begun at zero.
double Interpolate(FloatPoint before, FloatPoint after, int64_t time_ms, bool counter);

// Whom annotations are about.
struct InterpolationNotes {
  std::string_view metric;
  size_t place = 0;
  Annotations* annotations = nullptr;
};

// False where the two do not mix.
bool InterpolateHistograms(const HistogramPoint& before, const HistogramPoint& after,
                           int64_t time_ms, bool counter, const InterpolationNotes& notes,
                           storage::Histogram& out);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_INTERPOLATE_H_
