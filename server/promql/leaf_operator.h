// The common part of operators that turn samples of series into columns.
#ifndef NARTHEX_SERVER_PROMQL_LEAF_OPERATOR_H_
#define NARTHEX_SERVER_PROMQL_LEAF_OPERATOR_H_

#include <memory>
#include <string>
#include <vector>

#include "server/promql/query_context.h"
#include "server/promql/sample_source.h"

namespace narthex::promql {

// Reads series in batches, the series of a batch on all cores where that pays, and gives them in
// their order.
class LeafOperator : public Operator {
 public:
  LeafOperator(QueryContext& context, const Steps& steps, std::unique_ptr<SampleSource> source)
      : context_(context), steps_(steps), counting_(context.counting), source_(std::move(source)) {}

  Result<Heads> Open() override;
  void Expect(const std::vector<uint8_t>& wanted) override { wanted_ = wanted; }
  Status Next(Column& out) override;
  bool distinct() const override { return source_->distinct() && KeepsLabels(); }

 protected:
  // A piece of leaf work: one series.
  struct Entry {
    Column column;
    storage::SampleColumns samples;
    Status status;
    uint64_t queried = 0;              // samples that the steps looked at
    std::vector<uint64_t> queried_at;  // by step; empty unless wanted

    void Count(size_t step, uint64_t count) {
      queried += count;
      if (!queried_at.empty()) queried_at[step] += count;
    }
  };

  virtual Status Prepare() { return {}; }
  virtual void Announce(SeriesHead& head) const { (void)head; }
  // Whether Announce() changes no labels.
  virtual bool KeepsLabels() const { return true; }
  // Fills the column, which is reset to the steps. Runs on several threads at once.
  virtual void Evaluate(size_t index, Entry& entry) const = 0;

  const LabelSet& labels(size_t index) const { return source_->labels(index); }

  QueryContext& context_;
  const Steps steps_;

 private:
  // Enough to keep the cores busy, few enough to hold.
  size_t BatchSize() const;
  Status ReadBatch();
  void WorkOff();
  void NoteCost(const Entry& entry);
  void CountSamples();
  void Work(size_t index, Entry& entry) const;

  const SampleCounting counting_;
  std::unique_ptr<SampleSource> source_;
  size_t series_count_ = 0;
  std::vector<uint8_t> wanted_;  // by series; empty: all
  std::vector<Entry> batch_;
  size_t batch_size_ = 0;
  size_t begin_ = 0;        // of the next batch
  size_t at_ = 0;           // within the present one
  size_t series_cost_ = 0;  // the most that one took so far, see NoteCost()
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_LEAF_OPERATOR_H_
