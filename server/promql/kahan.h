// Summation that carries the rounding error along (Neumaier 1974), as the reference sums.
#ifndef NARTHEX_SERVER_PROMQL_KAHAN_H_
#define NARTHEX_SERVER_PROMQL_KAHAN_H_

#include <cmath>

namespace narthex::promql {

struct KahanSum {
  double sum = 0;
  double compensation = 0;

  void Add(double value) {
    const double total = sum + value;
    if (std::isinf(total)) {
      compensation = 0;
    } else if (std::abs(sum) >= std::abs(value)) {
      compensation += (sum - total) + value;
    } else {
      compensation += (value - total) + sum;
    }
    sum = total;
  }
  double Result() const { return sum + compensation; }
};

// The mean of what was added: the sum divided, or a running mean once the sum overflows.
class KahanMean {
 public:
  void Add(double value) {
    ++count_;
    if (!running_) {
      KahanSum next = sum_;
      next.Add(value);
      if (count_ == 1 || !std::isinf(next.sum)) {
        sum_ = next;
        return;
      }
      running_ = true;
      sum_.sum /= count_ - 1;
      sum_.compensation /= count_ - 1;
    }
    const double kept = (count_ - 1) / count_;
    sum_.sum *= kept;
    sum_.compensation *= kept;
    sum_.Add(value / count_);
  }
  double Result() const {
    return running_ ? sum_.Result() : sum_.sum / count_ + sum_.compensation / count_;
  }

 private:
  KahanSum sum_;
  double count_ = 0;
  bool running_ = false;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_KAHAN_H_
