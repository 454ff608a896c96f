#include "server/tsdb/mem_series.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace narthex::tsdb {

using storage::Histogram;

namespace {

// Where a chunk that took a part of what it is to hold from `start` to `now` should end, so that
// the chunks until `range_end` are of like size. `ratio` is the whole to that part.
int64_t EvenEnd(int64_t start_ms, int64_t now_ms, int64_t range_end_ms, double ratio) {
  const auto range_ms = static_cast<double>(range_end_ms - start_ms);
  const double chunks = std::floor(range_ms / (static_cast<double>(now_ms - start_ms + 1) * ratio));
  return chunks <= 1 ? range_end_ms : start_ms + static_cast<int64_t>(range_ms / chunks);
}

// Chunks of histograms are cut by size, but a few samples they have.
constexpr size_t kHistogramChunkBytes = 1024;
constexpr size_t kMinHistogramSamples = 10;

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

// The end of the range that a time lies in.
int64_t MemSeries::RangeEnd(int64_t timestamp_ms) const {
  int64_t start = timestamp_ms - timestamp_ms % chunk_range_ms;
  if (start > timestamp_ms) start -= chunk_range_ms;
  return start + chunk_range_ms;
}

int64_t MemSeries::LastTime() const {
  if (!HasSamples()) return finished.empty() ? storage::kMinTime : finished.back().max_time_ms();
  if (histograms) return histograms->writer.last_timestamp_ms();
  return timed ? timed->last_timestamp_ms() : open.last_timestamp_ms();
}

bool MemSeries::HasEnded() const {
  if (histograms) return IsStaleHistogram(histograms->writer.last());
  return HasSamples() && storage::IsStaleNaN(LastValue());
}

// Without an open chunk, as after a start, the last value is not at hand.
AppendOutcome MemSeries::CheckBehindFinished(int64_t timestamp_ms) const {
  if (finished.empty() || timestamp_ms > finished.back().max_time_ms())
    return AppendOutcome::kAppended;
  return timestamp_ms == finished.back().max_time_ms() ? AppendOutcome::kDuplicate
                                                       : AppendOutcome::kOutOfOrder;
}

AppendOutcome MemSeries::Check(int64_t timestamp_ms, double value) const {
  if (!HasSamples()) return CheckBehindFinished(timestamp_ms);
  if (timestamp_ms > LastTime()) return AppendOutcome::kAppended;
  if (timestamp_ms < LastTime()) return AppendOutcome::kOutOfOrder;
  if (histograms) {
    const bool same = storage::IsStaleNaN(value) && IsStaleHistogram(histograms->writer.last());
    return same ? AppendOutcome::kSame : AppendOutcome::kDuplicate;
  }
  const bool same = std::bit_cast<uint64_t>(value) == std::bit_cast<uint64_t>(LastValue());
  return same ? AppendOutcome::kSame : AppendOutcome::kDuplicate;
}

AppendOutcome MemSeries::Check(int64_t timestamp_ms, const Histogram& histogram) const {
  if (!HasSamples()) return CheckBehindFinished(timestamp_ms);
  if (timestamp_ms > LastTime()) return AppendOutcome::kAppended;
  if (timestamp_ms < LastTime()) return AppendOutcome::kOutOfOrder;
  const bool same = histograms && SameObservations(histograms->writer.last(), histogram);
  return same ? AppendOutcome::kSame : AppendOutcome::kDuplicate;
}

AppendOutcome MemSeries::Append(storage::SampleTime time, double value) {
  if (histograms && storage::IsStaleNaN(value))
    return Append(time, storage::StaleHistogram(histograms->writer.float_counts()));
  const AppendOutcome outcome = Check(time.at_ms, value);
  if (outcome != AppendOutcome::kAppended) return outcome;
  const size_t count = OpenSampleCount();
  const bool full = count > 0 && (time.at_ms >= open_end_ms || count >= 2 * kSamplesPerChunk);
  const bool holds_start = time.start_ms == 0 || timed != nullptr || count == 0;
  if (full || histograms || !holds_start) FinishOpen();
  if (!HasSamples()) {
    open_min_time_ms = time.at_ms;
    open_end_ms = RangeEnd(time.at_ms);
    if (time.start_ms != 0) timed = std::make_unique<Xor2ChunkWriter>();
  } else if (count == kSamplesPerChunk / 4) {
    open_end_ms = EvenEnd(open_min_time_ms, LastTime(), open_end_ms, 4);
    if (time.at_ms >= open_end_ms) return Append(time, value);
  }
  timed ? timed->Append(time, value) : open.Append(time.at_ms, value);
  return outcome;
}

AppendOutcome MemSeries::Append(storage::SampleTime time, const Histogram& histogram) {
  const AppendOutcome outcome = Check(time.at_ms, histogram);
  if (outcome != AppendOutcome::kAppended) return outcome;
  const bool follows = histograms && histograms->writer.float_counts() == histogram.float_counts;
  const bool holds_start = time.start_ms == 0 || (histograms && histograms->writer.with_starts());
  if (!follows) {
    if (HasSamples()) FinishOpen();
    BeginHistograms(time, histogram, FirstHeader(histogram));
  } else if (!holds_start || IsFull(time.at_ms) || !histograms->writer.TryAppend(time, histogram)) {
    const ResetHeader header = histograms->writer.HeaderAfter(histogram);
    FinishOpen();
    BeginHistograms(time, histogram, header);
  }
  return outcome;
}

// As the reference: a chunk ends where its range does, or where an estimate from its first quarter
// says, or when it is twice as large as it should be.
bool MemSeries::IsFull(int64_t timestamp_ms) {
  const size_t size = histograms->writer.bytes().size();
  if (!histograms->end_estimated && size >= kHistogramChunkBytes / 4) {
    const double ratio = static_cast<double>(kHistogramChunkBytes) / static_cast<double>(size);
    open_end_ms = EvenEnd(open_min_time_ms, LastTime(), open_end_ms, ratio);
    histograms->end_estimated = true;
  }
  const bool due = timestamp_ms >= open_end_ms || size >= 2 * kHistogramChunkBytes;
  return due && (histograms->writer.sample_count() >= kMinHistogramSamples ||
                 timestamp_ms >= RangeEnd(open_min_time_ms));
}

void MemSeries::BeginHistograms(storage::SampleTime time, const Histogram& histogram,
                                ResetHeader header) {
  histograms = std::make_unique<OpenHistograms>(HistogramChunkKind{
      .float_counts = histogram.float_counts, .with_starts = time.start_ms != 0});
  histograms->writer.TryAppend(time, histogram);
  histograms->writer.SetHeader(header);
  open_min_time_ms = time.at_ms;
  open_end_ms = RangeEnd(time.at_ms);
}

bool MemSeries::Adopt(FinishedChunk chunk) {
  assert(!HasSamples());
  if (chunk.min_time_ms() <= LastTime()) return false;
  finished.push_back(std::move(chunk));
  return true;
}

bool MemSeries::InsertLate(storage::SampleTime time, double value, storage::HistogramPtr histogram,
                           CommitId commit, CommitId watermark) {
  if (!late) late = std::make_unique<LateSamples>();
  return late->Insert(time, value, std::move(histogram), commit, watermark);
}

ChunkEncoding MemSeries::OpenEncoding() const {
  if (histograms) return histograms->writer.encoding();
  return timed ? ChunkEncoding::kXor2 : ChunkEncoding::kXor;
}

ChunkView MemSeries::OpenView(std::string& memory) const {
  return {OpenEncoding(), histograms ? histograms->writer.bytes()
                          : timed    ? timed->bytes()
                                     : open.BytesIn(memory)};
}

size_t MemSeries::OpenSampleCount() const {
  if (histograms) return histograms->writer.sample_count();
  return timed ? timed->sample_count() : open.sample_count();
}

void MemSeries::FinishOpen() {
  const ChunkEncoding encoding = OpenEncoding();
  const int64_t max_time_ms = LastTime();
  ByteBuffer bytes = histograms ? histograms->writer.Finish()
                     : timed    ? timed->Finish()
                                : open.Finish();
  finished.emplace_back(open_min_time_ms, max_time_ms, encoding, std::move(bytes));
  histograms.reset();
  timed.reset();
}

Status MemSeries::Read(int64_t min_time_ms, int64_t max_time_ms, size_t hidden,
                       storage::SampleColumns& samples) const {
  // Hidden samples are the newest: they may reach back over the open chunk.
  const size_t open_count = OpenSampleCount();
  const size_t open_visible = open_count - std::min(open_count, hidden);
  hidden -= std::min(open_count, hidden);
  std::vector<size_t> visible;
  size_t first_hidden_chunk = finished.size();
  while (hidden > 0 && first_hidden_chunk > 0) {
    const size_t count = ChunkSampleCount(finished[--first_hidden_chunk].view());
    visible.push_back(count - std::min(count, hidden));
    hidden -= std::min(count, hidden);
  }
  for (size_t i = 0; i < finished.size(); ++i) {
    const FinishedChunk& chunk = finished[i];
    if (chunk.max_time_ms() < min_time_ms) continue;
    if (chunk.min_time_ms() > max_time_ms) return {};
    const size_t shown = i < first_hidden_chunk ? SIZE_MAX : visible[finished.size() - 1 - i];
    RETURN_IF_ERROR(DecodeChunk(chunk.view(), min_time_ms, max_time_ms, shown, samples));
  }
  if (!HasSamples() || open_min_time_ms > max_time_ms) return {};
  std::string memory;
  return DecodeChunk(OpenView(memory), min_time_ms, max_time_ms, open_visible, samples);
}

void MemSeries::CopyChunks(int64_t min_time_ms, int64_t max_time_ms,
                           std::vector<OwnedChunk>& chunks) const {
  const auto copy = [&](int64_t first_ms, int64_t last_ms, ChunkView chunk) {
    if (last_ms >= min_time_ms && first_ms <= max_time_ms)
      chunks.push_back({first_ms, last_ms, chunk.encoding, std::string(chunk.bytes)});
  };
  for (const FinishedChunk& chunk : finished)
    copy(chunk.min_time_ms(), chunk.max_time_ms(), chunk.view());
  std::string memory;
  if (HasSamples()) copy(open_min_time_ms, LastTime(), OpenView(memory));
}

void MemSeries::Delete(Interval interval) {
  if (!deleted) deleted = std::make_unique<Intervals>();
  AddInterval(*deleted, interval);
}

std::optional<Interval> MemSeries::Range() const {
  std::optional<Interval> range;
  if (HasSamples() || !finished.empty()) range = {MinTime(), LastTime()};
  const auto late_range = late ? late->Range() : std::nullopt;
  if (!range || !late_range) return range ? range : late_range;
  return Interval{std::min(range->min_time_ms, late_range->min_time_ms),
                  std::max(range->max_time_ms, late_range->max_time_ms)};
}

int64_t MemSeries::MinTime() const {
  if (!finished.empty()) return finished.front().min_time_ms();
  return HasSamples() ? open_min_time_ms : storage::kMaxTime;
}

size_t MemSeries::Truncate(int64_t min_time_ms) {
  size_t dropped = 0;
  const auto first_kept =
      std::find_if(finished.begin(), finished.end(),
                   [&](const FinishedChunk& chunk) { return chunk.max_time_ms() >= min_time_ms; });
  for (auto chunk = finished.begin(); chunk != first_kept; ++chunk)
    dropped += ChunkSampleCount(chunk->view());
  finished.erase(finished.begin(), first_kept);
  if (HasSamples() && LastTime() < min_time_ms) {
    dropped += OpenSampleCount();
    open.Clear();
    histograms.reset();
    timed.reset();
  }
  if (deleted && !late) {
    std::erase_if(*deleted, [&](const Interval& one) { return one.max_time_ms < min_time_ms; });
    if (deleted->empty()) deleted.reset();
  }
  return dropped;
}

}  // namespace narthex::tsdb
