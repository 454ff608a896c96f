// The whole model of an exposition: what every format is read into and written from. Plain values;
// nothing here checks itself. formats.h reads and writes it.
//
//   MetricFamily family{"http_requests_total", Type::kCounter, "Requests answered."};
//   family.metrics.push_back({{{"code", "200"}}, CounterPoint{1027}});
//
// The semantics are those of io.prometheus.client (client_model) and of OpenMetrics 1.0.0. Where
// the two differ in how a family is named, this is the former: a counter's name ends in _total and
// an info's in _info, and OpenMetrics text cuts that off its # TYPE line.
//
// Times are Unix milliseconds. Counts of observations are doubles, exact up to 2^53.
#ifndef NARTHEX_COMMON_OPENMETRICS_MODEL_H_
#define NARTHEX_COMMON_OPENMETRICS_MODEL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/labels/label_set.h"

namespace narthex::openmetrics {

enum class Type : unsigned char {
  kCounter,
  kGauge,
  kHistogram,
  kGaugeHistogram,
  kSummary,
  kInfo,
  kStateSet,
  kUnknown,
};

// As OpenMetrics spells it: "counter", "gaugehistogram", "unknown".
std::string_view TypeName(Type type);

// Unlike in a LabelSet, an empty value stays: a pushed instance="" keeps a scraper from adding its
// own.
struct LabelPair {
  std::string name;
  std::string value;

  friend bool operator==(const LabelPair& a, const LabelPair& b) {
    return a.name == b.name && a.value == b.value;
  }
  friend bool operator!=(const LabelPair& a, const LabelPair& b) { return !(a == b); }
  friend bool operator<(const LabelPair& a, const LabelPair& b) {
    return a.name != b.name ? a.name < b.name : a.value < b.value;
  }
};

// An example of what was counted: the labels name a trace.
struct Exemplar {
  LabelSet labels;
  double value = 0;
  std::optional<int64_t> timestamp_ms;
};

struct CounterPoint {
  double value = 0;
  std::optional<Exemplar> exemplar;
  std::optional<int64_t> created_ms;  // when counting began, at zero
};

struct Quantile {
  double quantile = 0;  // 0 to 1
  double value = 0;
};

// A sum or count that a source did not give is absent, not zero.
struct SummaryPoint {
  std::optional<double> count;
  std::optional<double> sum;
  std::vector<Quantile> quantiles;
  std::optional<int64_t> created_ms;
};

// A bucket with a given upper bound, which it includes; it counts all observations up to there.
struct Bucket {
  double upper_bound = 0;
  double cumulative_count = 0;
  std::optional<Exemplar> exemplar;
};

// A run of neighbouring native buckets.
struct BucketSpan {
  int32_t offset = 0;  // empty buckets since the last span; for the first, the index it starts at
  uint32_t length = 0;

  friend bool operator==(const BucketSpan& a, const BucketSpan& b) {
    return a.offset == b.offset && a.length == b.length;
  }
};

// One side of a native histogram: as many counts as the spans are long together. A count is its
// bucket's own, neither cumulative nor a difference to its neighbour.
struct NativeBuckets {
  std::vector<BucketSpan> spans;
  std::vector<double> counts;
};

// Buckets whose bounds follow from a schema: for -4 to 8, each is 2^(2^-schema) times the one
// below. With kCustomBuckets the bounds are listed instead, and positive bucket i ends at
// custom_bounds[i], the one beyond the list at +Inf.
struct NativeHistogram {
  static constexpr int32_t kCustomBuckets = -53;

  int32_t schema = 0;
  double zero_threshold = 0;  // breadth of the bucket around zero
  double zero_count = 0;
  NativeBuckets negative;
  NativeBuckets positive;
  std::vector<double> custom_bounds;  // ascending, without +Inf
  std::vector<Exemplar> exemplars;    // each has a timestamp
};

// Classic buckets, native ones, or both. Of a gauge histogram the counts may fall.
struct HistogramPoint {
  std::optional<double> count;
  std::optional<double> sum;
  std::vector<Bucket> buckets;  // ascending; +Inf may be missing, count then stands for it
  std::shared_ptr<const NativeHistogram> native;  // null for none; copies share it
  bool float_counts = false;                      // counts need not be whole
  std::optional<int64_t> created_ms;
};

struct State {
  std::string name;
  bool enabled = false;

  friend bool operator==(const State& a, const State& b) {
    return a.name == b.name && a.enabled == b.enabled;
  }
};

struct StateSetPoint {
  std::vector<State> states;
};

// What a metric holds, by the family's type: CounterPoint; SummaryPoint; HistogramPoint for both
// kinds of histogram; StateSetPoint; double for gauge, unknown, and info, where it is 1.
using Point = std::variant<double, CounterPoint, SummaryPoint, HistogramPoint, StateSetPoint>;

// One member of a family, at one time. OpenMetrics text may give a metric several times, ordered by
// timestamp: then it is here as often.
struct Metric {
  std::vector<LabelPair> labels;  // sorted; never le, quantile or a state's name
  Point point;
  std::optional<int64_t> timestamp_ms;
};

struct MetricFamily {
  std::string name;
  Type type = Type::kUnknown;
  std::string help;  // empty for none
  std::string unit;  // empty for none
  std::vector<Metric> metrics;
};

// Equality to the last bit: NaN equals NaN of the same payload, and 0 differs from -0.
bool Same(const MetricFamily& a, const MetricFamily& b);

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_MODEL_H_
