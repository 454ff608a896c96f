#include "server/tsdb/mem_series.h"

#include <algorithm>
#include <bit>

namespace narthex::tsdb {
namespace {

// The end of the chunk range that a time lies in.
int64_t RangeEnd(int64_t timestamp_ms) {
  int64_t start = timestamp_ms - timestamp_ms % kChunkRangeMs;
  if (start > timestamp_ms) start -= kChunkRangeMs;
  return start + kChunkRangeMs;
}

// Where a chunk that took a quarter of its samples from `start` to `now` should end, so that the
// chunks until `range_end` are of like size.
int64_t EvenEnd(int64_t start_ms, int64_t now_ms, int64_t range_end_ms) {
  const int64_t estimated_chunks = (range_end_ms - start_ms) / ((now_ms - start_ms + 1) * 4);
  return estimated_chunks <= 1 ? range_end_ms
                               : start_ms + (range_end_ms - start_ms) / estimated_chunks;
}

}  // namespace

void CommitMarks::Add(CommitId commit, CommitId watermark) {
  if (newest_[0].commit == commit) {
    ++newest_[0].sample_count;
    return;
  }
  if (older_ && (older_->empty() || older_->back().commit <= watermark)) older_.reset();
  if (newest_[1].commit > watermark) {
    if (!older_) older_ = std::make_unique<std::vector<CommitMark>>();
    older_->push_back(newest_[1]);
  }
  newest_[1] = newest_[0];
  newest_[0] = {commit, 1};
}

size_t CommitMarks::HiddenFrom(CommitId pin) const {
  size_t hidden = 0;
  for (const CommitMark& mark : newest_) hidden += mark.commit > pin ? mark.sample_count : 0;
  if (!older_) return hidden;
  for (const CommitMark& mark : *older_) hidden += mark.commit > pin ? mark.sample_count : 0;
  return hidden;
}

AppendOutcome MemSeries::Check(int64_t timestamp_ms, double value) const {
  if (!HasSamples() || timestamp_ms > open.last_timestamp_ms()) return AppendOutcome::kAppended;
  if (timestamp_ms < open.last_timestamp_ms()) return AppendOutcome::kOutOfOrder;
  const bool same = std::bit_cast<uint64_t>(value) == std::bit_cast<uint64_t>(open.last_value());
  return same ? AppendOutcome::kSame : AppendOutcome::kDuplicate;
}

AppendOutcome MemSeries::Append(int64_t timestamp_ms, double value) {
  const AppendOutcome outcome = Check(timestamp_ms, value);
  if (outcome != AppendOutcome::kAppended) return outcome;
  const uint16_t count = open.sample_count();
  if (count > 0 && (timestamp_ms >= open_end_ms || count >= 2 * kSamplesPerChunk)) {
    const int64_t max_time_ms = open.last_timestamp_ms();
    finished.push_back({open_min_time_ms, max_time_ms, open.Finish()});
  }
  if (open.sample_count() == 0) {
    open_min_time_ms = timestamp_ms;
    open_end_ms = RangeEnd(timestamp_ms);
  } else if (count == kSamplesPerChunk / 4) {
    open_end_ms = EvenEnd(open_min_time_ms, open.last_timestamp_ms(), open_end_ms);
    if (timestamp_ms >= open_end_ms) return Append(timestamp_ms, value);
  }
  open.Append(timestamp_ms, value);
  return outcome;
}

Status MemSeries::Read(int64_t min_time_ms, int64_t max_time_ms, size_t hidden,
                       storage::SampleColumns& samples) const {
  // Hidden samples are the newest: they may reach back over the open chunk.
  size_t open_visible = open.sample_count();
  std::vector<size_t> visible;
  open_visible -= std::min(open_visible, hidden);
  hidden -= std::min<size_t>(open.sample_count(), hidden);
  size_t first_hidden_chunk = finished.size();
  while (hidden > 0 && first_hidden_chunk > 0) {
    const size_t count = ChunkSampleCount(finished[--first_hidden_chunk].bytes.view());
    visible.push_back(count - std::min(count, hidden));
    hidden -= std::min(count, hidden);
  }
  for (size_t i = 0; i < finished.size(); ++i) {
    const FinishedChunk& chunk = finished[i];
    if (chunk.max_time_ms < min_time_ms) continue;
    if (chunk.min_time_ms > max_time_ms) return {};
    const size_t shown =
        i < first_hidden_chunk ? kMaxChunkSamples : visible[finished.size() - 1 - i];
    RETURN_IF_ERROR(DecodeXorChunk(chunk.bytes.view(), min_time_ms, max_time_ms, shown, samples));
  }
  if (!HasSamples() || open_min_time_ms > max_time_ms) return {};
  return DecodeXorChunk(open.bytes(), min_time_ms, max_time_ms, open_visible, samples);
}

void MemSeries::CopyChunks(int64_t min_time_ms, int64_t max_time_ms,
                           std::vector<OwnedChunk>& chunks) const {
  const auto copy = [&](int64_t first_ms, int64_t last_ms, std::string_view bytes) {
    if (last_ms >= min_time_ms && first_ms <= max_time_ms)
      chunks.push_back({first_ms, last_ms, ChunkEncoding::kXor, std::string(bytes)});
  };
  for (const FinishedChunk& chunk : finished)
    copy(chunk.min_time_ms, chunk.max_time_ms, chunk.bytes.view());
  if (HasSamples()) copy(open_min_time_ms, open.last_timestamp_ms(), open.bytes());
}

int64_t MemSeries::MinTime() const {
  if (!finished.empty()) return finished.front().min_time_ms;
  return HasSamples() ? open_min_time_ms : storage::kMaxTime;
}

size_t MemSeries::Truncate(int64_t min_time_ms) {
  size_t dropped = 0;
  const auto first_kept =
      std::find_if(finished.begin(), finished.end(),
                   [&](const FinishedChunk& chunk) { return chunk.max_time_ms >= min_time_ms; });
  for (auto chunk = finished.begin(); chunk != first_kept; ++chunk)
    dropped += ChunkSampleCount(chunk->bytes.view());
  finished.erase(finished.begin(), first_kept);
  if (HasSamples() && open.last_timestamp_ms() < min_time_ms) {
    dropped += open.sample_count();
    open.Finish();
  }
  return dropped;
}

}  // namespace narthex::tsdb
