#include "server/promql/query_context.h"

#include <fmt/format.h>

#include <algorithm>

namespace narthex::promql {

void QueryControl::Raise(std::atomic<uint64_t>& peak, uint64_t value) {
  uint64_t seen = peak.load(std::memory_order_relaxed);
  while (seen < value && !peak.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

Status QueryControl::HoldSamples(uint64_t count, uint64_t passing) {
  const uint64_t held = samples_.fetch_add(count, std::memory_order_relaxed) + count + passing;
  Raise(peak_samples_, held);
  return CheckSamples(held);
}

Status QueryControl::CheckSamples(uint64_t samples) const {
  if (samples <= limits_.max_samples) return {};
  return LimitReached(
      fmt::format("query processing would load too many samples into memory in expression "
                  "evaluation: {} samples, {} allowed",
                  samples, limits_.max_samples));
}

Status QueryControl::HoldBytes(uint64_t bytes) {
  const uint64_t held = bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  Raise(peak_bytes_, held);
  if (limits_.max_bytes == 0 || held <= limits_.max_bytes) return {};
  return LimitReached(
      fmt::format("query holds too much memory: {} bytes, {} allowed", held, limits_.max_bytes));
}

Status QueryControl::Check() {
  constexpr int64_t kBetweenLooksNs = 10'000'000;
  if (stopping_) return Cancelled("the server is stopping");
  if (cancelled_) return Cancelled("query was canceled in expression evaluation");
  const int64_t now_ns = clock_.MonotonicNs();
  int64_t next_look_ns = next_look_ns_;
  if (limits_.abandoned && now_ns >= next_look_ns &&
      next_look_ns_.compare_exchange_strong(next_look_ns, now_ns + kBetweenLooksNs)) {
    if (limits_.abandoned()) return Cancelled("the client has gone before the query was evaluated");
  }
  if (now_ns < limits_.deadline_ns) return {};
  return Timeout("query timed out in expression evaluation");
}

const storage::Querier& QueryContext::QuerierFor(int64_t min_ms, int64_t max_ms) {
  auto& querier = queriers_[{min_ms, max_ms}];
  if (!querier) querier = storage_.NewQuerier(min_ms, max_ms);
  return *querier;
}

void QueryContext::CountSamples(SampleCounting how, uint64_t total,
                                const std::vector<uint64_t>& at_step) {
  if (how.how == SampleCounting::How::kNot) return;
  std::vector<uint64_t>& steps = stats.samples_at_step;
  if (how.how == SampleCounting::How::kAtStep) {
    stats.total_samples += total;
    for (size_t step = 0; step < steps.size() && step < at_step.size(); ++step)
      steps[step] += at_step[step];
    return;
  }
  stats.total_samples += total * how.times * step_count;
  for (uint64_t& step : steps) step += total * how.times;
}

void QueryContext::FinishReads() {
  if (read_scopes.empty()) return;
  std::for_each(read_scopes.rbegin(), read_scopes.rend(),
                [](const ReadScope& scope) { scope.HandOn(); });
  stats.samples_read = read_scopes.front().total();
  stats.read_at_step = read_scopes.front().at_step();
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
