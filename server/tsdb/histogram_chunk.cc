#include "server/tsdb/histogram_chunk.h"

#include <cassert>

namespace narthex::tsdb {
namespace {

using storage::BucketCounts;
using storage::CounterResetHint;
using storage::Histogram;

constexpr size_t kHeaderOffset = 2;  // of the starts, or else of the ResetHeader
constexpr size_t kHeaderBytes = 3;

bool SameKind(const HistogramLayout& layout, const Histogram& histogram) {
  return layout.schema == histogram.schema && layout.zero_threshold == histogram.zero_threshold;
}

// The spans that list all buckets of both: `a` itself where it does.
BucketSpans UniteSpans(const BucketSpans& a, const BucketSpans& b) {
  if (a == b) return a;
  const BucketIndexes indexes = IndexesOf(a);
  const BucketIndexes united = UniteIndexes(indexes, IndexesOf(b));
  return united.size() == indexes.size() ? a : SpansOf(united);
}

}  // namespace

ResetHeader FirstHeader(const Histogram& histogram) {
  if (histogram.hint == CounterResetHint::kGauge) return ResetHeader::kGauge;
  return histogram.hint == CounterResetHint::kReset ? ResetHeader::kReset : ResetHeader::kUnknown;
}

bool HistogramChunkWriter::is_gauge() const { return header() == ResetHeader::kGauge; }

ChunkEncoding HistogramChunkWriter::encoding() const {
  if (with_starts_) {
    return float_counts() ? ChunkEncoding::kFloatHistogramStarts : ChunkEncoding::kHistogramStarts;
  }
  return float_counts() ? ChunkEncoding::kFloatHistogram : ChunkEncoding::kHistogram;
}

ResetHeader HistogramChunkWriter::header() const {
  const auto byte = static_cast<uint8_t>(out_.bytes()[with_starts_ ? 0 : kHeaderOffset]);
  return static_cast<ResetHeader>(byte & kResetHeaderMask);
}

void HistogramChunkWriter::SetHeader(ResetHeader header) {
  const auto bits = static_cast<uint8_t>(header);
  if (!with_starts_) return out_.SetByte(kHeaderOffset, bits);
  const auto rest = static_cast<uint8_t>(static_cast<uint8_t>(out_.bytes()[0]) & ~kResetHeaderMask);
  out_.SetByte(0, static_cast<uint8_t>(rest | bits));
}

Histogram HistogramChunkWriter::last() const {
  Histogram histogram = storage::StaleHistogram(float_counts());
  if (stale_) return histogram;
  histogram.hint = is_gauge() ? CounterResetHint::kGauge : CounterResetHint::kUnknown;
  histogram.sum = std::bit_cast<double>(sum_bits_);
  histogram.schema = layout_.schema;
  histogram.zero_threshold = layout_.zero_threshold;
  histogram.custom_bounds = layout_.custom_bounds;
  histogram.count = numbers_.count();
  histogram.zero_count = numbers_.zero_count();
  size_t next = HistogramNumbers::kBuckets;
  const auto fill = [&](const BucketSpans& spans, BucketCounts& side) {
    side.spans = spans;
    next = numbers_.VisitCounts(next, CountBuckets(spans),
                                [&](double count) { side.counts.push_back(count); });
  };
  fill(layout_.positive_spans, histogram.positive);
  fill(layout_.negative_spans, histogram.negative);
  return histogram;
}

HistogramChunkWriter::Step HistogramChunkWriter::StepTo(const Histogram& histogram) const {
  const bool gauge = histogram.hint == CounterResetHint::kGauge;
  if (histogram.float_counts != float_counts()) return Step::kOther;
  if (storage::IsStaleHistogram(histogram)) return Step::kFollows;
  if (stale_ || gauge != is_gauge()) return Step::kOther;
  if (histogram.hint == CounterResetHint::kReset) return Step::kReset;
  if (!gauge) return StepOfCounts(histogram);
  const bool same =
      SameKind(layout_, histogram) && layout_.custom_bounds == histogram.custom_bounds;
  return same ? Step::kFollows : Step::kOther;
}

HistogramChunkWriter::Step HistogramChunkWriter::StepOfCounts(const Histogram& histogram) const {
  if (histogram.count < numbers_.count()) return Step::kReset;
  if (!SameKind(layout_, histogram)) return Step::kOther;
  const size_t positive = HistogramNumbers::kBuckets;
  const size_t negative = positive + CountBuckets(layout_.positive_spans);
  const bool fell = layout_.custom_bounds != histogram.custom_bounds ||
                    histogram.zero_count < numbers_.zero_count() ||
                    SideFell(layout_.positive_spans, positive, histogram.positive) ||
                    SideFell(layout_.negative_spans, negative, histogram.negative);
  return fell ? Step::kReset : Step::kFollows;
}

// Whether a bucket counts less now, or is not there although it counted.
bool HistogramChunkWriter::SideFell(const BucketSpans& spans, size_t first,
                                    const BucketCounts& now) const {
  const uint64_t bucket_count = CountBuckets(spans);
  bool fell = false;
  size_t at = 0;
  if (spans == now.spans) {
    numbers_.VisitCounts(first, bucket_count,
                         [&](double before) { fell = fell || before > now.counts[at++]; });
    return fell;
  }
  const BucketIndexes had = IndexesOf(spans);
  const BucketIndexes has = IndexesOf(now.spans);
  size_t i = 0;
  numbers_.VisitCounts(first, bucket_count, [&](double before) {
    while (at < has.size() && has[at] < had[i]) ++at;
    const bool there = at < has.size() && has[at] == had[i];
    fell = fell || (there ? before > now.counts[at] : before != 0);
    ++i;
  });
  return fell;
}

ResetHeader HistogramChunkWriter::HeaderAfter(const Histogram& histogram) const {
  if (FirstHeader(histogram) != ResetHeader::kUnknown) return FirstHeader(histogram);
  if (storage::IsStaleHistogram(histogram)) return ResetHeader::kUnknown;
  switch (StepTo(histogram)) {
    case Step::kFollows:
      return ResetHeader::kNotReset;
    case Step::kReset:
      return ResetHeader::kReset;
    case Step::kOther:
      break;
  }
  return ResetHeader::kUnknown;
}

bool HistogramChunkWriter::TryAppend(storage::SampleTime time, const Histogram& histogram) {
  assert(histogram.float_counts == float_counts());
  assert(sample_count_ == 0 || time.at_ms > last_timestamp_ms_);
  if (sample_count_ == (with_starts_ ? kStartsSampleCountMask : UINT16_MAX)) return false;
  if (storage::IsStaleHistogram(histogram)) {
    Histogram marker = storage::StaleHistogram(float_counts());
    marker.hint = histogram.hint;
    sample_count_ == 0 ? Begin(time, marker) : AppendFitting(time, marker);
    return true;
  }
  if (sample_count_ == 0) {
    Begin(time, histogram);
    return true;
  }
  if (StepTo(histogram) != Step::kFollows) return false;
  HistogramLayout united = layout_;
  united.positive_spans = UniteSpans(layout_.positive_spans, histogram.positive.spans);
  united.negative_spans = UniteSpans(layout_.negative_spans, histogram.negative.spans);
  if (united.positive_spans != layout_.positive_spans ||
      united.negative_spans != layout_.negative_spans) {
    Recode(united);
  }
  if (histogram.positive.spans == layout_.positive_spans &&
      histogram.negative.spans == layout_.negative_spans) {
    AppendFitting(time, histogram);
    return true;
  }
  Histogram spread = histogram;
  SpreadOver(layout_, spread);
  AppendFitting(time, spread);
  return true;
}

// Writes what the chunk has with more buckets.
void HistogramChunkWriter::Recode(const HistogramLayout& layout) {
  const ResetHeader reset = header();
  const uint16_t count = sample_count_;
  const ByteBuffer before = out_.Finish();
  storage::SampleColumns samples;
  const Status decoded =
      DecodeHistogramChunk(before.view(), kind(), INT64_MIN, INT64_MAX, count, samples);
  assert(decoded.ok());
  (void)decoded;
  sample_count_ = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    Histogram histogram = *samples.histograms[i];
    if (!storage::IsStaleHistogram(histogram)) SpreadOver(layout, histogram);
    const storage::SampleTime time(samples.timestamps_ms[i],
                                   samples.starts_ms.empty() ? 0 : samples.starts_ms[i]);
    i == 0 ? Begin(time, histogram) : AppendFitting(time, histogram);
  }
  SetHeader(reset);
}

void HistogramChunkWriter::Begin(storage::SampleTime time, const Histogram& histogram) {
  out_.Write(0, 8 * kHeaderBytes);
  starts_ = {};
  SetHeader(FirstHeader(histogram));
  layout_ = LayoutOf(histogram);
  WriteLayout(out_, layout_);
  WriteVarbitInt(out_, time.at_ms);
  numbers_.Reset(histogram.positive.counts.size() + histogram.negative.counts.size());
  numbers_.WriteCounts(out_, histogram, true);
  sum_bits_ = std::bit_cast<uint64_t>(histogram.sum);
  sum_window_ = {};
  out_.Write(sum_bits_, 64);
  numbers_.WriteBuckets(out_, histogram, true);
  last_delta_ms_ = 0;
  stale_ = storage::IsStaleHistogram(histogram);
  Count(time);
}

void HistogramChunkWriter::AppendFitting(storage::SampleTime time, const Histogram& histogram) {
  const uint64_t delta_ms =
      static_cast<uint64_t>(time.at_ms) - static_cast<uint64_t>(last_timestamp_ms_);
  WriteVarbitInt(out_, static_cast<int64_t>(delta_ms - last_delta_ms_));
  last_delta_ms_ = delta_ms;
  numbers_.WriteCounts(out_, histogram, false);
  const auto sum_bits = std::bit_cast<uint64_t>(histogram.sum);
  WriteXor(out_, sum_window_, sum_bits_ ^ sum_bits);
  sum_bits_ = sum_bits;
  stale_ = storage::IsStaleHistogram(histogram);
  if (!stale_) numbers_.WriteBuckets(out_, histogram, false);
  Count(time);
}

void HistogramChunkWriter::Count(storage::SampleTime time) {
  uint16_t field = sample_count_ + 1U;
  if (with_starts_) {
    starts_.Write(out_, kHeaderOffset, sample_count_, time.at_ms, last_timestamp_ms_,
                  time.start_ms);
    field = static_cast<uint16_t>(field | static_cast<uint16_t>(header()) << 8);
  }
  last_timestamp_ms_ = time.at_ms;
  ++sample_count_;
  out_.SetFixed16(0, field);
}

size_t HistogramChunkWriter::allocated_bytes() const {
  const size_t spans = layout_.positive_spans.capacity() + layout_.negative_spans.capacity();
  return out_.allocated_bytes() + numbers_.allocated_bytes() + spans * sizeof(storage::BucketSpan) +
         layout_.custom_bounds.capacity() * sizeof(double);
}

ByteBuffer HistogramChunkWriter::Finish() {
  sample_count_ = 0;
  return out_.Finish();
}

}  // namespace narthex::tsdb
