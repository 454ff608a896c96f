#include "server/promql/functions.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/promql/range_kernels.h"
#include "server/promql/scalar_functions.h"

namespace narthex::promql {
namespace {

constexpr ValueType M = ValueType::kMatrix;
constexpr ValueType S = ValueType::kScalar;
constexpr ValueType T = ValueType::kString;
constexpr ValueType V = ValueType::kVector;
using Kind = FunctionKind;

FunctionRow Map(std::string_view name, double (*map)(double), std::string_view help) {
  return {
      .name = name, .arguments = {V}, .returns = V, .kind = Kind::kMap, .help = help, .map = map};
}

FunctionRow DatePart(std::string_view name, double (*map)(double), std::string_view help) {
  return {.name = name,
          .arguments = {V},
          .returns = V,
          .kind = Kind::kDate,
          .help = help,
          .variadic = 1,
          .depends_on_time = true,
          .map = map};
}

FunctionRow OfHistogram(std::string_view name, double (*map)(const storage::Histogram&),
                        std::string_view help) {
  return {.name = name,
          .arguments = {V},
          .returns = V,
          .kind = Kind::kHistogramMap,
          .help = help,
          .histogram_map = map};
}

FunctionRow Range(std::string_view name, RangeKernel kernel, std::string_view help) {
  return {.name = name,
          .arguments = {M},
          .returns = V,
          .kind = Kind::kRange,
          .help = help,
          .range = kernel};
}

FunctionRow UsingStarts(FunctionRow row) {
  row.uses_starts = true;
  return row;
}

FunctionRow Counter(std::string_view name, RangeKernel kernel, std::string_view help) {
  FunctionRow row = UsingStarts(Range(name, kernel, help));
  row.counts_resets = true;
  return row;
}

FunctionRow KeepingName(FunctionRow row) {
  row.keeps_name = true;
  return row;
}

FunctionRow With(std::vector<ValueType> arguments, FunctionRow row) {
  row.arguments = std::move(arguments);
  return row;
}

FunctionRow Special(std::string_view name, std::vector<ValueType> arguments, ValueType returns,
                    Kind kind, std::string_view help) {
  return {.name = name,
          .arguments = std::move(arguments),
          .returns = returns,
          .kind = kind,
          .help = help};
}

FunctionRow Variadic(int more, FunctionRow row) {
  row.variadic = more;
  return row;
}

FunctionRow Experimental(FunctionRow row) {
  row.experimental = true;
  return row;
}

FunctionRow OfTime(FunctionRow row) {
  row.depends_on_time = true;
  return row;
}

std::vector<FunctionRow> MakeTable() {
  constexpr int kQuantiles = 9;
  std::vector<FunctionRow> rows = {
      Map("abs", std::fabs, "Absolute value."),
      Special("absent", {V}, V, Kind::kAbsent, "1 where the argument has no element."),
      Special("absent_over_time", {M}, V, Kind::kAbsentOverTime,
              "1 where no series has a sample in the range."),
      Map("acos", std::acos, "Arc cosine, in radians."),
      Map("acosh", std::acosh, "Inverse hyperbolic cosine."),
      Map("asin", std::asin, "Arc sine, in radians."),
      Map("asinh", std::asinh, "Inverse hyperbolic sine."),
      Map("atan", std::atan, "Arc tangent, in radians."),
      Map("atanh", std::atanh, "Inverse hyperbolic tangent."),
      Range("avg_over_time", AvgOverTime, "Mean of the samples."),
      Map("ceil", std::ceil, "Rounded up to a whole number."),
      Range("changes", Changes, "How often the value changed."),
      Special("clamp", {V, S, S}, V, Kind::kClamp, "Values kept between a minimum and a maximum."),
      Special("clamp_max", {V, S}, V, Kind::kClampMax, "Values kept up to a maximum."),
      Special("clamp_min", {V, S}, V, Kind::kClampMin, "Values kept from a minimum."),
      Map("cos", std::cos, "Cosine of radians."),
      Map("cosh", std::cosh, "Hyperbolic cosine."),
      Range("count_over_time", CountOverTime, "Number of samples."),
      DatePart("day_of_month", DayOfMonth, "Day of the month of a Unix time, from 1."),
      DatePart("day_of_week", DayOfWeek, "Day of the week of a Unix time, Sunday is 0."),
      DatePart("day_of_year", DayOfYear, "Day of the year of a Unix time, from 1."),
      DatePart("days_in_month", DaysInMonth, "Length of the month of a Unix time."),
      Map("deg", Degrees, "Radians as degrees."),
      Range("delta", Delta, "Difference of a gauge over the range, extrapolated to its borders."),
      Range("deriv", Deriv, "Per-second slope of a gauge, by least squares."),
      Experimental(With({M, S, S}, Range("double_exponential_smoothing", DoubleExponentialSmoothing,
                                         "Smoothed value, by factors for level and trend."))),
      Experimental(OfTime(
          Special("end", {}, S, Kind::kQueryContext, "When the query's range ends, Unix time."))),
      Map("exp", std::exp, "Power of e."),
      KeepingName(Range("first_over_time", FirstOverTime, "The oldest sample.")),
      Map("floor", std::floor, "Rounded down to a whole number."),
      OfHistogram("histogram_avg", HistogramAverage, "Mean of the observations."),
      OfHistogram("histogram_count", HistogramCount, "Number of observations."),
      Special("histogram_fraction", {S, S, V}, V, Kind::kHistogramFraction,
              "Which part of the observations lies between two bounds."),
      Special("histogram_quantile", {S, V}, V, Kind::kHistogramQuantile,
              "The value below which a fraction of the observations lies."),
      Experimental(Variadic(
          kQuantiles, Special("histogram_quantiles", {V, T, S, S}, V, Kind::kHistogramQuantiles,
                              "Several quantiles, each with a label that names it."))),
      OfHistogram("histogram_stddev", HistogramDeviation,
                  "Estimated standard deviation of the observations."),
      OfHistogram("histogram_stdvar", HistogramVariance, "Estimated variance of the observations."),
      OfHistogram("histogram_sum", HistogramSumOf, "Sum of the observations."),
      DatePart("hour", Hour, "Hour of the day of a Unix time."),
      Range("idelta", IDelta, "Difference of the last two samples of a gauge."),
      Counter("increase", Increase, "Increase of a counter, extrapolated to the range's borders."),
      Experimental(Variadic(
          1, Special("info", {V, V}, V, Kind::kInfo, "Labels of info metrics added to series."))),
      UsingStarts(
          Range("irate", IRate, "Per-second increase of a counter by its last two samples.")),
      Variadic(kAnyNumber, Special("label_join", {V, T, T, T}, V, Kind::kLabelJoin,
                                   "A label made of the values of others.")),
      Special("label_replace", {V, T, T, T, T}, V, Kind::kLabelReplace,
              "A label made of another by a regular expression."),
      KeepingName(Range("last_over_time", LastOverTime, "The newest sample.")),
      Map("ln", std::log, "Natural logarithm."),
      Map("log10", std::log10, "Decimal logarithm."),
      Map("log2", std::log2, "Binary logarithm."),
      Experimental(Range("mad_over_time", MadOverTime, "Median distance from the median.")),
      Experimental(Special("max_of", {S, S}, S, Kind::kMaxOf, "The greater of two scalars.")),
      Range("max_over_time", MaxOverTime, "Greatest sample."),
      Experimental(Special("min_of", {S, S}, S, Kind::kMinOf, "The lesser of two scalars.")),
      Range("min_over_time", MinOverTime, "Least sample."),
      DatePart("minute", Minute, "Minute of the hour of a Unix time."),
      DatePart("month", Month, "Month of the year of a Unix time, from 1."),
      Special("pi", {}, S, Kind::kPi, "The ratio of a circle's circumference to its diameter."),
      OfTime(With({M, S}, Range("predict_linear", PredictLinear,
                                "Value of a gauge in a number of seconds, by least squares."))),
      Range("present_over_time", PresentOverTime, "1 for each series with samples in the range."),
      With({S, M}, Range("quantile_over_time", QuantileOverTime,
                         "The value below which a fraction of the samples lies.")),
      Map("rad", Radians, "Degrees as radians."),
      Experimental(OfTime(
          Special("range", {}, S, Kind::kQueryContext, "Length of the query's range in seconds."))),
      Counter("rate", Rate,
              "Per-second increase of a counter, extrapolated to the range's borders."),
      UsingStarts(Range("resets", Resets, "How often a counter began anew.")),
      Variadic(1, Special("round", {V, S}, V, Kind::kRound,
                          "Nearest multiple of the second argument, by default 1.")),
      Special("scalar", {V}, S, Kind::kScalar, "The value of the only element, else NaN."),
      Map("sgn", Sign, "1 of positive values, -1 of negative ones."),
      Map("sin", std::sin, "Sine of radians."),
      Map("sinh", std::sinh, "Hyperbolic sine."),
      Special("sort", {V}, V, Kind::kSort, "Elements by ascending value."),
      Experimental(Variadic(kAnyNumber, Special("sort_by_label", {V, T}, V, Kind::kSortByLabel,
                                                "Elements by the values of labels, naturally."))),
      Experimental(Variadic(kAnyNumber,
                            Special("sort_by_label_desc", {V, T}, V, Kind::kSortByLabelDescending,
                                    "Elements by the values of labels, the other way round."))),
      Special("sort_desc", {V}, V, Kind::kSortDescending, "Elements by descending value."),
      Map("sqrt", std::sqrt, "Square root."),
      Experimental(OfTime(Special("start", {}, S, Kind::kQueryContext,
                                  "When the query's range begins, Unix time."))),
      Experimental(Special("start_timestamp", {V}, V, Kind::kStartTimestamp,
                           "Since when a sample counts, Unix time.")),
      Range("stddev_over_time", StddevOverTime, "Standard deviation of the samples."),
      Range("stdvar_over_time", StdvarOverTime, "Variance of the samples."),
      Experimental(OfTime(
          Special("step", {}, S, Kind::kQueryContext, "Step width of the query in seconds."))),
      Range("sum_over_time", SumOverTime, "Sum of the samples."),
      Map("tan", std::tan, "Tangent of radians."),
      Map("tanh", std::tanh, "Hyperbolic tangent."),
      OfTime(Special("time", {}, S, Kind::kTime, "When the step is evaluated, Unix time.")),
      OfTime(Special("timestamp", {V}, V, Kind::kTimestamp, "When a sample was taken, Unix time.")),
      Experimental(
          Range("ts_of_first_over_time", TsOfFirstOverTime, "When the oldest sample was.")),
      Experimental(Range("ts_of_last_over_time", TsOfLastOverTime, "When the newest sample was.")),
      Experimental(Range("ts_of_max_over_time", TsOfMaxOverTime, "When the greatest sample was.")),
      Experimental(Range("ts_of_min_over_time", TsOfMinOverTime, "When the least sample was.")),
      Special("vector", {S}, V, Kind::kVector, "A scalar as a vector of one element."),
      DatePart("year", Year, "Year of a Unix time."),
  };
  std::sort(rows.begin(), rows.end(),
            [](const FunctionRow& a, const FunctionRow& b) { return a.name < b.name; });
  return rows;
}

}  // namespace

const std::vector<FunctionRow>& Functions() {
  static const std::vector<FunctionRow> kTable = MakeTable();
  return kTable;
}

std::string_view FunctionName(const Call& call) { return call.function->name; }

const FunctionRow* FindFunction(std::string_view name) {
  const auto& table = Functions();
  const auto found =
      std::lower_bound(table.begin(), table.end(), name,
                       [](const FunctionRow& row, std::string_view key) { return row.name < key; });
  return found != table.end() && found->name == name ? &*found : nullptr;
}

const FunctionRow& SmoothedSelector() {
  static const FunctionRow kRow =
      KeepingName(Range("smoothed", SmoothedValue, "Values between samples, interpolated."));
  return kRow;
}

std::pair<size_t, size_t> ArgumentCounts(const FunctionRow& function) {
  const size_t listed = function.arguments.size();
  if (function.variadic == 0) return {listed, listed};
  const size_t least = listed - 1;
  if (function.variadic == kAnyNumber) return {least, std::numeric_limits<size_t>::max()};
  return {least, least + static_cast<size_t>(function.variadic)};
}

}  // namespace narthex::promql
