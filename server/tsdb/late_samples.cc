#include "server/tsdb/late_samples.h"

#include <algorithm>

#include "server/tsdb/block.h"

namespace narthex::tsdb {
namespace {

constexpr size_t kChunkSamples = 32;  // more than these become chunks

}  // namespace

bool LateSamples::Insert(storage::SampleTime time, double value, storage::HistogramPtr histogram,
                         CommitId commit, CommitId watermark) {
  auto& times = recent_.timestamps_ms;
  const auto at = std::lower_bound(times.begin(), times.end(), time.at_ms) - times.begin();
  if (at < std::ssize(times) && times[static_cast<size_t>(at)] == time.at_ms) return false;
  times.insert(times.begin() + at, time.at_ms);
  recent_.starts_ms.insert(recent_.starts_ms.begin() + at, time.start_ms);
  recent_.values.insert(recent_.values.begin() + at, histogram ? histogram->sum : value);
  recent_.histograms.insert(recent_.histograms.begin() + at, std::move(histogram));
  commits_.insert(commits_.begin() + at, commit);
  // While a reader may ask which of them it sees, they stay apart.
  const bool settled = recent_.size() >= kChunkSamples &&
                       *std::max_element(commits_.begin(), commits_.end()) <= watermark;
  if (settled) (void)MakeChunks();  // else they stay where they are
  return true;
}

Status LateSamples::MakeChunks() {
  const size_t before = chunks_.size();
  Status status = EncodeChunks(
      recent_, FloatEncoding::kXor,
      [this](ChunkView chunk, int64_t min_time_ms, int64_t max_time_ms) {
        chunks_.push_back({min_time_ms, max_time_ms, chunk.encoding, std::string(chunk.bytes)});
        return Status();
      });
  if (!status.ok()) {
    chunks_.resize(before);
    return status;
  }
  recent_.Clear();
  commits_.clear();
  return {};
}

Result<size_t> LateSamples::Seal() {
  if (recent_.size() > 0) RETURN_IF_ERROR(MakeChunks());
  return chunks_.size();
}

void LateSamples::DropChunks(size_t count) {
  chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(count));
}

std::optional<Interval> LateSamples::Range() const {
  if (empty()) return std::nullopt;
  Interval range{storage::kMaxTime, storage::kMinTime};
  const auto take = [&](int64_t first_ms, int64_t last_ms) {
    range.min_time_ms = std::min(range.min_time_ms, first_ms);
    range.max_time_ms = std::max(range.max_time_ms, last_ms);
  };
  for (const OwnedChunk& chunk : chunks_) take(chunk.min_time_ms, chunk.max_time_ms);
  if (recent_.size() > 0) take(recent_.timestamps_ms.front(), recent_.timestamps_ms.back());
  return range;
}

Status LateSamples::ReadSealed(size_t count, int64_t min_time_ms, int64_t max_time_ms,
                               storage::SampleColumns& samples) const {
  storage::SampleColumns more;
  for (size_t i = 0; i < count; ++i) {
    const OwnedChunk& chunk = chunks_[i];
    if (chunk.max_time_ms < min_time_ms || chunk.min_time_ms > max_time_ms) continue;
    more.Clear();
    RETURN_IF_ERROR(DecodeChunk(chunk.view(), min_time_ms, max_time_ms, SIZE_MAX, more));
    MergeSamples(samples, more);
  }
  return {};
}

Status LateSamples::Read(int64_t min_time_ms, int64_t max_time_ms, CommitId pin,
                         storage::SampleColumns& samples) const {
  RETURN_IF_ERROR(ReadSealed(chunks_.size(), min_time_ms, max_time_ms, samples));
  storage::SampleColumns more;
  bool any_histogram = false;
  bool any_start = false;
  for (size_t i = 0; i < recent_.size(); ++i) {
    const int64_t at_ms = recent_.timestamps_ms[i];
    if (at_ms < min_time_ms || at_ms > max_time_ms || commits_[i] > pin) continue;
    more.timestamps_ms.push_back(at_ms);
    more.values.push_back(recent_.values[i]);
    more.histograms.push_back(recent_.histograms[i]);
    more.starts_ms.push_back(recent_.starts_ms[i]);
    any_start = any_start || recent_.starts_ms[i] != 0;
    any_histogram = any_histogram || recent_.histograms[i] != nullptr;
  }
  if (!any_histogram) more.histograms.clear();
  if (!any_start) more.starts_ms.clear();
  MergeSamples(samples, more);
  return {};
}

}  // namespace narthex::tsdb
