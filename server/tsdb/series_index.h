// The live series of the database and the ways to find them: by labels, by ref, by matchers.
#ifndef NARTHEX_SERVER_TSDB_SERIES_INDEX_H_
#define NARTHEX_SERVER_TSDB_SERIES_INDEX_H_

#include <absl/container/flat_hash_set.h>

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "server/storage/stats.h"
#include "server/tsdb/mem_series.h"
#include "server/tsdb/postings.h"
#include "server/tsdb/ref_table.h"
#include "server/tsdb/symbol_table.h"

namespace narthex::tsdb {

// Safe from many threads. Whoever keeps a MemSeries* across calls holds a guard of the clock.
class SeriesIndex {
 public:
  // `clock` and `memory` outlive it, and `memory` the clock, where series go that somebody reads.
  SeriesIndex(CommitClock& clock, ChunkMemory& memory, int64_t chunk_range_ms)
      : clock_(clock),
        memory_(memory),
        chunk_range_ms_(chunk_range_ms),
        refs_(clock),
        seed_(std::random_device()()),
        by_labels_(0, ByLabels{this}, ByLabels{this}) {}

  MemSeries* Find(storage::SeriesRef ref) const { return refs_.Find(ref); }

  // The series of a label set, made with a new ref where there is none.
  MemSeries* GetOrCreate(const LabelSet& labels);
  // For replay: the series of a record, which was checked. New ones get the refs of the record and
  // are given to `visit`; known ones are found by these from now on. A ref that is too large for
  // any log to have is passed over.
  using NewSeriesVisitor = std::function<void(MemSeries& series, storage::SeriesRef ref)>;
  void Restore(std::string_view record, const NewSeriesVisitor& visit);
  bool has_aliases() const;
  // Calls `visit` with every further ref of a series.
  void ForEachAlias(
      const std::function<void(storage::SeriesRef alias, const MemSeries& series)>& visit) const;
  // New series get refs beyond this one.
  void ReserveRefs(storage::SeriesRef last);

  // For replay: the series of this ref has ended, and one of its labels to come is another. Until
  // the next Collect(), which unlinks it, it is found by its ref. False where there is none.
  bool End(storage::SeriesRef ref);

  // Unlinks the series for which `dead` says so, asked with the stripe of the series locked;
  // returns how many there were. `unlinked` is told their refs before there can be others of their
  // labels.
  using RefVisitor = std::function<void(const std::vector<storage::SeriesRef>&)>;
  size_t Collect(const std::function<bool(const MemSeries&)>& dead,
                 const RefVisitor& unlinked = {});

  struct Found {
    std::vector<MemSeries*> series;
    std::vector<LabelSet> labels;
  };
  Found Select(const std::vector<storage::Matcher>& matchers) const;
  std::vector<std::string> LabelNames(const std::vector<storage::Matcher>& matchers) const;
  std::vector<std::string> LabelValues(std::string_view name,
                                       const std::vector<storage::Matcher>& matchers) const;

  // Series in the order of their labels, and the texts of these, sorted and numbered.
  struct Ordered {
    std::vector<MemSeries*> series;
    std::vector<std::string_view> symbols;  // live as long as no series is collected
    std::vector<uint32_t> number_of;        // in `symbols`, of each SymbolId in use
  };
  Ordered OrderSeries(const std::function<bool(const MemSeries&)>& wanted) const;

  // How many series and values there are by name; lists have at most `limit` entries.
  storage::Cardinality Count(size_t limit) const;

  void ForEach(const std::function<void(MemSeries&)>& visit) const;
  // From a slot on, as long as `visit` says so; returns the slot to go on with, which is end_slot()
  // after the last.
  Slot ForEachFrom(Slot first, const std::function<bool(MemSeries&)>& visit) const;
  Slot end_slot() const;
  LabelSet LabelsOf(const MemSeries& series) const;

  size_t series_count() const;
  size_t symbol_count() const;

  // The lock of a series' mutable part. Taken after the index's own lock, never before. Series with
  // neighbouring slots, as those of one target, share theirs: see StripeLock.
  std::mutex& stripe(const MemSeries& series) const {
    return stripes_[series.slot / kSlotsPerStripe % kStripes].mutex;
  }

 private:
  static constexpr size_t kStripes = 256;
  static constexpr size_t kSlotsPerStripe = 64;
  struct alignas(64) Stripe {
    std::mutex mutex;
  };

  // What identifies a series: its labels as symbols.
  struct Key {
    uint64_t hash;
    std::span<const LabelIds> ids;
  };
  // Hashes and compares slots and keys alike, for the set below.
  struct ByLabels {
    using is_transparent = void;
    const SeriesIndex* index;
    size_t operator()(Slot slot) const { return index->hashes_[slot]; }
    size_t operator()(const Key& key) const { return key.hash; }
    bool operator()(Slot a, Slot b) const { return a == b; }
    bool operator()(Slot slot, const Key& key) const {
      return index->hashes_[slot] == key.hash && index->slots_[slot]->HasLabels(key.ids);
    }
    bool operator()(const Key& key, Slot slot) const { return (*this)(slot, key); }
  };

  Key KeyOf(std::span<const LabelIds> ids) const;
  MemSeries* FindLocked(const LabelSet& labels) const;
  MemSeries* FindLocked(const Key& key) const;
  // Their symbols, made where they are new; valid until the next call.
  template <typename Labels>
  std::span<const LabelIds> IdsLocked(const Labels& labels);
  SymbolId IdLocked(std::string_view text, SymbolId likely);
  Slot FreeSlotLocked();
  MemSeries* CreateLocked(storage::SeriesRef ref, const Key& key);
  void UnlinkLocked(const std::vector<MemSeries*>& dead);
  LabelSet LabelsOfLocked(const MemSeries& series) const;
  SlotList SelectLocked(const std::vector<storage::Matcher>& matchers) const;
  // The slots with a label that the positive form of the matcher takes.
  SlotList TakenLocked(const storage::Matcher& matcher, bool negate) const;
  SlotList AllLocked() const;

  CommitClock& clock_;
  ChunkMemory& memory_;
  const int64_t chunk_range_ms_;
  mutable std::shared_mutex mutex_;
  SymbolTable symbols_;
  Postings postings_;
  RefTable refs_;
  std::vector<std::unique_ptr<MemSeries>> slots_;  // null where free
  std::vector<uint64_t> hashes_;                   // of the labels, by slot
  const uint64_t seed_;                            // of the hashes: labels come from outside
  std::vector<LabelIds> recent_ids_;               // of the series last asked for to be made
  std::vector<Slot> free_slots_;
  std::vector<std::pair<storage::SeriesRef, MemSeries*>>
      aliases_;  // further refs that replay found
  absl::flat_hash_set<Slot, ByLabels, ByLabels> by_labels_;
  storage::SeriesRef last_ref_ = storage::kNoRef;
  mutable std::array<Stripe, kStripes> stripes_;
};

// Holds the stripe of the series last asked for, which for a run of neighbours is one lock in all.
class StripeLock {
 public:
  explicit StripeLock(const SeriesIndex& index) : index_(index) {}

  void Hold(const MemSeries& series) {
    std::mutex& stripe = index_.stripe(series);
    if (lock_.mutex() == &stripe) return;
    if (lock_.owns_lock()) lock_.unlock();  // never two at once
    lock_ = std::unique_lock(stripe);
  }
  void Release() { lock_ = {}; }

 private:
  const SeriesIndex& index_;
  std::unique_lock<std::mutex> lock_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_SERIES_INDEX_H_
