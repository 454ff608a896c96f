#include "server/promql/query_context.h"

#include <fmt/format.h>

namespace narthex::promql {

void QueryControl::Raise(std::atomic<uint64_t>& peak, uint64_t value) {
  uint64_t seen = peak.load(std::memory_order_relaxed);
  while (seen < value && !peak.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

Status QueryControl::HoldSamples(uint64_t count, uint64_t passing) {
  const uint64_t held = samples_.fetch_add(count, std::memory_order_relaxed) + count + passing;
  Raise(peak_samples_, held);
  if (held <= limits_.max_samples) return {};
  return LimitReached(
      fmt::format("query processing would load too many samples into memory in expression "
                  "evaluation: {} samples, {} allowed",
                  held, limits_.max_samples));
}

Status QueryControl::HoldBytes(uint64_t bytes) {
  const uint64_t held = bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  Raise(peak_bytes_, held);
  if (limits_.max_bytes == 0 || held <= limits_.max_bytes) return {};
  return LimitReached(
      fmt::format("query holds too much memory: {} bytes, {} allowed", held, limits_.max_bytes));
}

Status QueryControl::Check() const {
  if (stopping_) return Cancelled("the server is stopping");
  if (cancelled_) return Cancelled("query was canceled in expression evaluation");
  if (clock_.MonotonicNs() < limits_.deadline_ns) return {};
  return Timeout("query timed out in expression evaluation");
}

const storage::Querier& QueryContext::QuerierFor(int64_t min_ms, int64_t max_ms) {
  auto& querier = queriers_[{min_ms, max_ms}];
  if (!querier) querier = storage_.NewQuerier(min_ms, max_ms);
  return *querier;
}

void QueryContext::DropName(SeriesHead& head) const {
  if (features.delayed_name_removal) {
    head.drop_name = true;
  } else {
    head.labels = WithoutName(head.labels);
  }
}

OperatorPtr QueryContext::AfterDropping(OperatorPtr input) const {
  return features.delayed_name_removal ? std::move(input) : DistinctSeries(std::move(input));
}

}  // namespace narthex::promql
