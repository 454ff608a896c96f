// A token bucket: `burst` requests at once, and one more each `interval_ns`.
#ifndef NARTHEX_COMMON_HTTP_SERVER_RATE_LIMIT_H_
#define NARTHEX_COMMON_HTTP_SERVER_RATE_LIMIT_H_

#include <algorithm>
#include <cstdint>
#include <mutex>

namespace narthex {

// Safe from many threads.
class RateLimit {
 public:
  // Both above 0. The bucket is full at first.
  RateLimit(int64_t interval_ns, int64_t burst)
      : interval_ns_(static_cast<double>(interval_ns)),
        burst_(static_cast<double>(burst)),
        tokens_(burst_) {}

  // Whether one more request may pass at `now_ns` of a clock that never goes back.
  bool Take(int64_t now_ns) {
    const std::lock_guard lock(mutex_);
    if (last_ns_ != 0) {
      const auto passed_ns = static_cast<double>(std::max<int64_t>(now_ns - last_ns_, 0));
      tokens_ = std::min(tokens_ + passed_ns / interval_ns_, burst_);
    }
    last_ns_ = now_ns;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  const double interval_ns_;
  const double burst_;
  std::mutex mutex_;
  double tokens_;
  int64_t last_ns_ = 0;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_RATE_LIMIT_H_
