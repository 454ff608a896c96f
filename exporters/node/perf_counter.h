// Counters of the kernel's performance events, see perf_event_open(2).
#ifndef NARTHEX_EXPORTERS_NODE_PERF_COUNTER_H_
#define NARTHEX_EXPORTERS_NODE_PERF_COUNTER_H_

#include <cstdint>
#include <string>
#include <utility>

#include "common/fs/descriptor.h"
#include "common/status/status.h"

namespace narthex::exporters {

// What is counted: `type` is PERF_TYPE_*, `config` depends on it.
struct PerfEvent {
  uint32_t type;
  uint64_t config;
};

// Counts an event of all processes on one CPU, from its opening to its end. Read() is safe from
// several threads.
class PerfCounter {
 public:
  // kNoData: the machine does not count this event. kUnavailable: it is not allowed, or the CPU is
  // not there.
  static Result<PerfCounter> Open(const PerfEvent& event, int cpu);

  // As counted: where the CPU had to share its counters out, less than happened.
  Result<uint64_t> Read() const;

 private:
  explicit PerfCounter(Descriptor event) : event_(std::move(event)) {}

  Descriptor event_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_PERF_COUNTER_H_
