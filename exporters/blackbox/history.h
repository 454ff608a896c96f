// The last probes, with what they said and measured. Failures are kept longer than successes.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_HISTORY_H_
#define NARTHEX_EXPORTERS_BLACKBOX_HISTORY_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "exporters/blackbox/probe_runner.h"

namespace narthex::blackbox {

struct HistoryEntry {
  int64_t id = 0;
  ProbeResult result;
};

// Safe from many threads.
class History {
 public:
  using Entry = std::shared_ptr<const HistoryEntry>;

  // Keeps `limit` results, and beyond them as many failures.
  explicit History(size_t limit) : limit_(limit) {}

  void Add(ProbeResult result);

  std::vector<Entry> NewestFirst() const;
  Entry Find(int64_t id) const;  // null where it is not kept
  // The newest of a target, and of a module where it is not empty.
  Entry FindTarget(std::string_view target, std::string_view module) const;

 private:
  const size_t limit_;
  mutable std::mutex mutex_;
  int64_t next_id_ = 0;
  std::deque<Entry> last_, failures_;  // oldest first; a failure moves from one to the other
};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_HISTORY_H_
