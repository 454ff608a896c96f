// One live series: its labels as symbols, its open chunk and its finished ones.
#ifndef NARTHEX_SERVER_TSDB_MEM_SERIES_H_
#define NARTHEX_SERVER_TSDB_MEM_SERIES_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/storage/storage.h"
#include "server/tsdb/chunk_slice.h"
#include "server/tsdb/commit_clock.h"
#include "server/tsdb/finished_chunk.h"
#include "server/tsdb/histogram_chunk.h"
#include "server/tsdb/late_samples.h"
#include "server/tsdb/open_chunk.h"
#include "server/tsdb/postings.h"
#include "server/tsdb/xor2_chunk.h"

namespace narthex::tsdb {

inline constexpr uint16_t kSamplesPerChunk = 120;
inline constexpr size_t kCacheLine = 64;

struct LabelIds {
  SymbolId name;
  SymbolId value;
};

// The open chunk of a series whose newest samples are histograms.
struct OpenHistograms {
  explicit OpenHistograms(HistogramChunkKind kind) : writer(kind) {}

  HistogramChunkWriter writer;
  bool end_estimated = false;  // the chunk's end was moved so that chunks are of like size
};

// How many samples, counted from the newest, a commit added.
struct CommitMark {
  CommitId commit = 0;
  uint32_t sample_count = 0;
};

// The newest commits of a series, newest first: enough for readers that do not see them yet. Two
// are kept in place, older ones only while a reader may ask, apart.
class CommitMarks {
 public:
  void Add(CommitId commit, CommitId watermark);
  // Samples at the end that a reader with this pin must not see.
  size_t HiddenFrom(CommitId pin) const;

 private:
  std::array<CommitMark, 2> newest_;
  std::unique_ptr<std::vector<CommitMark>> older_;  // newest last
};

enum class AppendOutcome : unsigned char { kAppended, kSame, kDuplicate, kOutOfOrder };

// What an append touches comes first, to lie on as few cache lines as it can. Ref, slot and labels
// never change; the rest is guarded by the stripe of the series' slot.
struct MemSeries {
  // No chunk crosses a multiple of the range, so that blocks take chunks whole.
  MemSeries(ChunkCells& cells, int64_t range_ms)
      : open(cells),
        chunk_range_ms(static_cast<uint32_t>(std::clamp<int64_t>(range_ms, 1, UINT32_MAX))) {}

  storage::SeriesRef ref = storage::kNoRef;
  Slot slot = 0;
  uint32_t pending = 0;  // samples of appenders that have not committed
  OpenXorChunk open;
  int64_t open_min_time_ms = 0;
  int64_t open_end_ms = 0;                     // the open chunk takes no sample at or after this
  std::unique_ptr<OpenHistograms> histograms;  // the open chunk where it is of histograms
  std::unique_ptr<Xor2ChunkWriter> timed;      // the same where it is of floats with starts
  CommitMarks marks;
  bool logged = false;    // its record is in the log
  bool unlinked = false;  // collected as garbage: whoever still holds it must look it up anew

  const uint32_t chunk_range_ms;
  uint32_t label_count = 0;
  std::unique_ptr<LabelIds[]> labels;  // sorted by name
  std::vector<FinishedChunk> finished;
  std::unique_ptr<Intervals> deleted;  // what queries do not see; null for nothing
  std::unique_ptr<LateSamples> late;   // null for none
  uint32_t late_sealed = 0;            // chunks of `late` that are in blocks, or on the way there

  // Brings near what an append will touch.
  void Prefetch() const {
    const char* begin = reinterpret_cast<const char*>(this);
    for (size_t offset = 0; offset < offsetof(MemSeries, label_count); offset += kCacheLine)
      __builtin_prefetch(begin + offset, 1);
  }

  bool HasLabels(std::span<const LabelIds> ids) const {
    return label_count == ids.size() &&
           (ids.empty() || std::memcmp(labels.get(), ids.data(), ids.size_bytes()) == 0);
  }

  bool HasSamples() const {
    return open.sample_count() > 0 || histograms != nullptr || timed != nullptr;
  }

  // What an append of this sample would do.
  AppendOutcome Check(int64_t timestamp_ms, double value) const;
  AppendOutcome Check(int64_t timestamp_ms, const storage::Histogram& histogram) const;

  // Appends a sample, finishing the open chunk where it is full or of another kind, or cannot hold
  // the start. A stale marker behind histograms becomes one of theirs.
  AppendOutcome Append(storage::SampleTime time, double value);
  AppendOutcome Append(storage::SampleTime time, const storage::Histogram& histogram);

  // Takes a chunk that was finished before, of samples in order; false where it is not behind all
  // that the series has. Of a series without an open chunk.
  bool Adopt(FinishedChunk chunk);

  // Takes a sample that came out of order; false where there is one at its time.
  bool InsertLate(storage::SampleTime time, double value, storage::HistogramPtr histogram,
                  CommitId commit, CommitId watermark);

  // Adds the samples that came in order in [min, max] but for the newest `hidden` ones.
  Status Read(int64_t min_time_ms, int64_t max_time_ms, size_t hidden,
              storage::SampleColumns& samples) const;

  // Copies the chunks that have samples in [min, max].
  void CopyChunks(int64_t min_time_ms, int64_t max_time_ms, std::vector<OwnedChunk>& chunks) const;

  // Marks samples as deleted, late ones too.
  void Delete(Interval interval);
  // Whether the newest sample in order, where that is at hand, says that the series has ended.
  bool HasEnded() const;
  int64_t LastTime() const;  // of the samples in order; kMinTime without any
  // From the first sample to the last, late ones too; nothing where there are none.
  std::optional<Interval> Range() const;

  // The time of the oldest sample in order; kMaxTime without samples.
  int64_t MinTime() const;

  // Drops chunks that end before `min_time_ms`; returns the number of samples dropped.
  size_t Truncate(int64_t min_time_ms);

  size_t chunk_count() const {
    return finished.size() + (HasSamples() ? 1 : 0) + (late ? late->chunk_count() : 0);
  }

 private:
  int64_t RangeEnd(int64_t timestamp_ms) const;
  ChunkEncoding OpenEncoding() const;
  // The open chunk, in place or in `memory`.
  ChunkView OpenView(std::string& memory) const;
  size_t OpenSampleCount() const;
  AppendOutcome CheckBehindFinished(int64_t timestamp_ms) const;
  double LastValue() const { return timed ? timed->last_value() : open.last_value(); }
  void FinishOpen();
  bool IsFull(int64_t timestamp_ms);  // of open histograms
  void BeginHistograms(storage::SampleTime time, const storage::Histogram& histogram,
                       ResetHeader header);
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_MEM_SERIES_H_
