// An expression is evaluated by a tree of operators. An operator first announces its output series,
// then gives them one by one, each as a column over all steps. So a query holds few columns at a
// time, whatever the number of series; operators that need all series at once say so.
#ifndef NARTHEX_SERVER_PROMQL_OPERATOR_H_
#define NARTHEX_SERVER_PROMQL_OPERATOR_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/labels/label_set.h"
#include "common/status/status.h"
#include "server/promql/range_window.h"

namespace narthex::promql {

// The values of one series at every step.
struct Column {
  static constexpr uint8_t kAbsent = 0;
  static constexpr uint8_t kFloat = 1;
  static constexpr uint8_t kHistogram = 2;

  std::vector<double> values;                     // count where `present` is kFloat
  std::vector<uint8_t> present;                   // kAbsent, kFloat or kHistogram
  std::vector<storage::HistogramPtr> histograms;  // empty where no step has one

  void Reset(size_t steps) {
    values.assign(steps, 0);
    present.assign(steps, kAbsent);
    histograms.clear();
  }
  void Set(size_t step, double value) {
    values[step] = value;
    present[step] = kFloat;
  }
  void Set(size_t step, storage::HistogramPtr histogram) {
    if (histograms.empty()) histograms.resize(present.size());
    histograms[step] = std::move(histogram);
    present[step] = kHistogram;
  }
  void Set(size_t step, Value value) {
    if (value.histogram) {
      Set(step, std::move(value.histogram));
    } else {
      Set(step, value.value);
    }
  }
  Value Get(size_t step) const {
    return present[step] == kHistogram ? Value{0, histograms[step]} : Value{values[step], nullptr};
  }
  size_t steps() const { return present.size(); }
  bool has_histograms() const { return !histograms.empty(); }
  uint64_t bytes() const {
    return values.size() * (sizeof(double) + 1) + histograms.size() * sizeof(histograms[0]);
  }
};

// What an operator announces of a series.
struct SeriesHead {
  LabelSet labels;
  // The metric name does not belong to the result any more, but stays until the whole query is
  // evaluated: only with delayed name removal.
  bool drop_name = false;
};
using Heads = std::vector<SeriesHead>;

// The steps of a query: start, start + interval, … up to the end. An instant query has one, a
// subquery that begins behind its end none.
struct Steps {
  int64_t start_ms;
  int64_t interval_ms;  // at least 1
  size_t count;

  int64_t time_ms(size_t step) const { return start_ms + static_cast<int64_t>(step) * interval_ms; }
  int64_t end_ms() const { return time_ms(count - 1); }
};

class Operator {
 public:
  virtual ~Operator() = default;

  // Announces the output series. Called once, before Next. Label sets may repeat as long as no two
  // series of one set have a value at the same step; see DistinctSeries().
  virtual Result<Heads> Open() = 0;

  // Says, between Open and the first Next, which series matter: for the others columns without
  // values may come. What is told of series that do not matter, annotations say, may be left out.
  virtual void Expect(const std::vector<uint8_t>& wanted) { (void)wanted; }

  // Fills `out` with the next announced series; called exactly once for each.
  virtual Status Next(Column& out) = 0;

  // Whether label sets never repeat.
  virtual bool distinct() const { return false; }
};
using OperatorPtr = std::unique_ptr<Operator>;

// Merges announced series of equal label sets into one; kInvalidArgument where two of them have a
// value at the same step. Streams where there are none; nothing but the input where it is distinct.
OperatorPtr DistinctSeries(OperatorPtr input);

// Takes the names from series that keep them only until the end, then as DistinctSeries().
OperatorPtr RemoveDelayedNames(OperatorPtr input);

// No series.
OperatorPtr NewEmpty();

// One column that is present at every step, without labels.
OperatorPtr NewConstant(size_t steps, double value);

// Columns of a single step, repeated at all of `steps`.
OperatorPtr RepeatStep(OperatorPtr input, size_t steps);

// The labels that name a metric: __name__, __type__ and __unit__.
LabelSet WithoutName(const LabelSet& labels);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_OPERATOR_H_
