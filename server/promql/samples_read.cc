#include "server/promql/samples_read.h"

#include <algorithm>

namespace narthex::promql {

void ReadScope::Count(uint64_t total, const std::vector<uint64_t>& at_step) {
  total_ += total;
  for (size_t step = 0; step < at_step_.size(); ++step) at_step_[step] += at_step[step];
}

void ReadScope::CountAt(size_t step, uint64_t count) {
  total_ += count;
  if (by_step()) at_step_[step] += count;
}

void ReadScope::HandOn() const {
  if (around_ == nullptr) return;
  if (!by_step()) return around_->CountAt(0, total_);
  const Steps& outer = around_->steps_;
  for (size_t step = 0; step < at_step_.size(); ++step) {
    if (at_step_[step] == 0) continue;
    const int64_t time_ms = steps_.time_ms(step) + offset_ms_;
    const int64_t behind_ms = std::max<int64_t>(0, time_ms - outer.start_ms);
    const auto first = static_cast<size_t>((behind_ms + outer.interval_ms - 1) / outer.interval_ms);
    const size_t user = std::min(first, outer.count - 1);
    const bool between = range_ms_ > 0 && time_ms <= outer.time_ms(user) - range_ms_;
    if (!between) around_->CountAt(user, at_step_[step]);
  }
}

}  // namespace narthex::promql
