// The chunks of native histograms, of whole counts and of floats, as Prometheus writes them.
//   2 bytes   number of samples, big-endian
//   1 byte    ResetHeader in the upper two bits
//   layout    see histogram_layout.h
//   samples   time, count, count of the zero bucket, sum, positive buckets, negative buckets
// In those with start times the first byte has the ResetHeader in its upper two bits and the number
// of samples in the other 14 of two bytes; the third byte is of the starts, see start_codec.h, and
// behind each sample follows its start.
//
// Numbers of a sample, see varbit.h:
//               first                          others
//   time        varbit                         delta of the delta as varbit
//   whole count unsigned varbit                delta of the delta as varbit
//   float count 64 bits                        XOR with the one before
//   sum         64 bits                        XOR with the one before
// Of whole counts a bucket is written as its difference to the bucket before it, signed. A stale
// marker ends after its sum, and only stale markers follow it. Unless the chunk is of gauges, no
// count falls within it: so every sample but the first is known to be no reset.
#ifndef NARTHEX_SERVER_TSDB_HISTOGRAM_CHUNK_H_
#define NARTHEX_SERVER_TSDB_HISTOGRAM_CHUNK_H_

#include <cstdint>
#include <string_view>

#include "common/status/status.h"
#include "server/storage/storage.h"
#include "server/tsdb/chunk.h"
#include "server/tsdb/histogram_layout.h"
#include "server/tsdb/histogram_numbers.h"
#include "server/tsdb/start_codec.h"

namespace narthex::tsdb {

// On disk. How a chunk follows on the one before it; readers rely on kGauge only.
enum class ResetHeader : uint8_t {
  kUnknown = 0x00,
  kNotReset = 0x40,
  kReset = 0x80,
  kGauge = 0xC0,
};
inline constexpr uint8_t kResetHeaderMask = 0xC0;

struct HistogramChunkKind {
  bool float_counts = false;
  bool with_starts = false;
};
inline constexpr uint16_t kStartsSampleCountMask = 0x3FFF;

// Appends to one chunk. Not safe from several threads.
class HistogramChunkWriter {
 public:
  explicit HistogramChunkWriter(HistogramChunkKind kind)
      : numbers_(kind.float_counts), with_starts_(kind.with_starts) {}

  // Appends where the chunk can take the histogram behind what it has, writing the chunk anew where
  // buckets are to be added; `time` is after that of the sample before; its start is kept where the
  // chunk has starts. False, and nothing
  // changed, where a new chunk is needed: counts fell, or schema, thresholds or the kind changed.
  bool TryAppend(storage::SampleTime time, const storage::Histogram& histogram);

  // How a chunk that begins with this histogram follows on this one.
  ResetHeader HeaderAfter(const storage::Histogram& histogram) const;
  // Of a chunk with samples.
  void SetHeader(ResetHeader header);

  bool float_counts() const { return numbers_.float_counts(); }
  bool with_starts() const { return with_starts_; }
  HistogramChunkKind kind() const { return {float_counts(), with_starts_}; }
  ChunkEncoding encoding() const;
  uint16_t sample_count() const { return sample_count_; }
  int64_t last_timestamp_ms() const { return last_timestamp_ms_; }
  storage::Histogram last() const;  // of a chunk that has samples
  std::string_view bytes() const { return out_.bytes(); }
  size_t allocated_bytes() const;

  // The finished chunk; the writer is then empty.
  ByteBuffer Finish();

 private:
  // What a sample is to the last one.
  enum class Step : uint8_t { kFollows, kReset, kOther };
  Step StepTo(const storage::Histogram& histogram) const;
  Step StepOfCounts(const storage::Histogram& histogram) const;
  bool SideFell(const BucketSpans& spans, size_t first, const storage::BucketCounts& now) const;
  bool is_gauge() const;

  void Begin(storage::SampleTime time, const storage::Histogram& histogram);
  void AppendFitting(storage::SampleTime time, const storage::Histogram& histogram);
  void Recode(const HistogramLayout& layout);
  void Count(storage::SampleTime time);
  ResetHeader header() const;

  BitWriter out_;
  HistogramLayout layout_;
  HistogramNumbers numbers_;
  StartWriter starts_;
  const bool with_starts_;
  uint16_t sample_count_ = 0;
  bool stale_ = false;  // the last sample is a stale marker
  int64_t last_timestamp_ms_ = 0;
  uint64_t last_delta_ms_ = 0;
  uint64_t sum_bits_ = 0;
  XorWindow sum_window_;
};

// The header of a chunk that begins a series, or follows on one of another kind.
ResetHeader FirstHeader(const storage::Histogram& histogram);

// Appends the samples of a chunk with timestamps in [min, max] to `samples`, but no more than the
// first `max_samples` of the chunk. Histograms of schemas finer than are known come at the finest
// known. kCorruption when the bytes end early or cannot be.
Status DecodeHistogramChunk(std::string_view chunk, HistogramChunkKind kind, int64_t min_time_ms,
                            int64_t max_time_ms, size_t max_samples,
                            storage::SampleColumns& samples);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_HISTOGRAM_CHUNK_H_
