// Which samples a step sees, found again from the step before.
#ifndef NARTHEX_SERVER_PROMQL_BORDER_H_
#define NARTHEX_SERVER_PROMQL_BORDER_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace narthex::promql {

// An index that moves with a border: the first sample behind it. Where samples come as regularly as
// the steps it moves by as much each time, which is what it tries first.
class Border {
 public:
  size_t at() const { return at_; }

  void Advance(std::span<const int64_t> times_ms, int64_t border_ms) {
    const size_t likely = at_ + stride_;
    if (likely < times_ms.size() && times_ms[likely] > border_ms &&
        (likely == 0 || times_ms[likely - 1] <= border_ms)) {
      at_ = likely;
      return;
    }
    const size_t before = at_;
    while (at_ < times_ms.size() && times_ms[at_] <= border_ms) ++at_;
    stride_ = at_ - before;
  }

 private:
  size_t at_ = 0;
  size_t stride_ = 0;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_BORDER_H_
