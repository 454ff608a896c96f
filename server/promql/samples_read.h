// Samples that a query reads, each counted once: where windows overlap, at the first step that has
// it in its window; what a subquery reads, at the first step around it that sees what came of it.
#ifndef NARTHEX_SERVER_PROMQL_SAMPLES_READ_H_
#define NARTHEX_SERVER_PROMQL_SAMPLES_READ_H_

#include <cstdint>
#include <deque>
#include <vector>

#include "server/promql/operator.h"

namespace narthex::promql {

// What is read below one set of steps: the query's, those of a subquery, or the only step of what
// does not depend on steps. On the query's own thread.
class ReadScope {
 public:
  // Of a query.
  ReadScope(const Steps& steps, bool by_step) : steps_(steps) {
    if (by_step) at_step_.resize(steps.count);
  }
  // Of a part that is evaluated at one step for all of `around`.
  explicit ReadScope(ReadScope& around)
      : steps_{around.steps_.start_ms, around.steps_.interval_ms, 1}, around_(&around) {}
  // Of a subquery. Each step of `around` sees what lies in (time - range, time] once its offset is
  // added; with a range of 0, everything.
  ReadScope(ReadScope& around, const Steps& steps, int64_t offset_ms, int64_t range_ms)
      : steps_(steps), around_(&around), offset_ms_(offset_ms), range_ms_(range_ms) {
    if (around.steps_.count > 1) at_step_.resize(steps.count);
  }

  // Whether counts of each step are wanted.
  bool by_step() const { return !at_step_.empty(); }
  // `at_step` is as long as the steps, or empty where by_step() is false.
  void Count(uint64_t total, const std::vector<uint64_t>& at_step);
  // Hands what was counted to the scope around, once nothing more comes.
  void HandOn() const;

  uint64_t total() const { return total_; }
  const std::vector<uint64_t>& at_step() const { return at_step_; }

 private:
  void CountAt(size_t step, uint64_t count);

  const Steps steps_;
  ReadScope* const around_ = nullptr;
  const int64_t offset_ms_ = 0;
  const int64_t range_ms_ = 0;
  uint64_t total_ = 0;
  std::vector<uint64_t> at_step_;
};

// The scopes of a query, those around before those within.
using ReadScopes = std::deque<ReadScope>;

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SAMPLES_READ_H_
