#include "server/tsdb/newest_times.h"

#include <algorithm>

#include "server/tsdb/ref_table.h"

namespace narthex::tsdb {

using storage::SeriesRef;

bool RefTimes::Raise(SeriesRef ref, int64_t timestamp_ms) {
  if (!RefTable::CanHold(ref)) return false;
  last_ref_ = std::max(last_ref_, ref);
  if (ref / kPageRefs != recent_number_) {
    recent_number_ = ref / kPageRefs;
    std::unique_ptr<Page>& page = pages_[recent_number_];
    if (page == nullptr) {
      page = std::make_unique<Page>();
      page->fill(storage::kMinTime);
    }
    recent_ = page.get();
  }
  int64_t& newest_ms = (*recent_)[ref % kPageRefs];
  if (timestamp_ms <= newest_ms) return false;
  newest_ms = timestamp_ms;
  return true;
}

int64_t RefTimes::Of(SeriesRef ref) const {
  const auto page = pages_.find(ref / kPageRefs);
  return page == pages_.end() ? storage::kMinTime : (*page->second)[ref % kPageRefs];
}

AppendOutcome NewestTimes::Check(SeriesRef ref, int64_t timestamp_ms) const {
  const std::lock_guard lock(mutex_);
  const int64_t newest_ms = times_.Of(ref);
  if (timestamp_ms > newest_ms) return AppendOutcome::kAppended;
  return timestamp_ms == newest_ms ? AppendOutcome::kSame : AppendOutcome::kOutOfOrder;
}

bool NewestTimes::Raise(SeriesRef ref, int64_t timestamp_ms) {
  const std::lock_guard lock(mutex_);
  return times_.Raise(ref, timestamp_ms);
}

}  // namespace narthex::tsdb
