#include "server/scrape/scrape_cache.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <random>

namespace narthex::server {
namespace {

uint64_t MakeSeed() {
  std::random_device device;
  return static_cast<uint64_t>(device()) << 32 | device();
}

}  // namespace

SeriesHash HashSeries(std::string_view raw) {
  static const uint64_t kSeed = MakeSeed();
  const XXH128_hash_t hash = XXH3_128bits_withSeed(raw.data(), raw.size(), kSeed);
  return {hash.low64, hash.high64};
}

void ScrapeCache::Walk::MarkSeen(size_t index) {
  if (diverged_) seen_[index] = true;
}

void ScrapeCache::Walk::TakeExpected(size_t ahead) {
  if (ahead > 0) Diverge();
  at_ += ahead;
  if (diverged_) came_.push_back(cache_.lines_[at_]);
  MarkSeen(at_);
  ++at_;
}

// From here on the order is not that of the last scrape: what came so far is copied.
void ScrapeCache::Walk::Diverge() {
  if (diverged_) return;
  diverged_ = true;
  const auto& lines = cache_.lines_;
  came_.assign(lines.begin(), lines.begin() + static_cast<ptrdiff_t>(at_));
  seen_.assign(lines.size(), false);
  std::fill(seen_.begin(), seen_.begin() + static_cast<ptrdiff_t>(at_), true);
  index_.reserve(lines.size());
  for (size_t i = 0; i < lines.size(); ++i) index_.emplace(lines[i].hash(), i);
}

const CachedLine* ScrapeCache::Walk::Find(const SeriesHash& hash) {
  Diverge();
  const auto found = index_.find(hash);
  if (found == index_.end()) return nullptr;
  const CachedLine& line = cache_.lines_[found->second];
  seen_[found->second] = true;
  at_ = found->second + 1;
  return &line;
}

void ScrapeCache::Walk::Add(const CachedLine& line) {
  Diverge();
  came_.push_back(line);
}

std::vector<storage::SeriesRef> ScrapeCache::Walk::Finish() {
  std::vector<storage::SeriesRef> gone;
  if (!cache_.ended_) gone = cache_.Unseen(diverged_ ? &seen_ : nullptr, at_);
  if (diverged_) {
    cache_.lines_ = std::move(came_);
    cache_.lines_.shrink_to_fit();
  } else {
    cache_.lines_.erase(cache_.lines_.begin() + static_cast<ptrdiff_t>(at_), cache_.lines_.end());
  }
  cache_.ended_ = false;
  if (!gone.empty()) cache_.KeepAbsent(gone);
  return gone;
}

std::vector<storage::SeriesRef> ScrapeCache::End() {
  std::vector<storage::SeriesRef> refs;
  if (!ended_) refs = Unseen(nullptr, 0);
  ended_ = true;
  return refs;
}

// A line that did not come says nothing of its series when another line has it: one with its labels
// in another order, or its double.
void ScrapeCache::KeepAbsent(std::vector<storage::SeriesRef>& refs) const {
  std::vector<storage::SeriesRef> present;
  present.reserve(lines_.size());
  for (const CachedLine& line : lines_) present.push_back(line.ref());
  std::sort(present.begin(), present.end());
  std::sort(refs.begin(), refs.end());
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  std::erase_if(refs, [&](storage::SeriesRef ref) {
    return std::binary_search(present.begin(), present.end(), ref);
  });
}

std::vector<storage::SeriesRef> ScrapeCache::Unseen(const std::vector<bool>* seen,
                                                    size_t from) const {
  std::vector<storage::SeriesRef> refs;
  for (size_t i = seen == nullptr ? from : 0; i < lines_.size(); ++i) {
    if (seen != nullptr && (*seen)[i]) continue;
    if (!lines_[i].own_timestamp()) refs.push_back(lines_[i].ref());
  }
  return refs;
}

}  // namespace narthex::server
