#include "exporters/container/start_times.h"

#include <unistd.h>

#include "exporters/kit/process_stat.h"

namespace narthex::exporters {

int64_t StartTimes::Of(const std::string& container, uint32_t process, const Directory& proc,
                       int64_t booted_s) {
  if (process == 0 || booted_s == 0) return 0;
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[container];
  if (entry.process == process) return entry.started_s;
  const auto text = proc.Read(std::to_string(process) + "/stat");
  if (!text.ok()) return 0;
  const auto stat = ParseProcessStat(*text);
  if (!stat.ok()) return 0;
  static const auto kTicks = static_cast<uint64_t>(::sysconf(_SC_CLK_TCK));
  entry = {process, booted_s + static_cast<int64_t>(stat->start_ticks / kTicks)};
  return entry.started_s;
}

void StartTimes::Keep(const std::set<std::string_view>& containers) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) { return !containers.contains(entry.first); });
}

}  // namespace narthex::exporters
