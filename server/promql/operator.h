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

namespace narthex::promql {

// The values of one series at every step: values[i] counts where present[i] is not zero.
struct Column {
  std::vector<double> values;
  std::vector<uint8_t> present;

  void Reset(size_t steps) {
    values.assign(steps, 0);
    present.assign(steps, 0);
  }
  void Set(size_t step, double value) {
    values[step] = value;
    present[step] = 1;
  }
  size_t steps() const { return present.size(); }
};

// The steps of a query: start, start + interval, … up to the end. An instant query has one.
struct Steps {
  int64_t start_ms;
  int64_t interval_ms;  // at least 1
  size_t count;

  int64_t time_ms(size_t step) const { return start_ms + static_cast<int64_t>(step) * interval_ms; }
  int64_t end_ms() const { return time_ms(count - 1); }
};

// Why a query must stop, asked for between pieces of work. Safe from many threads.
class QueryControl {
 public:
  // `stopping` ends the query when it becomes true; it outlives the control.
  QueryControl(int64_t deadline_ns, uint64_t max_samples, const std::atomic<bool>& stopping)
      : deadline_ns_(deadline_ns), max_samples_(max_samples), stopping_(stopping) {}

  // Counts samples that were read; kLimit beyond the query's budget.
  Status AddSamples(uint64_t count);
  Status CheckDeadline(int64_t now_ns) const;
  int64_t deadline_ns() const { return deadline_ns_; }
  uint64_t samples() const { return samples_; }

 private:
  const int64_t deadline_ns_;
  const uint64_t max_samples_;
  const std::atomic<bool>& stopping_;
  std::atomic<uint64_t> samples_{0};
};

class Operator {
 public:
  virtual ~Operator() = default;

  // Announces the output series. Called once, before Next. Label sets may repeat as long as no two
  // series of one set have a value at the same step; see DistinctSeries().
  virtual Result<std::vector<LabelSet>> Open() = 0;

  // Fills `out` with the next announced series; called exactly once for each.
  virtual Status Next(Column& out) = 0;
};
using OperatorPtr = std::unique_ptr<Operator>;

// Merges announced series of equal label sets into one; kInvalidArgument where two of them have a
// value at the same step. Streams where there are none.
OperatorPtr DistinctSeries(OperatorPtr input);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_OPERATOR_H_
