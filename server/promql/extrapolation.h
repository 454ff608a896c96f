// The part of rate, increase and delta that goes beyond the samples: how an increase grows when it
// is taken to the borders of the range.
#ifndef NARTHEX_SERVER_PROMQL_EXTRAPOLATION_H_
#define NARTHEX_SERVER_PROMQL_EXTRAPOLATION_H_

#include <algorithm>
#include <cstdint>

namespace narthex::promql {

// What the window tells of a series before it is extrapolated to the borders.
struct Sampled {
  int64_t first_ms = 0;
  int64_t last_ms = 0;
  int64_t start_ms = 0;  // since when the first sample counts, 0: not known
  size_t intervals = 0;
  double first = 0;  // the first value, of a histogram its count
  double increase = 0;
};

// The factor by which an increase grows: by half an interval where the border is farther than that
// from the samples, and a counter never below zero. `from_start`: the counter is known to begin
// within the range.
inline double Extrapolation(const Sampled& sampled, int64_t begin_ms, int64_t end_ms, bool counter,
                            bool from_start) {
  const auto seconds = [](int64_t ms) { return static_cast<double>(ms) / 1000; };
  double to_start = seconds(sampled.first_ms - begin_ms);
  double to_end = seconds(end_ms - sampled.last_ms);
  double interval = seconds(sampled.last_ms - sampled.first_ms);
  const double average =
      sampled.intervals > 0 ? interval / static_cast<double>(sampled.intervals) : 0;
  const double threshold = average * 1.1;
  if (from_start) {
    to_start = 0;
    interval = seconds(sampled.last_ms - sampled.start_ms);
  } else {
    if (to_start >= threshold) to_start = average / 2;
    if (counter && sampled.increase > 0 && sampled.first >= 0)
      to_start = std::min(to_start, interval * (sampled.first / sampled.increase));
  }
  if (to_end >= threshold) to_end = average / 2;
  return interval == 0 ? 1.0 : (interval + to_start + to_end) / interval;
}

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_EXTRAPOLATION_H_
