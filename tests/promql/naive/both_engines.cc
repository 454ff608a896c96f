#include "tests/promql/naive/both_engines.h"

#include <fmt/format.h>

#include <cmath>

#include "server/promql/engine.h"
#include "server/promql/histogram_buckets.h"
#include "server/promql/parser.h"
#include "server/promql/test_storage.h"
#include "tests/promql/naive/hist.h"

namespace narthex::naive {
namespace {

storage::BucketCounts CountsOf(const std::map<int, double>& side) {
  promql::Cells cells;
  for (const auto& [index, count] : side) cells.push_back({index, count, 0});
  return promql::CountsOf(cells);
}

storage::HistogramPtr ToStorage(const Hist& hist) {
  auto out = std::make_shared<storage::Histogram>();
  out->schema = hist.custom ? storage::Histogram::kCustomBuckets : hist.schema;
  out->zero_threshold = hist.zero_threshold;
  out->zero_count = hist.zero_count;
  out->count = hist.count;
  out->sum = hist.sum;
  out->positive = CountsOf(hist.positive);
  out->negative = CountsOf(hist.negative);
  out->custom_bounds = hist.bounds;
  return out;
}

Hist FromStorage(const storage::Histogram& histogram) {
  Hist hist;
  hist.custom = histogram.custom();
  hist.schema = hist.custom ? 0 : histogram.schema;
  hist.zero_threshold = histogram.zero_threshold;
  hist.zero_count = histogram.zero_count;
  hist.count = histogram.count;
  hist.sum = histogram.sum;
  hist.bounds = histogram.custom_bounds;
  for (const promql::Cell& cell : promql::CellsOf(histogram.positive))
    hist.positive[cell.index] = cell.count;
  for (const promql::Cell& cell : promql::CellsOf(histogram.negative))
    hist.negative[cell.index] = cell.count;
  return hist;
}

LabelSet ToLabelSet(const Labels& labels) {
  LabelSetBuilder builder;
  for (const auto& [name, value] : labels) builder.Set(name, value);
  return builder.Build();
}

Labels ToLabels(const LabelSet& labels) {
  Labels out;
  for (const Label label : labels) out[std::string(label.name)] = std::string(label.value);
  return out;
}

void Fill(const Database& database, promql::TestStorage& storage) {
  for (const Series& series : database) {
    const LabelSet labels = ToLabelSet(series.labels);
    for (const Sample& sample : series.samples) {
      if (sample.stale) {
        storage.Add(labels, sample.at_ms, storage::StaleNaN());
      } else {
        storage.Add(labels, {sample.at_ms, sample.start_ms}, sample.value,
                    sample.hist ? ToStorage(*sample.hist) : nullptr);
      }
    }
  }
  storage.SettleHints();
}

// Values by labels and time.
using Points = std::map<Labels, std::map<int64_t, Sample>>;

// sort and sort_desc of an instant query: by value, NaN last.
void CheckOrder(const promql::Expr& expr, const std::vector<promql::ResultSeries>& series) {
  const auto* call = std::get_if<promql::Call>(&expr.node);
  if (call == nullptr) return;
  const std::string_view name = promql::FunctionName(*call);
  if (name != "sort" && name != "sort_desc") return;
  for (size_t i = 1; i < series.size(); ++i) {
    const double before = series[i - 1].values[0];
    const double now = series[i].values[0];
    const bool ordered = name == "sort" ? before <= now : before >= now;
    if (!ordered && !std::isnan(now)) throw Failure("the result is not in order");
  }
}

Points ByEngine(const Case& test, const promql::Expr& expr) {
  promql::TestStorage storage;
  Fill(test.database, storage);
  const SystemClock clock;
  promql::EngineOptions options;
  options.lookback.ms = test.when.lookback_ms;
  options.default_subquery_step.ms = test.when.subquery_step_ms;
  options.features.start_timestamps = test.when.use_starts;
  const promql::Engine engine(storage, clock, options, 2);
  const Query& when = test.when;
  const promql::Steps steps{
      when.start_ms, std::max<int64_t>(when.step_ms, 1),
      when.step_ms == 0 ? 1
                        : static_cast<size_t>((when.end_ms - when.start_ms) / when.step_ms) + 1};
  const auto result = when.step_ms == 0 ? engine.Instant(expr, when.start_ms, {})
                                        : engine.Range(expr, steps, when.end_ms, {});
  if (!result.ok()) throw Failure(std::string(result.message()));
  if (when.step_ms == 0) CheckOrder(expr, result->series);
  Points points;
  for (const promql::ResultSeries& series : result->series) {
    auto& line = points[ToLabels(series.labels)];
    for (size_t i = 0; i < series.values.size(); ++i) {
      Sample sample{series.timestamps_ms[i], series.values[i], nullptr};
      if (!series.histograms.empty() && series.histograms[i])
        sample.hist = std::make_shared<Hist>(FromStorage(*series.histograms[i]));
      const int64_t at_ms = when.step_ms == 0 ? when.start_ms : sample.at_ms;
      line[at_ms] = sample;
    }
  }
  return points;
}

std::string Show(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels)
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, value);
  return "{" + text + "}";
}

std::string Show(const Sample& sample) {
  if (!sample.hist) return fmt::format("{:.17g}", sample.value);
  const Hist& hist = *sample.hist;
  std::string text =
      fmt::format("histogram(schema {} count {} sum {} zero {} up to {}", hist.schema, hist.count,
                  hist.sum, hist.zero_count, hist.zero_threshold);
  for (const auto& [index, count] : hist.negative) text += fmt::format(" -{}:{}", index, count);
  for (const auto& [index, count] : hist.positive) text += fmt::format(" {}:{}", index, count);
  return text + ")";
}

bool SameValue(const Sample& a, const Sample& b) {
  if ((a.hist == nullptr) != (b.hist == nullptr)) return false;
  return a.hist ? NearHist(*a.hist, *b.hist) : Near(a.value, b.value);
}

std::string Difference(const Points& engine, const Points& naive) {
  for (const auto& [labels, line] : naive) {
    for (const auto& [at_ms, sample] : line) {
      const auto found = engine.find(labels);
      if (found == engine.end() || !found->second.contains(at_ms))
        return fmt::format("{} at {}: want {}, got nothing", Show(labels), at_ms, Show(sample));
      if (!SameValue(found->second.at(at_ms), sample))
        return fmt::format("{} at {}: want {}, got {}", Show(labels), at_ms, Show(sample),
                           Show(found->second.at(at_ms)));
    }
  }
  for (const auto& [labels, line] : engine) {
    for (const auto& [at_ms, sample] : line) {
      if (!naive.contains(labels) || !naive.at(labels).contains(at_ms))
        return fmt::format("{} at {}: want nothing, got {}", Show(labels), at_ms, Show(sample));
    }
  }
  return "";
}

Points Naively(const Case& test, const promql::Expr& expr) {
  const Evaluator evaluator(test.database, test.when);
  Points points;
  for (int64_t at_ms = test.when.start_ms; at_ms <= test.when.end_ms;
       at_ms += std::max<int64_t>(test.when.step_ms, 1)) {
    for (const Element& element : evaluator.At(expr, at_ms)) {
      if (!points[element.labels].try_emplace(at_ms, element.sample).second)
        throw Failure("labels occur twice");
    }
  }
  return points;
}

}  // namespace

Comparison Compare(const Case& test) {
  const auto expr = promql::Parse(test.query, promql::ParserOptions::All());
  if (!expr.ok()) return {Verdict::kNotParsed, std::string(expr.message())};
  Points naive;
  std::string naive_failure;
  try {
    naive = Naively(test, **expr);
  } catch (const Ambiguous&) {
    return {Verdict::kAmbiguous, ""};
  } catch (const Failure& failure) {
    naive_failure = failure.what();
  }
  Points engine;
  try {
    engine = ByEngine(test, **expr);
  } catch (const Failure& failure) {
    if (!naive_failure.empty()) return {Verdict::kSameError, ""};
    return {Verdict::kDifferent, std::string("the engine fails: ") + failure.what()};
  }
  if (!naive_failure.empty()) return {Verdict::kDifferent, "want a failure: " + naive_failure};
  const std::string difference = Difference(engine, naive);
  if (!difference.empty()) return {Verdict::kDifferent, difference};
  return {naive.empty() ? Verdict::kSameEmpty : Verdict::kSame, ""};
}

}  // namespace narthex::naive
