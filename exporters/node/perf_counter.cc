#include "exporters/node/perf_counter.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace narthex::exporters {
namespace {

Status Failure(int error) {
  switch (error) {
    case ENOENT:
    case EOPNOTSUPP:
    case ENOSYS:
      return NoData("the machine does not count this event");
    case EACCES:
    case EPERM:
      return Unavailable(
          "counting is not allowed; it needs CAP_PERFMON, or kernel.perf_event_paranoid at 0");
    case ENODEV:
    case EINVAL:
      return Unavailable("the CPU is absent or off");
    default:
      return Unavailable("perf_event_open: ", std::strerror(error));
  }
}

}  // namespace

Result<PerfCounter> PerfCounter::Open(const PerfEvent& event, int cpu) {
  perf_event_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.type = event.type;
  attributes.config = event.config;
  attributes.exclude_hv = 1;
  constexpr pid_t kAllProcesses = -1;
  constexpr int kNoGroup = -1;
  Descriptor opened(static_cast<int>(::syscall(SYS_perf_event_open, &attributes, kAllProcesses, cpu,
                                               kNoGroup, PERF_FLAG_FD_CLOEXEC)));
  if (!opened.ok()) return Failure(errno);
  return PerfCounter(std::move(opened));
}

Result<uint64_t> PerfCounter::Read() const {
  uint64_t value = 0;
  const ssize_t got = ::read(event_.get(), &value, sizeof(value));
  if (got < 0) return Unavailable("read: ", std::strerror(errno));
  if (got != sizeof(value)) return Unavailable("the event does not count any more");
  return value;
}

}  // namespace narthex::exporters
