#include "common/clock/clock.h"

#include <ctime>

namespace narthex {
namespace {

int64_t ReadNs(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

int64_t SystemClock::NowMs() const { return ReadNs(CLOCK_REALTIME) / 1'000'000; }
int64_t SystemClock::MonotonicNs() const { return ReadNs(CLOCK_MONOTONIC); }

}  // namespace narthex
