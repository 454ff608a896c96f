#include "exporters/blackbox/deadline.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/io_loop/fibers.h"

namespace narthex::blackbox {
namespace {

constexpr int64_t kSliceMs = 250;
constexpr int64_t kNsPerMs = 1'000'000;

}  // namespace

Deadline::Deadline(const Clock& clock, int64_t timeout_ns, std::function<bool()> abandoned)
    : clock_(clock), at_ns_(clock.MonotonicNs() + timeout_ns), abandoned_(std::move(abandoned)) {}

int64_t Deadline::LeftMs() const {
  return std::max<int64_t>((at_ns_ - NowNs() + kNsPerMs - 1) / kNsPerMs, 0);
}

Deadline Deadline::Share(size_t count) const {
  return {clock_, std::max<int64_t>(at_ns_ - NowNs(), 0) / static_cast<int64_t>(count), abandoned_};
}

int64_t Deadline::SliceMs() const { return std::min(LeftMs(), kSliceMs); }

Status Deadline::Check() const {
  if (IsOver()) return Timeout("the time for the probe is over");
  if (abandoned_ && abandoned_()) return Cancelled("nobody waits for the result any more");
  return {};
}

Status Deadline::WaitFor(int fd, short events) const {
  for (;;) {
    if (IsOver()) return Timeout("the time for the probe is over");
    pollfd waited{fd, events, 0};
    const int count = PollDescriptors(&waited, 1, static_cast<int>(SliceMs()));
    if (count > 0) return {};
    if (count < 0 && errno != EINTR) return ErrnoStatus("poll", errno);
    RETURN_IF_ERROR(Check());
  }
}

}  // namespace narthex::blackbox
