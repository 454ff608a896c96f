#include "server/promql/engine.h"

#include <algorithm>
#include <cassert>

#include "server/promql/compile.h"

namespace narthex::promql {
namespace {

// The oldest and newest sample that an expression may look at.
struct TimeRange {
  int64_t min_ms = storage::kMaxTime;
  int64_t max_ms = storage::kMinTime;
};

void Widen(const Expr& expr, const Steps& steps, int64_t lookback_ms, TimeRange& range) {
  if (const auto* selector = std::get_if<Selector>(&expr.node)) {
    const int64_t reach_ms = selector->range_ms.value_or(lookback_ms);
    range.min_ms = std::min(range.min_ms, steps.start_ms - selector->offset_ms - reach_ms + 1);
    range.max_ms = std::max(range.max_ms, steps.end_ms() - selector->offset_ms);
  } else if (const auto* call = std::get_if<Call>(&expr.node)) {
    for (const ExprPtr& argument : call->arguments) Widen(*argument, steps, lookback_ms, range);
  } else if (const auto* aggregate = std::get_if<Aggregate>(&expr.node)) {
    Widen(*aggregate->argument, steps, lookback_ms, range);
    if (aggregate->parameter) Widen(*aggregate->parameter, steps, lookback_ms, range);
  } else if (const auto* binary = std::get_if<Binary>(&expr.node)) {
    Widen(*binary->left, steps, lookback_ms, range);
    Widen(*binary->right, steps, lookback_ms, range);
  } else if (const auto* negate = std::get_if<Negate>(&expr.node)) {
    Widen(*negate->argument, steps, lookback_ms, range);
  }
}

// Opens the operators of an expression and collects what they give.
Status Collect(QueryContext& context, const Expr& expr, QueryResult& result) {
  const OperatorPtr root = Compile(context, expr);
  ASSIGN_OR_RETURN(std::vector<LabelSet> series, root->Open());
  Column column;
  for (LabelSet& labels : series) {
    RETURN_IF_ERROR(context.control.CheckDeadline(context.clock.MonotonicNs()));
    RETURN_IF_ERROR(root->Next(column));
    ResultSeries one;
    for (size_t step = 0; step < column.steps(); ++step) {
      if (column.present[step] == 0) continue;
      one.timestamps_ms.push_back(context.steps.time_ms(step));
      one.values.push_back(column.values[step]);
    }
    if (one.values.empty()) continue;
    one.labels = std::move(labels);
    result.series.push_back(std::move(one));
  }
  return {};
}

// A range selector by itself: the raw samples of each series.
Status CollectRaw(QueryContext& context, const Selector& selector, QueryResult& result) {
  ASSIGN_OR_RETURN(const auto set, context.querier.Select(selector.matchers));
  const int64_t end_ms = context.steps.start_ms - selector.offset_ms;
  storage::SampleColumns samples;
  for (size_t i = 0; i < set->size(); ++i) {
    RETURN_IF_ERROR(context.control.CheckDeadline(context.clock.MonotonicNs()));
    RETURN_IF_ERROR(set->Read(i, samples));
    RETURN_IF_ERROR(context.control.AddSamples(samples.size()));
    ResultSeries one{set->labels(i), {}, {}};
    for (size_t k = 0; k < samples.size(); ++k) {
      const bool inside = samples.timestamps_ms[k] > end_ms - *selector.range_ms &&
                          samples.timestamps_ms[k] <= end_ms;
      if (!inside || storage::IsStaleNaN(samples.values[k])) continue;
      one.timestamps_ms.push_back(samples.timestamps_ms[k]);
      one.values.push_back(samples.values[k]);
    }
    if (!one.values.empty()) result.series.push_back(std::move(one));
  }
  return {};
}

void SortByLabels(std::vector<ResultSeries>& series) {
  std::sort(series.begin(), series.end(),
            [](const ResultSeries& a, const ResultSeries& b) { return a.labels < b.labels; });
}

}  // namespace

Engine::Engine(const storage::Storage& storage, const Clock& clock, EngineOptions options,
               size_t threads)
    : storage_(storage),
      clock_(clock),
      options_(options),
      workers_(threads > 0 ? threads - 1 : 0) {}

Result<QueryResult> Engine::Instant(const Expr& expr, int64_t time_ms, QueryOptions options) const {
  return Evaluate(expr, {time_ms, 1, 1}, options, expr.type);
}

Result<QueryResult> Engine::Range(const Expr& expr, const Steps& steps,
                                  QueryOptions options) const {
  assert(expr.type == ValueType::kVector || expr.type == ValueType::kScalar);
  return Evaluate(expr, steps, options, ValueType::kMatrix);
}

Result<QueryResult> Engine::Evaluate(const Expr& expr, const Steps& steps, QueryOptions options,
                                     ValueType type) const {
  QueryResult result;
  result.type = type;
  if (const auto* text = std::get_if<StringLiteral>(&expr.node)) {
    result.text = text->value;
    return result;
  }
  const int64_t lookback_ms = options.lookback.ms > 0 ? options.lookback.ms : options_.lookback.ms;
  int64_t timeout_ms = options_.timeout.ms;
  if (options.timeout.ms > 0) timeout_ms = std::min(timeout_ms, options.timeout.ms);
  TimeRange range;
  Widen(expr, steps, lookback_ms, range);
  const auto querier = storage_.NewQuerier(range.min_ms, range.max_ms);
  QueryControl control(clock_.MonotonicNs() + timeout_ms * 1'000'000, options_.max_samples,
                       stopping_);
  QueryContext context{*querier, steps, lookback_ms, clock_, control, workers_};
  const auto* selector = std::get_if<Selector>(&expr.node);
  const bool raw = selector != nullptr && selector->range_ms.has_value();
  RETURN_IF_ERROR(raw ? CollectRaw(context, *selector, result) : Collect(context, expr, result));
  if (result.type == ValueType::kMatrix) SortByLabels(result.series);
  return result;
}

}  // namespace narthex::promql
