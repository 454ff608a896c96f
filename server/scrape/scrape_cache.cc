#include "server/scrape/scrape_cache.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <random>

namespace narthex::server {
namespace {

SeriesHasher::Secret DrawSecret() {
  std::random_device device;
  SeriesHasher::Secret secret;
  for (uint32_t& word : secret) word = device();
  return secret;
}

}  // namespace

const SeriesHasher& SeriesHasher::OfProcess() {
  static const SeriesHasher kHasher(DrawSecret());
  return kHasher;
}

SeriesHash SeriesHasher::operator()(std::string_view raw) const {
  static_assert(kSecretSize == XXH3_SECRET_DEFAULT_SIZE);
  const XXH128_hash_t hash =
      XXH3_128bits_withSecret(raw.data(), raw.size(), secret_.data(), sizeof secret_);
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
  came_.reserve(lines.size());
  came_.assign(lines.begin(), lines.begin() + static_cast<ptrdiff_t>(at_));
  seen_.assign(lines.size(), false);
  std::fill(seen_.begin(), seen_.begin() + static_cast<ptrdiff_t>(at_), true);
}

// Of lines that are alike the first is found.
void ScrapeCache::Walk::BuildIndex() {
  const auto& lines = cache_.lines_;
  index_.resize(std::bit_ceil(2 * lines.size() + 1));
  for (size_t i = 0; i < lines.size(); ++i) {
    size_t bucket = Bucket(lines[i].hash());
    while (index_[bucket] != 0 && lines[index_[bucket] - 1].hash() != lines[i].hash())
      bucket = (bucket + 1) & (index_.size() - 1);
    if (index_[bucket] == 0) index_[bucket] = static_cast<uint32_t>(i + 1);
  }
}

ScrapeCache::Walk::Found ScrapeCache::Walk::Find(const SeriesHash& hash) {
  Diverge();
  if (const auto added = added_.find(hash); added != added_.end())
    return {.known = true, .came = true, .ref = added->second};
  if (index_.empty()) BuildIndex();
  for (size_t bucket = Bucket(hash); index_[bucket] != 0;
       bucket = (bucket + 1) & (index_.size() - 1)) {
    const size_t found = index_[bucket] - 1;
    const CachedLine& line = cache_.lines_[found];
    if (line.hash() != hash) continue;
    const bool came = seen_[found];
    seen_[found] = true;
    if (!came) at_ = found + 1;
    return {.known = true, .came = came, .ref = line.ref()};
  }
  return {};
}

void ScrapeCache::Walk::Add(const CachedLine& line) {
  Diverge();
  came_.push_back(line);
  added_.try_emplace(line.hash(), line.ref());
}

std::vector<storage::SeriesRef> ScrapeCache::Walk::Finish() {
  std::vector<storage::SeriesRef> gone;
  if (!cache_.ended_) gone = cache_.Unseen(diverged_ ? &seen_ : nullptr, at_);
  if (diverged_) {
    cache_.lines_ = std::move(came_);
    if (cache_.lines_.capacity() > cache_.lines_.size() + cache_.lines_.size() / 8)
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

size_t ScrapeCache::CountStored() const {
  return static_cast<size_t>(std::count_if(lines_.begin(), lines_.end(), [](const auto& line) {
    return line.ref() != storage::kNoRef;
  }));
}

void ScrapeCache::Forget() {
  for (CachedLine& line : lines_) {
    const SeriesHash none{0, lines_.size()};  // like no line's, but by an accident that is harmless
    line = CachedLine(none, line.ref(), 0, line.own_timestamp());
  }
}

// A line that did not come says nothing of its series when another line has it: one with its labels
// in another order, or its double.
void ScrapeCache::KeepAbsent(std::vector<storage::SeriesRef>& refs) const {
  std::sort(refs.begin(), refs.end());
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  std::vector<bool> present(refs.size());
  for (const CachedLine& line : lines_) {
    const auto at = std::lower_bound(refs.begin(), refs.end(), line.ref());
    if (at != refs.end() && *at == line.ref())
      present[static_cast<size_t>(at - refs.begin())] = true;
  }
  std::vector<storage::SeriesRef> absent;
  for (size_t i = 0; i < refs.size(); ++i) {
    if (!present[i]) absent.push_back(refs[i]);
  }
  refs = std::move(absent);
}

std::vector<storage::SeriesRef> ScrapeCache::Unseen(const std::vector<bool>* seen,
                                                    size_t from) const {
  std::vector<storage::SeriesRef> refs;
  for (size_t i = seen == nullptr ? from : 0; i < lines_.size(); ++i) {
    if (seen != nullptr && (*seen)[i]) continue;
    const bool ends_by_marker =
        lines_[i].ref() != storage::kNoRef && (track_own_timestamps_ || !lines_[i].own_timestamp());
    if (ends_by_marker) refs.push_back(lines_[i].ref());
  }
  return refs;
}

}  // namespace narthex::server
