// What the operators of one query share.
#ifndef NARTHEX_SERVER_PROMQL_QUERY_CONTEXT_H_
#define NARTHEX_SERVER_PROMQL_QUERY_CONTEXT_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "common/clock/clock.h"
#include "server/promql/annotations.h"
#include "server/promql/explain.h"
#include "server/promql/operator.h"
#include "server/promql/query_stats.h"
#include "server/promql/samples_read.h"
#include "server/promql/worker_pool.h"
#include "server/storage/storage.h"

namespace narthex::promql {

class SharedParts;

// Semantics that the reference keeps behind --enable-feature.
struct EngineFeatures {
  bool delayed_name_removal = false;  // promql-delayed-name-removal
  bool start_timestamps = false;      // use-start-timestamps: rate and its like look at them
  bool type_and_unit_labels = false;  // type-and-unit-labels
};

// Why a query must stop, asked for between pieces of work, and what it has cost so far. Safe from
// many threads.
class QueryControl {
 public:
  struct Limits {
    int64_t deadline_ns = 0;
    uint64_t max_samples = 0;
    uint64_t max_bytes = 0;  // 0: no limit
                             // Whether the one who asked is gone; asked every few milliseconds, on
                             // any thread, one at a
    // time. Empty: he waits.
    std::function<bool()> abandoned;
  };
  // `stopping` ends the query when it becomes true; it outlives the control.
  QueryControl(Limits limits, const Clock& clock, const std::atomic<bool>& stopping)
      : limits_(std::move(limits)), clock_(clock), stopping_(stopping) {}

  // Counts samples that the query holds; kLimit beyond its budget. What is only looked at counts
  // while it is: `passing` of them at the moment.
  Status HoldSamples(uint64_t count, uint64_t passing = 0);
  // kLimit where so many samples, of a series with one at each step say, are beyond the budget.
  Status CheckSamples(uint64_t samples) const;
  // Counts bytes of columns that operators keep until the query ends or ReleaseBytes().
  Status HoldBytes(uint64_t bytes);
  void ReleaseBytes(uint64_t bytes) { bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

  // kTimeout, kCancelled.
  Status Check();
  // Ends the query with kCancelled at its next check.
  void Cancel() { cancelled_ = true; }

  uint64_t samples() const { return samples_; }
  uint64_t bytes() const { return bytes_; }
  uint64_t peak_samples() const { return peak_samples_; }
  uint64_t peak_bytes() const { return peak_bytes_; }

 private:
  static void Raise(std::atomic<uint64_t>& peak, uint64_t value);

  const Limits limits_;
  const Clock& clock_;
  const std::atomic<bool>& stopping_;
  std::atomic<bool> cancelled_{false};
  std::atomic<uint64_t> samples_{0};
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> peak_samples_{0};
  std::atomic<uint64_t> peak_bytes_{0};
  std::atomic<int64_t> next_look_ns_{0};  // when to ask again whether the query is abandoned
};

// Columns of so many series are given between two checks whether to go on; what makes them checks
// itself, where it takes longer.
inline constexpr size_t kSeriesBetweenChecks = 16;

// How the samples at which an operator looks count for QueryStats.
struct SampleCounting {
  enum class How : unsigned char {
    kAtStep,
    kAtEveryStep,  // evaluated once, for all steps
    kNot,          // within a subquery, whose results count instead
  };
  How how = How::kAtStep;
  uint64_t times = 1;  // of kAtEveryStep: how often at each step
};

// Outlives the operators of its query. One thread compiles and drains operators; leaf work runs on
// the pool.
class QueryContext {
 public:
  QueryContext(const storage::Storage& storage, WorkerPool& workers, QueryControl& control)
      : storage_(storage), workers_(workers), control_(control) {}

  // Shared by the selectors of one time range.
  const storage::Querier& QuerierFor(int64_t min_ms, int64_t max_ms);

  WorkerPool& workers() const { return workers_; }
  QueryControl& control() const { return control_; }
  Annotations& annotations() { return annotations_; }

  // Counts samples that an operator looked at: `at_step` of each of its steps where per-step counts
  // are wanted. On the query's own thread.
  void CountSamples(SampleCounting how, uint64_t total, const std::vector<uint64_t>& at_step);

  // Sums up what was read, once the query has ended.
  void FinishReads();

  QueryStats stats;
  size_t step_count = 1;  // of the query
  // Of the operators that are being compiled.
  SampleCounting counting;
  ReadScope* reading = nullptr;  // one of read_scopes
  ReadScopes read_scopes;
  ExplainTree* explain = nullptr;  // null unless wanted
  SharedParts* shared = nullptr;   // null where nothing may be shared
  // Evaluate even what cannot be part of the result, as the reference does: so that samples are
  // counted alike.
  bool exhaustive = false;

  int64_t lookback_ms = 0;
  int64_t default_subquery_step_ms = 60'000;
  EngineFeatures features;

  // Marks that a series is no longer what its name says: takes the name, now or at the end.
  void DropName(SeriesHead& head) const;
  // Takes care of label sets that became equal when names went: DistinctSeries(), unless that waits
  // until the end.
  OperatorPtr AfterDropping(OperatorPtr input) const;

 private:
  const storage::Storage& storage_;
  WorkerPool& workers_;
  QueryControl& control_;
  Annotations annotations_;
  std::map<std::pair<int64_t, int64_t>, std::unique_ptr<storage::Querier>> queriers_;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_QUERY_CONTEXT_H_
