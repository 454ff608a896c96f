// What a MetricPoint of each type is made of in OpenMetrics text, sample by sample, and what the
// standard asks of it when it is whole.
#ifndef NARTHEX_COMMON_OPENMETRICS_OPENMETRICS_POINT_H_
#define NARTHEX_COMMON_OPENMETRICS_OPENMETRICS_POINT_H_

#include <set>
#include <string>
#include <string_view>

#include "common/openmetrics/model.h"
#include "common/openmetrics/openmetrics_lines.h"
#include "common/status/status.h"

namespace narthex::openmetrics {

// The suffixes that samples of a type may have, "" among them where one stands without.
const std::vector<std::string_view>& SampleSuffixes(Type type);

// The label that tells the samples of one point apart: le, quantile, or a stateset's own name;
// empty where this type or suffix has none.
std::string_view PointLabel(Type type, std::string_view suffix, std::string_view family);

// One point while its samples come in.
class PointBuilder {
 public:
  explicit PointBuilder(Type type);

  // `suffix` is one of SampleSuffixes; `point_label` is the value of PointLabel, empty without one.
  // kCorruption without place: the caller knows the line.
  Status Add(std::string_view suffix, std::string_view point_label, OpenMetricsLine& line);

  // The whole point, or what is missing or wrong in it.
  Result<Point> Finish();

 private:
  Status AddValue(double value);
  Status AddCounter(std::string_view suffix, OpenMetricsLine& line);
  Status AddSummary(std::string_view suffix, std::string_view quantile, double value);
  Status AddHistogram(std::string_view suffix, std::string_view le, OpenMetricsLine& line);
  Status AddBucket(std::string_view le, OpenMetricsLine& line);
  Status AddState(std::string_view state, double value);
  Status FinishHistogram(const HistogramPoint& histogram) const;

  Type type_;
  Point point_;
  bool has_value_ = false;      // of types with a single one, and a counter's total
  std::set<double> quantiles_;  // seen
  std::set<std::string, std::less<>> states_;
};

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_OPENMETRICS_POINT_H_
