// Where range functions get their samples: from storage, or from the steps of a subquery.
#ifndef NARTHEX_SERVER_PROMQL_SAMPLE_SOURCE_H_
#define NARTHEX_SERVER_PROMQL_SAMPLE_SOURCE_H_

#include <memory>
#include <optional>
#include <vector>

#include "server/promql/ast.h"
#include "server/promql/operator.h"
#include "server/promql/query_context.h"

namespace narthex::promql {

class SampleSource {
 public:
  virtual ~SampleSource() = default;

  virtual Result<Heads> Open() = 0;
  // What a series is called; since Open().
  virtual const LabelSet& labels(size_t index) const = 0;
  // Whether label sets never repeat.
  virtual bool distinct() const = 0;
  // Whether Fetch() does all, and Read() nothing.
  virtual bool fetches() const = 0;
  // Fetches what cannot be fetched in parallel; called for each series in order, before Read().
  virtual Status Fetch(size_t index, storage::SampleColumns& samples) = 0;
  // Fetches the rest. Safe from many threads.
  virtual Status Read(size_t index, storage::SampleColumns& samples) const = 0;
};

// Which samples each step sees: those in (time - range, time], where time is that of the step, or a
// fixed one, less the offset.
struct RangeShape {
  int64_t range_ms = 0;
  int64_t offset_ms = 0;
  std::optional<int64_t> at_ms;
  bool anchored = false;  // also the last before
  bool smoothed = false;  // also those around the borders

  int64_t end_ms(int64_t step_ms) const { return at_ms.value_or(step_ms) - offset_ms; }
};

// Reads from storage what the steps may see; series are those that match.
std::unique_ptr<SampleSource> NewStorageSource(QueryContext& context, const Selector& selector,
                                               int64_t min_ms, int64_t max_ms);

// The steps at which a subquery evaluates its expression for these outer steps; count is 0 where
// there are none.
Steps SubqueryStepsOf(const Subquery& subquery, const Steps& outer, int64_t default_step_ms);

// `input` is compiled for `steps`.
std::unique_ptr<SampleSource> NewSubquerySource(OperatorPtr input, const Steps& steps);

RangeShape ShapeOf(const Selector& selector);
RangeShape ShapeOf(const Subquery& subquery);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SAMPLE_SOURCE_H_
