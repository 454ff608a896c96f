#include <algorithm>
#include <bit>
#include <memory>

#include "server/tsdb/histogram_chunk.h"
#include "server/tsdb/xor_chunk.h"

namespace narthex::tsdb {
namespace {

using storage::BucketCounts;
using storage::CounterResetHint;
using storage::Histogram;

constexpr size_t kHeaderBytes = 3;

// The decoder's running state from sample to sample.
class Decoder {
 public:
  Decoder(std::string_view chunk, HistogramChunkKind kind)
      : in_(chunk.substr(kHeaderBytes)),
        numbers_(kind.float_counts),
        gauge_((static_cast<uint8_t>(chunk[kind.with_starts ? 0 : 2]) & kResetHeaderMask) ==
               static_cast<uint8_t>(ResetHeader::kGauge)),
        starts_(kind.with_starts ? static_cast<uint8_t>(chunk[2]) : uint8_t{0}) {}

  Status Next() {
    const bool first = read_++ == 0;
    const int64_t before_ms = timestamp_ms_;
    if (first) {
      RETURN_IF_ERROR(ReadLayout(in_, layout_));
      numbers_.Reset(CountBuckets(layout_.positive_spans) + CountBuckets(layout_.negative_spans));
      timestamp_ms_ = ReadVarbitInt(in_);
    } else {
      delta_ms_ += static_cast<uint64_t>(ReadVarbitInt(in_));
      timestamp_ms_ = static_cast<int64_t>(static_cast<uint64_t>(timestamp_ms_) + delta_ms_);
    }
    numbers_.Read(in_, HistogramNumbers::kCount, first);
    numbers_.Read(in_, HistogramNumbers::kZeroCount, first);
    if (first) {
      sum_bits_ = in_.Read(64);
    } else {
      ReadXor(in_, sum_window_, sum_bits_);
    }
    // A marker in front has no buckets.
    if (first || !storage::IsStaleNaN(sum())) numbers_.ReadBuckets(in_, first);
    start_ms_ = starts_.Read(in_, read_ - 1, timestamp_ms_, before_ms);
    return in_.failed() ? Corruption("histogram chunk is cut short") : Status();
  }

  bool any_start() const { return starts_.any(); }
  int64_t start_ms() const { return start_ms_; }
  int64_t timestamp_ms() const { return timestamp_ms_; }
  double sum() const { return std::bit_cast<double>(sum_bits_); }

  storage::HistogramPtr Present() const {
    auto histogram = std::make_shared<Histogram>();
    histogram->float_counts = numbers_.float_counts();
    histogram->sum = sum();
    if (storage::IsStaleHistogram(*histogram)) return histogram;
    histogram->hint = Hint();
    histogram->schema = layout_.schema;
    histogram->zero_threshold = layout_.zero_threshold;
    histogram->zero_count = numbers_.zero_count();
    histogram->count = numbers_.count();
    histogram->custom_bounds = layout_.custom_bounds;
    const size_t negative =
        Fill(layout_.positive_spans, HistogramNumbers::kBuckets, histogram->positive);
    Fill(layout_.negative_spans, negative, histogram->negative);
    if (histogram->schema > Histogram::kMaxSchema)
      ReduceResolution(*histogram, Histogram::kMaxSchema);
    return histogram;
  }

 private:
  CounterResetHint Hint() const {
    if (gauge_) return CounterResetHint::kGauge;
    return read_ > 1 ? CounterResetHint::kNotReset : CounterResetHint::kUnknown;
  }
  size_t Fill(const BucketSpans& spans, size_t first, BucketCounts& side) const {
    side.spans = spans;
    const uint64_t bucket_count = CountBuckets(spans);
    side.counts.reserve(bucket_count);
    return numbers_.VisitCounts(first, bucket_count,
                                [&](double count) { side.counts.push_back(count); });
  }

  BitReader in_;
  HistogramNumbers numbers_;
  const bool gauge_;
  StartReader starts_;
  int64_t start_ms_ = 0;
  size_t read_ = 0;
  HistogramLayout layout_;
  int64_t timestamp_ms_ = 0;
  uint64_t delta_ms_ = 0;
  uint64_t sum_bits_ = 0;
  XorWindow sum_window_;
};

}  // namespace

Status DecodeHistogramChunk(std::string_view chunk, HistogramChunkKind kind, int64_t min_time_ms,
                            int64_t max_time_ms, size_t max_samples,
                            storage::SampleColumns& samples) {
  if (chunk.size() < kHeaderBytes) return Corruption("histogram chunk is cut short");
  const size_t mask = kind.with_starts ? kStartsSampleCountMask : UINT16_MAX;
  const size_t count = std::min(SampleCountField(chunk) & mask, max_samples);
  Decoder decoder(chunk, kind);
  if (decoder.any_start()) samples.starts_ms.resize(samples.size());  // 0 at those before
  for (size_t i = 0; i < count; ++i) {
    RETURN_IF_ERROR(decoder.Next());
    if (decoder.timestamp_ms() > max_time_ms) break;
    if (decoder.timestamp_ms() < min_time_ms) continue;
    samples.histograms.resize(samples.size());  // null at floats before
    samples.timestamps_ms.push_back(decoder.timestamp_ms());
    samples.values.push_back(decoder.sum());
    samples.histograms.push_back(decoder.Present());
    if (decoder.any_start()) samples.starts_ms.push_back(decoder.start_ms());
  }
  return {};
}

}  // namespace narthex::tsdb
