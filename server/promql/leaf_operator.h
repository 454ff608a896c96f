// The common part of operators that turn samples of series into columns.
#ifndef NARTHEX_SERVER_PROMQL_LEAF_OPERATOR_H_
#define NARTHEX_SERVER_PROMQL_LEAF_OPERATOR_H_

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "server/promql/query_context.h"
#include "server/promql/sample_source.h"

namespace narthex::promql {

// Reads series in batches, the series of a batch on all cores where that pays, and gives them in
// their order. While one batch is given, the next is worked on.
class LeafOperator : public Operator {
 public:
  LeafOperator(QueryContext& context, const Steps& steps, std::unique_ptr<SampleSource> source)
      : context_(context),
        steps_(steps),
        counting_(context.counting),
        reading_(*context.reading),
        source_(std::move(source)) {}

  Result<Heads> Open() override;
  void Expect(const std::vector<uint8_t>& wanted) override { wanted_ = wanted; }
  Status Next(Column& out) override;
  bool distinct() const override { return source_->distinct() && KeepsLabels(); }

 protected:
  // A piece of leaf work: one series.
  struct Entry {
    Column column;
    storage::SampleColumns fetched;  // of sources that fetch
    size_t samples_read = 0;
    Status status;
    uint64_t queried = 0;              // samples that the steps looked at
    std::vector<uint64_t> queried_at;  // by step; empty unless wanted
    uint64_t read = 0;                 // as ReadScope counts
    std::vector<uint64_t> read_at;     // by step; empty unless wanted

    void Count(size_t step, uint64_t count) {
      queried += count;
      if (!queried_at.empty()) queried_at[step] += count;
    }
    void CountRead(size_t step, uint64_t count) {
      read += count;
      if (!read_at.empty()) read_at[step] += count;
    }
  };

  virtual Status Prepare() { return {}; }
  virtual void Announce(SeriesHead& head) const { (void)head; }
  // Whether Announce() changes no labels.
  virtual bool KeepsLabels() const { return true; }
  // Fills the column, which is reset to the steps. Runs on several threads at once.
  virtual void Evaluate(size_t index, const storage::SampleColumns& samples,
                        Entry& entry) const = 0;
  // Waits until no thread evaluates any more; the destructor of each derived class begins with it.
  void StopWork();

  const LabelSet& labels(size_t index) const { return source_->labels(index); }
  // Whether samples come from storage: not from a subquery, which counts itself what it reads.
  bool reads_storage() const { return !source_->fetches(); }

  QueryContext& context_;
  const Steps steps_;

 private:
  struct Batch {
    size_t begin = 0;  // the series of its first entry
    size_t size = 0;
    std::vector<Entry> entries;  // at least `size`; those behind keep their room
    WorkerPool::Task task;
    bool shared = false;  // worked on by the task; else when it is finished
  };

  // How many series keep the cores busy for a while, few enough to hold.
  size_t BatchSize() const;
  Status NextBatch();
  Status Begin(Batch& batch);
  Status Finish(Batch& batch);
  // `room` is for the samples, unless they were fetched.
  void Work(size_t index, storage::SampleColumns& room, Entry& entry);
  // The same on any thread, each of which needs a room.
  void WorkInPool(size_t index, Entry& entry);

  const SampleCounting counting_;
  ReadScope& reading_;
  std::unique_ptr<SampleSource> source_;
  size_t series_count_ = 0;
  std::vector<uint8_t> wanted_;  // by series; empty: all
  storage::SampleColumns room_;  // of the query's thread
  std::mutex mutex_;
  std::vector<storage::SampleColumns> rooms_;  // of the pool's, guarded by mutex_
  std::atomic<bool> stopping_{false};
  size_t next_begin_ = 0;   // of the batch that has not begun
  size_t series_cost_ = 0;  // the most that one took so far; 0 before the first
  // One is given, the other coming; they stay in place, since tasks refer to them.
  std::array<Batch, 2> batches_;
  size_t given_ = 0;  // which one
  size_t at_ = 0;     // within it
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_LEAF_OPERATOR_H_
