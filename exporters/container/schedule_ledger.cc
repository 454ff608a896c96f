#include "exporters/container/schedule_ledger.h"

#include "exporters/kit/text_fields.h"

namespace narthex::exporters {

ScheduleTimes& ScheduleTimes::operator+=(const ScheduleTimes& more) {
  running_ns += more.running_ns;
  waiting_ns += more.waiting_ns;
  runs += more.runs;
  return *this;
}

std::optional<ScheduleTimes> ParseProcessSchedule(std::string_view text) {
  FieldReader fields(text);
  const auto running = fields.NextUnsigned();
  const auto waiting = fields.NextUnsigned();
  const auto runs = fields.NextUnsigned();
  if (!running || !waiting || !runs) return std::nullopt;
  return ScheduleTimes{*running, *waiting, *runs};
}

ScheduleTimes ScheduleLedger::Enter(const std::string& container,
                                    const std::map<uint32_t, ScheduleTimes>& processes) {
  const std::lock_guard lock(mutex_);
  Account& account = accounts_[container];
  for (const auto& [process, times] : account.alive) {
    const auto now = processes.find(process);
    // One that ran for less than before is another, with the same number.
    if (now == processes.end() || now->second.running_ns < times.running_ns) account.ended += times;
  }
  account.alive = processes;
  ScheduleTimes sum = account.ended;
  for (const auto& [process, times] : processes) sum += times;
  return sum;
}

void ScheduleLedger::Keep(const std::set<std::string_view>& containers) {
  const std::lock_guard lock(mutex_);
  std::erase_if(accounts_, [&](const auto& entry) { return !containers.contains(entry.first); });
}

}  // namespace narthex::exporters
