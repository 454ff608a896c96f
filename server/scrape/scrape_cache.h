// What a target's last scrape looked like, line by line. The next scrape is expected to have the
// same series in the same order, so a line costs one hash and one compare to recognise, and neither
// its labels are parsed nor its series looked up.
#ifndef NARTHEX_SERVER_SCRAPE_SCRAPE_CACHE_H_
#define NARTHEX_SERVER_SCRAPE_SCRAPE_CACHE_H_

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cassert>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/storage/storage.h"

namespace narthex::server {

// 128 bits of the raw bytes of a line's series: two series of one target share a hash by accident
// once in 2^64 or so.
struct SeriesHash {
  uint64_t low;
  uint64_t high;
  friend bool operator==(const SeriesHash&, const SeriesHash&) = default;
  // Of the same bytes in a context that gives them another meaning.
  friend SeriesHash operator^(const SeriesHash& hash, const SeriesHash& context) {
    return {hash.low ^ context.low, hash.high ^ context.high};
  }
  template <typename H>
  friend H AbslHashValue(H state, const SeriesHash& hash) {
    return H::combine(std::move(state), hash.low);
  }
};

// Hashes under a secret, so that nobody outside can make two series that share one. Immutable.
class SeriesHasher {
 public:
  static constexpr size_t kSecretSize = 192;  // of XXH3; its own default
  using Secret = std::array<uint32_t, kSecretSize / sizeof(uint32_t)>;
  explicit SeriesHasher(const Secret& secret) : secret_(secret) {}
  // The one with the secret that this process drew.
  static const SeriesHasher& OfProcess();

  SeriesHash operator()(std::string_view raw) const;

 private:
  // Given whole, because XXH3 would make it anew from a short seed for each long text.
  Secret secret_;
};

// One line of a sample. Its ref is storage::kNoRef when relabelling drops it.
class CachedLine {
 public:
  static constexpr size_t kMaxSize = (size_t{1} << 23) - 1;
  static constexpr storage::SeriesRef kMaxRef = (storage::SeriesRef{1} << 40) - 1;

  CachedLine(SeriesHash hash, storage::SeriesRef ref, size_t size, bool own_timestamp)
      : hash_(hash),
        ref_(ref & kMaxRef),
        size_(size & kMaxSize),
        own_timestamp_(own_timestamp ? 1 : 0) {
    assert(ref <= kMaxRef && size <= kMaxSize);
  }

  const SeriesHash& hash() const { return hash_; }
  storage::SeriesRef ref() const { return ref_; }
  size_t size() const { return size_; }  // of the raw series, in bytes
  // The target gave the time: such series end by silence, unless TrackOwnTimestamps().
  bool own_timestamp() const { return own_timestamp_ != 0; }

 private:
  SeriesHash hash_;
  uint64_t ref_ : 40;
  uint64_t size_ : 23;
  uint64_t own_timestamp_ : 1;
};
static_assert(sizeof(CachedLine) <= 28);

// Used by one scrape at a time.
class ScrapeCache {
 public:
  // Walks the lines of one scrape beside those of the last.
  class Walk {
   public:
    explicit Walk(ScrapeCache& cache) : cache_(cache) {}

    // The line that is expected next, or the one `ahead` lines behind it; null at the end.
    const CachedLine* Expected(size_t ahead = 0) const {
      return at_ + ahead < cache_.lines_.size() ? &cache_.lines_[at_ + ahead] : nullptr;
    }
    // Whether a line that would be expected came already, out of its place.
    bool ExpectedCame(size_t ahead) const { return diverged_ && seen_[at_ + ahead]; }
    // The expected line came, or the one `ahead` lines behind it: those between are passed over.
    void TakeExpected(size_t ahead = 0);
    struct Found {
      bool known = false;                        // in the last scrape, or earlier in this one
      bool came = false;                         // earlier in this one
      storage::SeriesRef ref = storage::kNoRef;  // of a known line
    };
    // Another line came: finds it elsewhere in the last scrape, or before in this one. Expectation
    // goes on behind it, unless it came before.
    Found Find(const SeriesHash& hash);
    // A line that the last scrape did not have, or that has another ref now.
    void Add(const CachedLine& line);

    // Ends the scrape. What came is what the next scrape expects. Returns the refs of series that
    // were there and did not come again.
    std::vector<storage::SeriesRef> Finish();

   private:
    void Diverge();
    void MarkSeen(size_t index);
    void BuildIndex();
    size_t Bucket(const SeriesHash& hash) const { return hash.low & (index_.size() - 1); }

    ScrapeCache& cache_;
    size_t at_ = 0;
    bool diverged_ = false;
    std::vector<CachedLine> came_;  // once diverged: all lines so far
    std::vector<bool> seen_;        // once diverged: of the last scrape's lines
    // Once a line was looked for: the last scrape's lines by hash, each number one up, zero where
    // free, probed in order. The hashes are good as they are, so filling it costs a store a line.
    std::vector<uint32_t> index_;
    absl::flat_hash_map<SeriesHash, storage::SeriesRef> added_;  // what Add() was given
  };

  // Whether series with timestamps of their own end by a marker too.
  void TrackOwnTimestamps(bool track) { track_own_timestamps_ = track; }

  // The refs that a failed scrape ends; they stay known, for when the target comes back.
  std::vector<storage::SeriesRef> End();

  // What lines mean has changed, as by a relabelling rule: none is recognised in the next scrape,
  // but the series that it then lacks are found.
  void Forget();

  size_t size() const { return lines_.size(); }
  // Of the lines, those that are stored; walks them.
  size_t CountStored() const;

 private:
  void KeepAbsent(std::vector<storage::SeriesRef>& refs) const;
  std::vector<storage::SeriesRef> Unseen(const std::vector<bool>* seen, size_t from) const;

  std::vector<CachedLine> lines_;
  bool track_own_timestamps_ = false;
  bool ended_ = false;  // the series of `lines_` have their end marked
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_SCRAPE_CACHE_H_
