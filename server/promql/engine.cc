#include "server/promql/engine.h"

#include <algorithm>
#include <cassert>

#include "server/promql/compile.h"
#include "server/promql/dense_loops.h"
#include "server/promql/interpolate.h"
#include "server/promql/prepare.h"
#include "server/promql/shared_parts.h"

namespace narthex::promql {
namespace {

void Append(ResultSeries& series, int64_t time_ms, const Value& value) {
  series.timestamps_ms.push_back(time_ms);
  if (value.histogram) series.histograms.resize(series.values.size());
  series.values.push_back(value.histogram ? value.histogram->sum : value.value);
  if (value.histogram || !series.histograms.empty()) series.histograms.push_back(value.histogram);
}

double SecondsSince(int64_t begin_ns, const Clock& clock) {
  return static_cast<double>(clock.MonotonicNs() - begin_ns) / 1e9;
}

// The points of a column. `times_ms` are those of the steps.
ResultSeries PointsOf(const Column& column, const std::vector<int64_t>& times_ms) {
  ResultSeries points;
  const std::span<const uint8_t> present = column.present;
  points.timestamps_ms.reserve(column.steps() - CountEqual(present, Column::kAbsent));
  points.values.reserve(points.timestamps_ms.capacity());
  for (size_t step = 0; step < column.steps();) {
    const size_t end = EndOfRun(present, step);
    if (present[step] == Column::kFloat && !column.has_histograms()) {
      const auto run = [&](const auto& all) { return std::span(all).subspan(step, end - step); };
      points.timestamps_ms.insert(points.timestamps_ms.end(), run(times_ms).begin(),
                                  run(times_ms).end());
      points.values.insert(points.values.end(), run(column.values).begin(),
                           run(column.values).end());
    } else if (present[step] != Column::kAbsent) {
      for (size_t i = step; i < end; ++i) Append(points, times_ms[i], column.Get(i));
    }
    step = end;
  }
  return points;
}

// Opens the operators of an expression and collects what they give.
Status Collect(QueryContext& context, const Clock& clock, const Steps& steps, const Expr& expr,
               QueryResult& result) {
  const int64_t begin_ns = clock.MonotonicNs();
  SharedParts shared(expr, context.features.start_timestamps);
  if (!context.exhaustive) context.shared = &shared;
  ASSIGN_OR_RETURN(OperatorPtr root, Compile(context, steps, expr));
  root = context.features.delayed_name_removal ? RemoveDelayedNames(std::move(root))
                                               : DistinctSeries(std::move(root));
  context.stats.prepare = SecondsSince(begin_ns, clock);
  ASSIGN_OR_RETURN(Heads heads, root->Open());
  std::vector<int64_t> times_ms(steps.count);
  for (size_t step = 0; step < steps.count; ++step) times_ms[step] = steps.time_ms(step);
  Column column;
  result.series.reserve(heads.size());
  for (size_t i = 0; i < heads.size(); ++i) {
    if (i % kSeriesBetweenChecks == 0) RETURN_IF_ERROR(context.control().Check());
    RETURN_IF_ERROR(root->Next(column));
    ResultSeries one = PointsOf(column, times_ms);
    if (one.values.empty()) continue;
    one.labels = std::move(heads[i].labels);
    result.series.push_back(std::move(one));
  }
  return {};
}

// The samples of one series within a range, at their own times. Of an extended range the values at
// its borders stand for what lies beyond.
Status CollectSamples(const storage::SampleColumns& samples, const RangeShape& shape,
                      int64_t end_ms, int64_t lookback_ms, ResultSeries& one) {
  const int64_t begin_ms = end_ms - shape.range_ms;
  const bool extended = shape.anchored || shape.smoothed;
  std::vector<FloatPoint> points;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (storage::IsStaleNaN(samples.values[i])) continue;
    const int64_t time_ms = samples.timestamps_ms[i];
    const bool is_histogram = samples.has_histograms() && samples.histograms[i];
    if (extended) {
      if (time_ms <= begin_ms - lookback_ms) continue;
      if (is_histogram)
        return InvalidArgument(shape.anchored ? "anchored" : "smoothed",
                               " modifier is not supported with histograms");
      if (time_ms <= end_ms || shape.smoothed) points.push_back({time_ms, samples.values[i]});
    } else if (time_ms > begin_ms && time_ms <= end_ms) {
      Append(one, time_ms,
             {samples.values[i], is_histogram ? samples.histograms[i] : storage::HistogramPtr()});
    }
  }
  if (points.empty()) return {};
  size_t last = points.size() - 1;
  size_t first = 0;
  while (first < last && points[first + 1].time_ms <= begin_ms) ++first;
  if (shape.smoothed) {
    last = 0;
    while (last < points.size() - 1 && points[last].time_ms < end_ms) ++last;
  }
  if (points[last].time_ms <= begin_ms) return {};
  const auto at = [&](size_t before, int64_t time_ms) {
    return Interpolate(points[before], points[before + 1], time_ms, false);
  };
  const bool cuts_begin = shape.smoothed && points[first].time_ms < begin_ms;
  const bool cuts_end = shape.smoothed && last > 0 && points[last].time_ms > end_ms;
  Append(one, begin_ms, {cuts_begin ? at(first, begin_ms) : points[first].value, nullptr});
  for (size_t i = first; i <= last; ++i) {
    if (points[i].time_ms > begin_ms && points[i].time_ms < end_ms)
      Append(one, points[i].time_ms, {points[i].value, nullptr});
  }
  Append(one, end_ms, {cuts_end ? at(last - 1, end_ms) : points[last].value, nullptr});
  return {};
}

uint64_t SamplesIn(const ResultSeries& series) {
  uint64_t samples = series.values.size() - series.histograms.size();
  for (const storage::HistogramPtr& histogram : series.histograms)
    samples += histogram ? SamplesOf(*histogram) : 1;
  return samples;
}

// A range vector by itself: the samples of each series.
Status CollectRange(QueryContext& context, const Steps& steps, const Expr& expr,
                    QueryResult& result) {
  // Of a subquery by itself the samples count at which its expression looks.
  const bool counts = !std::holds_alternative<Subquery>(expr.node);
  ASSIGN_OR_RETURN(const RangeInput input, CompileRange(context, steps, expr));
  ASSIGN_OR_RETURN(const Heads heads, input.source->Open());
  const int64_t end_ms = input.shape.end_ms(steps.start_ms);
  storage::SampleColumns samples;
  for (size_t i = 0; i < heads.size(); ++i) {
    RETURN_IF_ERROR(context.control().Check());
    RETURN_IF_ERROR(input.source->Fetch(i, samples));
    RETURN_IF_ERROR(input.source->Read(i, samples));
    RETURN_IF_ERROR(context.control().HoldSamples(samples.size()));
    ResultSeries one;
    one.labels = heads[i].drop_name ? WithoutName(heads[i].labels) : heads[i].labels;
    RETURN_IF_ERROR(CollectSamples(samples, input.shape, end_ms, context.lookback_ms, one));
    if (counts) {
      const uint64_t size = SamplesIn(one);
      context.CountSamples({SampleCounting::How::kAtEveryStep}, size, {});
      context.reading->Count(size, {size});
    }
    if (!one.values.empty()) result.series.push_back(std::move(one));
  }
  return {};
}

void SortByLabels(std::vector<ResultSeries>& series) {
  std::sort(series.begin(), series.end(),
            [](const ResultSeries& a, const ResultSeries& b) { return a.labels < b.labels; });
}

const Expr& WithoutParentheses(const Expr& expr) {
  const auto* parentheses = std::get_if<Parentheses>(&expr.node);
  return parentheses == nullptr ? expr : WithoutParentheses(*parentheses->argument);
}

}  // namespace

Engine::Engine(const storage::Storage& storage, const Clock& clock, EngineOptions options,
               size_t threads)
    : storage_(storage),
      clock_(clock),
      options_(std::move(options)),
      workers_(threads > 0 ? threads - 1 : 0),
      active_(options_.max_concurrency, clock) {}

Result<QueryResult> Engine::Instant(const Expr& expr, int64_t time_ms,
                                    const QueryOptions& options) const {
  return Answer({expr, {time_ms, 1, 1}, time_ms, expr.type}, options);
}

Result<QueryResult> Engine::Range(const Expr& expr, const Steps& steps,
                                  const QueryOptions& options) const {
  return Range(expr, steps, steps.end_ms(), options);
}

Result<QueryResult> Engine::Range(const Expr& expr, const Steps& steps, int64_t end_ms,
                                  const QueryOptions& options) const {
  assert(expr.type == ValueType::kVector || expr.type == ValueType::kScalar);
  return Answer({expr, steps, end_ms, ValueType::kMatrix}, options);
}

Result<QueryResult> Engine::Answer(const Question& question, const QueryOptions& options) const {
  int64_t timeout_ms = options_.timeout.ms;
  if (options.timeout.ms > 0) timeout_ms = std::min(timeout_ms, options.timeout.ms);
  QueryControl control({clock_.MonotonicNs() + timeout_ms * 1'000'000, options_.max_samples,
                        options_.max_bytes, options.abandoned},
                       clock_, stopping_);
  QueryContext context(storage_, workers_, control);
  const bool range =
      question.type == ValueType::kMatrix && question.expr.type != ValueType::kMatrix;
  const QueryIdentity identity{options.text, options.origin, question.steps.start_ms,
                               question.end_ms, range ? question.steps.interval_ms : 0};
  QueryResult result;
  result.type = question.type;
  Status outcome;
  {
    ActiveQueries::Entry entry(active_, identity, control);
    const int64_t arrived_ns = clock_.MonotonicNs();
    outcome = entry.WaitForTurn();
    context.stats.queued = SecondsSince(arrived_ns, clock_);
    if (outcome.ok()) outcome = Evaluate(question, options, context, result);
  }
  context.FinishReads();
  context.stats.peak_samples = control.peak_samples();
  context.stats.peak_bytes = control.peak_bytes();
  if (options_.ended) options_.ended(identity, context.stats, outcome);
  if (!outcome.ok()) return outcome;
  result.stats = std::move(context.stats);
  return result;
}

Status Engine::Evaluate(const Question& question, const QueryOptions& options,
                        QueryContext& context, QueryResult& result) const {
  const Steps& steps = question.steps;
  ASSIGN_OR_RETURN(const ExprPtr prepared, Prepare(question.expr, steps, question.end_ms));
  const Expr& root = WithoutParentheses(*prepared);
  if (const auto* text = std::get_if<StringLiteral>(&root.node)) {
    result.text = text->value;
    return {};
  }
  context.lookback_ms = options.lookback.ms > 0 ? options.lookback.ms : options_.lookback.ms;
  context.default_subquery_step_ms = options_.default_subquery_step.ms;
  context.features = options_.features;
  context.step_count = steps.count;
  context.stats.start_ms = steps.start_ms;
  context.stats.step_ms = steps.interval_ms;
  if (options.per_step_stats && options_.per_step_stats)
    context.stats.samples_at_step.resize(steps.count);
  context.reading =
      &context.read_scopes.emplace_back(steps, !context.stats.samples_at_step.empty());
  ExplainTree explain(clock_);
  if (options.explain) context.explain = &explain;
  context.exhaustive = options.exact_stats;
  const int64_t begin_ns = clock_.MonotonicNs();
  RETURN_IF_ERROR(root.type == ValueType::kMatrix ? CollectRange(context, steps, root, result)
                                                  : Collect(context, clock_, steps, root, result));
  context.stats.evaluate = SecondsSince(begin_ns, clock_);
  if (result.type == ValueType::kMatrix) {
    const int64_t sort_ns = clock_.MonotonicNs();
    SortByLabels(result.series);
    context.stats.sort = SecondsSince(sort_ns, clock_);
  }
  result.warnings = context.annotations().Warnings(options.text);
  result.infos = context.annotations().Infos(options.text);
  result.explained = explain.root();
  return {};
}

}  // namespace narthex::promql
