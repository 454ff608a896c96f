// Times that the kernel tells of processes alone, kept for those that have ended, so that the sums
// over the processes of a container only grow.
#ifndef NARTHEX_EXPORTERS_CONTAINER_SCHEDULE_LEDGER_H_
#define NARTHEX_EXPORTERS_CONTAINER_SCHEDULE_LEDGER_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace narthex::exporters {

// /proc/PID/schedstat, see the kernel's Documentation/scheduler/sched-stats.rst: nanoseconds on a
// CPU, nanoseconds on a run queue, and how often it ran.
struct ScheduleTimes {
  uint64_t running_ns = 0;
  uint64_t waiting_ns = 0;
  uint64_t runs = 0;

  ScheduleTimes& operator+=(const ScheduleTimes& more);
};
std::optional<ScheduleTimes> ParseProcessSchedule(std::string_view text);

// Safe from several threads.
class ScheduleLedger {
 public:
  // What the container's processes have now; gives the sums with all that were seen before.
  ScheduleTimes Enter(const std::string& container,
                      const std::map<uint32_t, ScheduleTimes>& processes);
  // Forgets all containers but these.
  void Keep(const std::set<std::string_view>& containers);

 private:
  struct Account {
    ScheduleTimes ended;
    std::map<uint32_t, ScheduleTimes> alive;
  };

  std::mutex mutex_;
  std::map<std::string, Account, std::less<>> accounts_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_SCHEDULE_LEDGER_H_
