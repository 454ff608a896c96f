#include "common/cli/service.h"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <chrono>

namespace narthex::cli {
namespace {

constexpr int64_t kHourUs = 3'600'000'000;

int64_t MonotonicUs() {
  using std::chrono::microseconds, std::chrono::duration_cast, std::chrono::steady_clock;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Service::Service() {
  sigemptyset(&signals_);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  // A peer that hangs up must be an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(performance-no-int-to-ptr)
}

void Service::NotifyReady() { sd_notify(0, "READY=1"); }

void Service::Watch(Check check, const Logger& log) {
  watchdog_.emplace(Watchdog{std::move(check), log});
}

// The next signal, or 0 once the monotonic clock says `until_us`.
int Service::WaitForSignal(int64_t until_us) const {
  const int64_t left_us = std::max<int64_t>(until_us - MonotonicUs(), 0);
  const timespec wait{left_us / 1'000'000, (left_us % 1'000'000) * 1000};
  return std::max(sigtimedwait(&signals_, nullptr, &wait), 0);
}

void Service::Beat(Duration patience) const {
  const Status status = watchdog_->check(patience);
  if (status.ok()) {
    sd_notify(0, "WATCHDOG=1");
  } else {
    watchdog_->log.Error("the watchdog is not told that all is well", {{"err", status}});
  }
}

void Service::RunUntilStopped(const std::function<void()>& on_reload) {
  uint64_t watchdog_us = 0;
  const bool watched = watchdog_ && sd_watchdog_enabled(0, &watchdog_us) > 0;
  const int64_t interval_us = watched ? static_cast<int64_t>(watchdog_us / 4) : kHourUs;
  int64_t next_beat_us = MonotonicUs() + interval_us;
  for (;;) {
    if (MonotonicUs() >= next_beat_us) {
      if (watched) Beat(Duration{interval_us / 1000});
      next_beat_us = MonotonicUs() + interval_us;
    }
    const int signal = WaitForSignal(next_beat_us);
    if (signal == SIGTERM || signal == SIGINT) break;
    if (signal != SIGHUP) continue;
    sd_notify(0, "RELOADING=1");
    on_reload();
    sd_notify(0, "READY=1");
  }
  sd_notify(0, "STOPPING=1");
}

}  // namespace narthex::cli
