// Sums over windows that slide: values enter and leave, and what a window gives costs the same
// whatever its size. They are held in numbers of twice the precision, so that what values leave
// behind is far below the last digit of the result; results are those of window_sums.h up to 1e-12.
//
// Where that cannot be told, the window is summed anew: as long as it holds values that are
// infinite or near the ends of what a double can hold, and where values cancel so far that the
// result is what rounding makes of them.
#ifndef NARTHEX_SERVER_PROMQL_SLIDING_SUMS_H_
#define NARTHEX_SERVER_PROMQL_SLIDING_SUMS_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "server/promql/double_double.h"
#include "server/promql/window_sums.h"

namespace narthex::promql {

// A window of samples, by their indices.
struct IndexRange {
  size_t first = 0;
  size_t after = 0;

  size_t size() const { return after - first; }
};

// What kinds of values are in the window.
class WindowTraits {
 public:
  // Values beyond `greatest`, and below `least` but for zero, are odd.
  WindowTraits(double least, double greatest) : least_(least), greatest_(greatest) {}

  // False for a value that sums leave out.
  bool Enter(double value) { return Count(value, 1); }
  bool Leave(double value) { return Count(value, -1); }
  bool nan() const { return nans_ > 0; }
  bool odd() const { return odd_ > 0; }

 private:
  bool Count(double value, int by) {
    const double size = std::abs(value);
    if (size <= greatest_ && (size >= least_ || size == 0)) return true;
    (std::isnan(value) ? nans_ : odd_) += by;
    return false;
  }

  const double least_;
  const double greatest_;
  int64_t nans_ = 0;
  int64_t odd_ = 0;
};

// Where the values begin that are equal to the newest.
class EqualRun {
 public:
  explicit EqualRun(std::span<const double> values) : values_(values) {}

  void Enter(size_t i) {
    if (i == 0 || values_[i] != values_[i - 1]) begin_ = i;
  }
  bool Holds(IndexRange window) const { return begin_ <= window.first; }

 private:
  const std::span<const double> values_;
  size_t begin_ = 0;
};

// How far a sum can be trusted that values were added to and taken from: it has lost a part of what
// the greatest of those sums was.
class Wear {
 public:
  // `size` is the sum of what the values are without their signs.
  void Note(double size) {
    greatest_ = size > greatest_ ? size : greatest_;
    ++changes_;
  }
  bool IsWorn(double size) const {
    return changes_ > kMostChanges || size * kGreatestFall < greatest_;
  }

 private:
  static constexpr uint32_t kMostChanges = 1 << 16;
  static constexpr double kGreatestFall = 1 << 10;

  double greatest_ = 0;
  uint32_t changes_ = 0;
};

// sum_over_time and avg_over_time.
class SlidingSum {
 public:
  static constexpr size_t kLeastSamples = 1;

  SlidingSum(std::span<const double> values, bool mean) : values_(values), mean_(mean) {}

  void Enter(size_t i);
  void Leave(size_t i);
  double Result(IndexRange window);

 private:
  struct Total {
    DoubleDouble sum;
    double size = 0;  // the sum of the absolute values
    Wear wear;

    void Add(double value, double size_of_it);
  };

  const std::span<const double> values_;
  const bool mean_;
  WindowTraits traits_{0, 1e290};
  Total total_;
};

// stdvar_over_time and stddev_over_time. The running means of the reference round at the last digit
// of the values: so the variance of values that hardly differ, in comparison to what they are, is
// summed anew.
class SlidingVariance {
 public:
  static constexpr size_t kLeastSamples = 1;

  SlidingVariance(std::span<const double> values, bool deviation)
      : values_(values), deviation_(deviation), equal_(values) {}

  void Enter(size_t i);
  void Leave(size_t i);
  double Result(IndexRange window);

 private:
  struct Total {
    DoubleDouble sum;
    DoubleDouble squares;
    Wear wear;

    void Add(double value, DoubleDouble square);
  };
  double Variance(IndexRange window);

  const std::span<const double> values_;
  const bool deviation_;
  EqualRun equal_;
  WindowTraits traits_{1e-130, 1e130};
  Total total_;
};

// deriv and predict_linear.
class SlidingLine {
 public:
  static constexpr size_t kLeastSamples = 2;

  SlidingLine(std::span<const int64_t> times_ms, std::span<const double> values)
      : times_ms_(times_ms), values_(values), equal_(values) {}

  void Enter(size_t i);
  void Leave(size_t i);
  double Slope(IndexRange window);
  // The value of the line `ahead_s` behind a time.
  double Predict(IndexRange window, int64_t time_ms, double ahead_s);

 private:
  struct Total {
    int64_t base_ms = 0;
    // Of times since base_ms: whole numbers, and so exact.
    DoubleDouble x;
    DoubleDouble xx;
    DoubleDouble y;
    DoubleDouble xy;
    double size = 0;  // the sum of the absolute values of y
    Wear wear;

    void Add(int64_t time_ms, double value, double sign);
  };
  // A line by the sums, with bounds for what it differs from LineThrough().
  struct Fit {
    Line line;
    double slope_error = 0;
    double center_s = 0;  // the mean of the times, since the one that was asked for
    double mean_size = 0;
  };
  bool BySums(IndexRange window);  // makes the sums fit for use
  Fit FitAt(IndexRange window, int64_t time_ms) const;
  Line Anew(IndexRange window, int64_t time_ms) const;

  const std::span<const int64_t> times_ms_;
  const std::span<const double> values_;
  EqualRun equal_;
  WindowTraits traits_{1e-130, 1e130};
  Total total_;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SLIDING_SUMS_H_
