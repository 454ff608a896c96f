// Keeps what is appended while storage takes no appenders yet, and then passes it on. So scraping
// begins with the server, and not when storage knows its series.
#ifndef NARTHEX_SERVER_STORAGE_START_QUEUE_H_
#define NARTHEX_SERVER_STORAGE_START_QUEUE_H_

#include <absl/container/node_hash_map.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "common/client/registry.h"
#include "common/clock/clock.h"
#include "server/storage/storage.h"

namespace narthex::storage {

// Safe from many threads, but for Open(), which is called once. Refs that it gives out are
// kNotFound once storage is open, so that series are looked up by their labels there; for a while
// only a stale marker is taken by such a ref, since who ends a series may not know its labels any
// more. What a commit holds is checked when it is passed on: samples that storage refuses then are
// counted there.
class StartQueue : public Storage {
 public:
  static constexpr uint64_t kDefaultMaxBytes = 256ULL << 20;

  // Beyond `max_bytes` of memory appenders answer kUnavailable.
  StartQueue(const Clock& clock, Registry& registry, uint64_t max_bytes = kDefaultMaxBytes);
  ~StartQueue() override;

  // Of the queue, or of the storage once that is open.
  std::unique_ptr<Appender> NewAppender() override;
  // Of the storage; before that is open, a closed one.
  std::unique_ptr<Querier> NewQuerier(int64_t min_time_ms, int64_t max_time_ms) const override;

  // Passes on what waits, commit by commit in the order of their ends, and from then on everything
  // directly. `storage` outlives the queue. The first failed commit is returned; the others are
  // tried all the same.
  Status Open(Storage& storage);

 private:
  class QueueingAppender;
  class EndingAppender;
  // Series that were appended to have a number in the place of a ref. Guarded by mutex_; goes with
  // the last appender of the queue.
  struct SeriesTable {
    absl::node_hash_map<LabelSet, uint32_t> numbers;
    std::vector<const LabelSet*> labels;  // keys of the map
  };
  struct Sample {
    uint32_t series;
    SampleTime time;
    double value;
    HistogramPtr histogram;  // null: `value` is the sample
  };
  struct SeriesExemplar {
    uint32_t series;
    openmetrics::Exemplar exemplar;
  };
  struct SeriesMetadata {
    uint32_t series;
    Metadata metadata;
  };
  struct Commit {
    std::vector<Sample> samples;
    std::vector<SeriesExemplar> exemplars;
    std::vector<SeriesMetadata> metadata;

    bool empty() const { return samples.empty() && exemplars.empty() && metadata.empty(); }
  };

  // The number of the series; kUnavailable where there is no room.
  Result<uint32_t> NumberOf(SeriesTable& table, const LabelSet& labels);
  bool Knows(const SeriesTable& table, uint32_t number) const;
  Status Add(const SeriesTable& table, Commit commit);
  // `refs` has, by number, what earlier calls learned.
  Status Pass(const SeriesTable& table, const Commit& commit, Storage& storage,
              std::vector<SeriesRef>& refs) const;
  void Collect(openmetrics::ExpositionWriter& out) const;

  std::unique_ptr<Appender> NewOpenAppender(Storage& storage);

  const Clock& clock_;
  const uint64_t max_bytes_;
  Counter& refused_;
  std::atomic<Storage*> storage_{nullptr};
  mutable std::mutex mutex_;
  std::shared_ptr<SeriesTable> table_ = std::make_shared<SeriesTable>();  // guarded, as the next
  std::deque<Commit> commits_;                                            // by their ends
  uint64_t bytes_ = 0;
  // What series are to storage, by number, until endings_until_ns_ on the monotonic clock.
  std::shared_ptr<const std::vector<SeriesRef>> refs_;
  std::atomic<int64_t> endings_until_ns_{0};
};

}  // namespace narthex::storage

#endif  // NARTHEX_SERVER_STORAGE_START_QUEUE_H_
