// Evaluates PromQL queries over a storage.
//
//   Engine engine(storage, clock, options, threads);
//   ASSIGN_OR_RETURN(const ExprPtr expr, Parse("rate(x[5m])"));
//   Result<QueryResult> result = engine.Range(*expr, {start_ms, step_ms, count}, {});
//
// Semantics follow Prometheus 3.14: ranges are left-open, lookback five minutes.
#ifndef NARTHEX_SERVER_PROMQL_ENGINE_H_
#define NARTHEX_SERVER_PROMQL_ENGINE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/bytes/duration.h"
#include "common/clock/clock.h"
#include "common/labels/label_set.h"
#include "common/status/status.h"
#include "server/promql/active_queries.h"
#include "server/promql/ast.h"
#include "server/promql/parser.h"
#include "server/promql/query_context.h"
#include "server/promql/worker_pool.h"
#include "server/storage/storage.h"

namespace narthex::promql {

struct EngineOptions {
  Duration lookback = Duration::Seconds(300);
  Duration timeout = Duration::Seconds(120);
  uint64_t max_samples = 50'000'000;  // held by one query at a time
  uint64_t max_bytes = 0;             // held by the operators of one query; 0: no limit
  Duration default_subquery_step = Duration::Seconds(60);
  EngineFeatures features;
  ParserOptions parser;         // for those who parse what this engine is to evaluate
  size_t max_concurrency = 20;  // queries that run at once; more wait
  bool per_step_stats = false;  // promql-per-step-stats: QueryOptions may ask for them
  // Hears of each query that has ended, on its thread.
  std::function<void(const QueryIdentity&, const QueryStats&, const Status&)> ended;
};

struct QueryOptions {
  Duration lookback{0};  // 0: the engine's
  Duration timeout{0};   // 0: the engine's; never above it
  // The query's text, which places in annotations refer to.
  std::string text;
  QueryOrigin origin;
  std::function<bool()> abandoned;  // whether nobody waits for the result any more; may be empty
  bool exact_stats = false;  // count samples as the reference does, at the cost of looking at all
  bool per_step_stats = false;  // of each step, where the engine is allowed to
  bool explain = false;
};

struct ResultSeries {
  LabelSet labels;
  std::vector<int64_t> timestamps_ms;
  std::vector<double> values;
  // Empty where all values are floats; else null at those that are.
  std::vector<storage::HistogramPtr> histograms;
};

struct QueryResult {
  // kMatrix for a range query. A scalar is one series without labels; a string is in `text`.
  ValueType type = ValueType::kVector;
  std::vector<ResultSeries> series;  // with at least one value each; a matrix is sorted by labels
  std::string text;
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
  QueryStats stats;
  std::shared_ptr<const ExplainNode> explained;  // null unless asked for
};

// Safe from many threads.
class Engine {
 public:
  // `storage` and `clock` outlive the engine.
  Engine(const storage::Storage& storage, const Clock& clock, EngineOptions options,
         size_t threads);

  // Errors: kInvalidArgument (matching, parameters), kTimeout, kLimit, and what storage reports.
  Result<QueryResult> Instant(const Expr& expr, int64_t time_ms, const QueryOptions& options) const;
  // For scalars and instant vectors. `end_ms` is what end() says; by default the last step.
  Result<QueryResult> Range(const Expr& expr, const Steps& steps,
                            const QueryOptions& options) const;
  Result<QueryResult> Range(const Expr& expr, const Steps& steps, int64_t end_ms,
                            const QueryOptions& options) const;

  const ParserOptions& parser_options() const { return options_.parser; }

  ActiveQueries& active() const { return active_; }
  // For those who have work with results that can be shared out, as its own is.
  WorkerPool& workers() const { return workers_; }

  // Ends the queries under way, and those that come, with kCancelled.
  void Stop() { stopping_ = true; }

 private:
  // What to evaluate, as the two ways to ask have it in common.
  struct Question {
    const Expr& expr;
    Steps steps;
    int64_t end_ms;
    ValueType type;  // of the result
  };
  Result<QueryResult> Answer(const Question& question, const QueryOptions& options) const;
  Status Evaluate(const Question& question, const QueryOptions& options, QueryContext& context,
                  QueryResult& result) const;

  const storage::Storage& storage_;
  const Clock& clock_;
  const EngineOptions options_;
  std::atomic<bool> stopping_{false};
  mutable WorkerPool workers_;
  mutable ActiveQueries active_;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_ENGINE_H_
