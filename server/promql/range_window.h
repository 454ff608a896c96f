// What functions over range vectors see, and what they give.
#ifndef NARTHEX_SERVER_PROMQL_RANGE_WINDOW_H_
#define NARTHEX_SERVER_PROMQL_RANGE_WINDOW_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "common/status/status.h"
#include "server/promql/annotations.h"
#include "server/storage/histogram.h"

namespace narthex::promql {

struct HistogramPoint {
  int64_t time_ms;
  int64_t start_ms;  // 0: not known
  storage::HistogramPtr histogram;
};

// The samples of one series within the range of one step, staleness markers left out, floats and
// histograms apart. For anchored and smoothed ranges, samples from beyond the borders too.
struct RangeWindow {
  std::span<const int64_t> times_ms;
  std::span<const double> values;
  std::span<const int64_t> starts_ms;  // as long as values, or empty where no start is known
  std::span<const HistogramPoint> histograms;
  // Counter resets: indices into `values`, less `first`, of values that begin to count anew. Only
  // for functions that ask for them.
  std::span<const size_t> resets;
  size_t first = 0;
  int64_t begin_ms = 0;  // samples lie after this
  int64_t end_ms = 0;    // and up to this, included
  int64_t step_ms = 0;   // when the function is evaluated

  double range_s() const { return static_cast<double>(end_ms - begin_ms) / 1000.0; }
};

// What stays the same over the steps, except for the scalars.
struct RangeCall {
  std::string_view metric;  // the series' name
  size_t place = 0;         // of the first argument in the query, for annotations
  bool anchored = false;
  bool smoothed = false;
  std::span<const double> scalars;  // the function's scalar arguments at this step, in order
  Annotations* annotations = nullptr;
  Status* failure = nullptr;  // set to end the query
};

// A float, or a histogram where that is not null.
struct Value {
  double value = 0;
  storage::HistogramPtr histogram;
};

// One step of a function: false where the window tells nothing.
using RangeKernel = bool (*)(const RangeWindow& window, const RangeCall& call, Value& out);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_RANGE_WINDOW_H_
