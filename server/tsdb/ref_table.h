// From the ref of a series to its record, as an array: refs are dense while series live long, and a
// look-up is a few loads without a lock. A tree of three levels, so that refs may grow for ever.
#ifndef NARTHEX_SERVER_TSDB_REF_TABLE_H_
#define NARTHEX_SERVER_TSDB_REF_TABLE_H_

#include <array>
#include <atomic>
#include <cassert>
#include <memory>

#include "server/storage/storage.h"
#include "server/tsdb/commit_clock.h"

namespace narthex::tsdb {

struct MemSeries;

// Find() is safe beside one writer; who calls it holds a guard of the clock, because emptied pages
// are retired there. Writers are serialised by the owner.
class RefTable {
 public:
  explicit RefTable(CommitClock& clock) : clock_(clock) {}
  ~RefTable() {
    for (auto& middle : top_) delete middle.load();
  }
  RefTable(const RefTable&) = delete;
  RefTable& operator=(const RefTable&) = delete;

  // Refs of logs have 36 bits here; at a thousand new series a second they last two years of
  // constant churn.
  static bool CanHold(storage::SeriesRef ref) { return ref >> (3 * kBits) == 0; }

  // Null for a ref that it cannot hold, too.
  MemSeries* Find(storage::SeriesRef ref) const {
    if (!CanHold(ref)) return nullptr;
    const Middle* middle = top_[TopIndex(ref)].load(std::memory_order_acquire);
    if (middle == nullptr) return nullptr;
    const Page* page = middle->pages[MiddleIndex(ref)].load(std::memory_order_acquire);
    return page == nullptr ? nullptr : page->series[PageIndex(ref)].load(std::memory_order_acquire);
  }

  void Set(storage::SeriesRef ref, MemSeries* series) {
    assert(series != nullptr && CanHold(ref) && Find(ref) == nullptr);
    Middle* middle = top_[TopIndex(ref)].load(std::memory_order_relaxed);
    if (middle == nullptr) {
      middle = new Middle;
      top_[TopIndex(ref)].store(middle, std::memory_order_release);
    }
    Page* page = middle->pages[MiddleIndex(ref)].load(std::memory_order_relaxed);
    if (page == nullptr) {
      page = new Page;
      middle->pages[MiddleIndex(ref)].store(page, std::memory_order_release);
    }
    page->series[PageIndex(ref)].store(series, std::memory_order_release);
    ++page->used;
  }

  void Clear(storage::SeriesRef ref) {
    auto& at = top_[TopIndex(ref)].load(std::memory_order_relaxed)->pages[MiddleIndex(ref)];
    Page* page = at.load(std::memory_order_relaxed);
    page->series[PageIndex(ref)].store(nullptr, std::memory_order_release);
    if (--page->used > 0) return;
    at.store(nullptr, std::memory_order_release);
    clock_.Retire(std::shared_ptr<Page>(page));
  }

 private:
  static constexpr size_t kBits = 12;
  static constexpr size_t kFanout = size_t{1} << kBits;

  struct Page {
    std::array<std::atomic<MemSeries*>, kFanout> series{};
    size_t used = 0;
  };
  struct Middle {
    std::array<std::atomic<Page*>, kFanout> pages{};
    ~Middle() {
      for (auto& page : pages) delete page.load();
    }
  };

  static size_t TopIndex(storage::SeriesRef ref) { return (ref >> (2 * kBits)) % kFanout; }
  static size_t MiddleIndex(storage::SeriesRef ref) { return (ref >> kBits) % kFanout; }
  static size_t PageIndex(storage::SeriesRef ref) { return ref % kFanout; }

  CommitClock& clock_;
  std::array<std::atomic<Middle*>, kFanout> top_{};
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_REF_TABLE_H_
