#include <fmt/format.h>

#include <algorithm>

#include "server/promql/almost_equal.h"
#include "server/promql/go_format.h"
#include "server/promql/histogram_math.h"
#include "server/promql/script/eval_command.h"

namespace narthex::promql {
namespace {

constexpr double kTolerance = 1e-6;

bool SameSide(const storage::BucketCounts& a, const storage::BucketCounts& b) {
  const Cells left = CellsOf(a);
  const Cells right = CellsOf(b);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const Cell& x, const Cell& y) {
                      return x.index == y.index && AlmostEqual(x.count, y.count, kTolerance);
                    });
}

bool Agrees(Histogram expected, Histogram got, bool with_hint) {
  Compact(expected);
  Compact(got);
  return expected.schema == got.schema && AlmostEqual(expected.count, got.count, kTolerance) &&
         AlmostEqual(expected.sum, got.sum, kTolerance) &&
         expected.custom_bounds == got.custom_bounds &&
         expected.zero_threshold == got.zero_threshold &&
         AlmostEqual(expected.zero_count, got.zero_count, kTolerance) &&
         SameSide(expected.positive, got.positive) && SameSide(expected.negative, got.negative) &&
         (!with_hint || expected.hint == got.hint);
}

std::string Text(double value, const HistogramPtr& histogram) {
  return histogram ? HistogramTestText(*histogram) : GoG(value);
}

Status CompareValue(const ScriptValue& expected, double value, const HistogramPtr& histogram) {
  const bool agrees = (expected.histogram == nullptr) == (histogram == nullptr) &&
                      (histogram ? Agrees(*expected.histogram, *histogram, expected.hint_given)
                                 : AlmostEqual(expected.value, value, kTolerance));
  if (agrees) return {};
  return InvalidArgument("expected ", Text(expected.value, expected.histogram), ", got ",
                         Text(value, histogram));
}

Status CompareSeries(const EvalCommand& command, const ScriptSeries& expected,
                     const ResultSeries& got, bool matrix) {
  size_t next = 0;
  for (size_t i = 0; i < expected.values.size(); ++i) {
    if (expected.values[i].omitted) continue;
    const int64_t time_ms = command.start_ms + static_cast<int64_t>(i) * command.step_ms;
    if (next == got.values.size())
      return InvalidArgument(fmt::format("expected a value at {} ms, got none", time_ms));
    if (matrix && got.timestamps_ms[next] != time_ms)
      return InvalidArgument(fmt::format("expected a value at {} ms, got one at {} ms", time_ms,
                                         got.timestamps_ms[next]));
    const HistogramPtr histogram = got.histograms.empty() ? nullptr : got.histograms[next];
    RETURN_IF_ERROR(CompareValue(expected.values[i], got.values[next], histogram)
                        .Prefixed(fmt::format("at {} ms", got.timestamps_ms[next])));
    ++next;
  }
  if (next == got.values.size()) return {};
  const HistogramPtr histogram = got.histograms.empty() ? nullptr : got.histograms[next];
  return InvalidArgument(fmt::format("unexpected value {} at {} ms",
                                     Text(got.values[next], histogram), got.timestamps_ms[next]));
}

Status CompareAllSeries(const EvalCommand& command, const QueryResult& result) {
  const bool matrix = result.type == ValueType::kMatrix;
  if (command.scalar) return InvalidArgument("expected a scalar, got series");
  for (size_t i = 0; i < result.series.size(); ++i) {
    const ResultSeries& got = result.series[i];
    const auto expected =
        std::find_if(command.series.begin(), command.series.end(),
                     [&](const ScriptSeries& series) { return series.labels == got.labels; });
    if (expected == command.series.end())
      return InvalidArgument(
          "unexpected series ", got.labels.ToString(), " ",
          Text(got.values[0], got.histograms.empty() ? nullptr : got.histograms[0]));
    if (command.ordered && expected != command.series.begin() + static_cast<ptrdiff_t>(i))
      return InvalidArgument(got.labels.ToString(), " is not in its place");
    RETURN_IF_ERROR(CompareSeries(command, *expected, got, matrix).Prefixed(got.labels.ToString()));
  }
  for (const ScriptSeries& expected : command.series) {
    const bool found =
        std::any_of(result.series.begin(), result.series.end(),
                    [&](const ResultSeries& got) { return got.labels == expected.labels; });
    if (!found)
      return InvalidArgument("expected series ", expected.labels.ToString(), " is not there");
  }
  return {};
}

}  // namespace

Status CompareResult(const EvalCommand& command, const QueryResult& result) {
  if (result.type == ValueType::kString) {
    if (command.text == result.text) return {};
    return InvalidArgument("expected ", Quote(command.text.value_or("")), ", got ",
                           Quote(result.text));
  }
  if (result.type != ValueType::kScalar) return CompareAllSeries(command, result);
  if (!command.scalar) return InvalidArgument("expected series, got a scalar");
  const double got = result.series.at(0).values.at(0);
  return CompareValue({false, *command.scalar, nullptr, false}, got, nullptr);
}

}  // namespace narthex::promql
