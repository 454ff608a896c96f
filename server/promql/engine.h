// Evaluates PromQL queries over a storage.
//
//   Engine engine(storage, clock, options, threads);
//   ASSIGN_OR_RETURN(const ExprPtr expr, Parse("rate(x[5m])"));
//   Result<QueryResult> result = engine.Range(*expr, {start_ms, step_ms, count}, {});
//
// Semantics follow Prometheus 3: ranges are left-open, lookback five minutes.
#ifndef NARTHEX_SERVER_PROMQL_ENGINE_H_
#define NARTHEX_SERVER_PROMQL_ENGINE_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes/duration.h"
#include "common/clock/clock.h"
#include "common/labels/label_set.h"
#include "common/status/status.h"
#include "server/promql/ast.h"
#include "server/promql/operator.h"
#include "server/promql/worker_pool.h"
#include "server/storage/storage.h"

namespace narthex::promql {

struct EngineOptions {
  Duration lookback = Duration::Seconds(300);
  Duration timeout = Duration::Seconds(120);
  uint64_t max_samples = 50'000'000;  // read by one query
};

struct QueryOptions {
  Duration lookback{0};  // 0: the engine's
  Duration timeout{0};   // 0: the engine's; never above it
};

struct ResultSeries {
  LabelSet labels;
  std::vector<int64_t> timestamps_ms;
  std::vector<double> values;
};

struct QueryResult {
  // kMatrix for a range query. A scalar is one series without labels; a string is in `text`.
  ValueType type = ValueType::kVector;
  std::vector<ResultSeries> series;  // with at least one value each; a matrix is sorted by labels
  std::string text;
};

// Safe from many threads.
class Engine {
 public:
  // `storage` and `clock` outlive the engine.
  Engine(const storage::Storage& storage, const Clock& clock, EngineOptions options,
         size_t threads);

  // Errors: kInvalidArgument (matching, parameters), kTimeout, kLimit, and what storage reports.
  Result<QueryResult> Instant(const Expr& expr, int64_t time_ms, QueryOptions options) const;
  // For scalars and instant vectors.
  Result<QueryResult> Range(const Expr& expr, const Steps& steps, QueryOptions options) const;

  // Ends the queries under way, and those that come, with kCancelled.
  void Stop() { stopping_ = true; }

 private:
  Result<QueryResult> Evaluate(const Expr& expr, const Steps& steps, QueryOptions options,
                               ValueType type) const;

  const storage::Storage& storage_;
  const Clock& clock_;
  const EngineOptions options_;
  std::atomic<bool> stopping_{false};
  mutable WorkerPool workers_;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_ENGINE_H_
