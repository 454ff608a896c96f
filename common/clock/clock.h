// Time as it is passed in, so that a test brings its own.
#ifndef NARTHEX_COMMON_CLOCK_CLOCK_H_
#define NARTHEX_COMMON_CLOCK_CLOCK_H_

#include <atomic>
#include <cstdint>

namespace narthex {

// Safe to use from many threads.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual int64_t NowMs() const = 0;        // Unix time in milliseconds; may jump
  virtual int64_t MonotonicNs() const = 0;  // nanoseconds since some start; never goes back
};

class SystemClock : public Clock {
 public:
  int64_t NowMs() const override;
  int64_t MonotonicNs() const override;
};

// Stands still until told.
class ManualClock : public Clock {
 public:
  explicit ManualClock(int64_t now_ms) : now_ms_(now_ms) {}

  int64_t NowMs() const override { return now_ms_; }
  int64_t MonotonicNs() const override { return now_ms_ * 1'000'000; }
  void Advance(int64_t ms) { now_ms_ += ms; }

 private:
  std::atomic<int64_t> now_ms_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_CLOCK_CLOCK_H_
