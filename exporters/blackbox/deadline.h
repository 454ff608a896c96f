// When a probe has to end, whatever it waits for. A probe runs on the fiber of the connection that
// asked for it, and gives way to others wherever it waits.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_DEADLINE_H_
#define NARTHEX_EXPORTERS_BLACKBOX_DEADLINE_H_

#include <cstddef>
#include <cstdint>
#include <functional>

#include "common/clock/clock.h"
#include "common/status/status.h"

namespace narthex::blackbox {

class Deadline {
 public:
  // `abandoned` tells whether nobody wants the result any more; it is asked several times a second.
  Deadline(const Clock& clock, int64_t timeout_ns, std::function<bool()> abandoned);

  int64_t NowNs() const { return clock_.MonotonicNs(); }
  double SecondsSince(int64_t begin_ns) const {
    return static_cast<double>(NowNs() - begin_ns) / 1e9;
  }
  // Rounded up, 0 once it is over.
  int64_t LeftMs() const;
  bool IsOver() const { return NowNs() >= at_ns_; }
  // How long to wait at most before looking at the deadline again.
  int64_t SliceMs() const;

  // One of `count` equal parts of the time that is left.
  Deadline Share(size_t count) const;

  // kTimeout once it is over, kCancelled once nobody wants the result.
  Status Check() const;
  // Waits until PollDescriptors reports any of `events` or a failure of `fd`. kTimeout, kCancelled.
  Status WaitFor(int fd, short events) const;

 private:
  const Clock& clock_;
  const int64_t at_ns_;
  const std::function<bool()> abandoned_;
};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_DEADLINE_H_
