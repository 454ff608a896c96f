#include "server/tsdb/histogram_chunk.h"

#include <gtest/gtest.h>

#include "server/tsdb/chunk_slice.h"
#include "server/tsdb/test_histograms.h"

namespace narthex::tsdb {
namespace {

using storage::CounterResetHint;
using storage::Histogram;
using storage::SampleColumns;
using Kind = HistogramSource::Kind;

constexpr int64_t kStart = 1'700'000'000'000;

Histogram Counter(std::vector<storage::BucketSpan> spans, std::vector<double> counts) {
  Histogram histogram;
  histogram.float_counts = false;
  histogram.schema = 3;
  histogram.positive = {std::move(spans), std::move(counts)};
  for (const double count : histogram.positive.counts) histogram.count += count;
  histogram.sum = histogram.count * 2;
  return histogram;
}

SampleColumns Decoded(const HistogramChunkWriter& writer) {
  SampleColumns samples;
  const Status status =
      DecodeHistogramChunk(writer.bytes(), writer.kind(), INT64_MIN, INT64_MAX, SIZE_MAX, samples);
  EXPECT_TRUE(status.ok()) << status.message();
  return samples;
}

void Add(SampleColumns& samples, int64_t timestamp_ms, const storage::HistogramPtr& histogram) {
  samples.timestamps_ms.push_back(timestamp_ms);
  samples.values.push_back(histogram->sum);
  samples.histograms.push_back(histogram);
}

ResetHeader HeaderOf(std::string_view chunk) { return static_cast<ResetHeader>(chunk[2]); }

TEST(HistogramChunk, GivesBackRandomRunsOfEveryKind) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const bool float_counts = seed % 2 == 0;
    const Kind kind = std::array{Kind::kCounter, Kind::kGauge, Kind::kCustom}[seed % 3];
    HistogramSource source(seed, float_counts, kind);
    SampleColumns in;
    std::mt19937_64 random(seed);
    int64_t at_ms = kStart;
    for (int i = 0; i < 400; ++i)
      Add(in, at_ms += 1 + static_cast<int64_t>(random() % 60'000), source.Next());
    SampleColumns out;
    size_t chunks = 0;
    const Status status =
        EncodeChunks(in, FloatEncoding::kXor, [&](ChunkView chunk, int64_t, int64_t) {
          ++chunks;
          EXPECT_EQ(chunk.encoding,
                    float_counts ? ChunkEncoding::kFloatHistogram : ChunkEncoding::kHistogram);
          return DecodeChunk(chunk, INT64_MIN, INT64_MAX, SIZE_MAX, out);
        });
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(FirstDifference(in, out), "") << seed;
    EXPECT_LT(chunks, 100U);
  }
}

TEST(HistogramChunk, KeepsTheStartsOfRandomRuns) {
  for (uint64_t seed = 0; seed < 24; ++seed) {
    const bool float_counts = seed % 2 == 0;
    HistogramSource source(seed, float_counts,
                           std::array{Kind::kCounter, Kind::kGauge, Kind::kCustom}[seed % 3]);
    SampleColumns in;
    std::mt19937_64 random(seed);
    int64_t at_ms = kStart;
    int64_t start_ms = seed % 4 == 0 ? 0 : kStart - 7;
    for (int i = 0; i < 300; ++i) {
      Add(in, at_ms += 1 + static_cast<int64_t>(random() % 60'000), source.Next());
      if (random() % 40 == 0) start_ms = random() % 3 == 0 ? 0 : at_ms - 1;
      in.starts_ms.push_back(start_ms);
    }
    SampleColumns out;
    size_t with_starts = 0;
    const Status status =
        EncodeChunks(in, FloatEncoding::kXor, [&](ChunkView chunk, int64_t, int64_t) {
          const size_t before = out.size();
          with_starts += chunk.encoding == (float_counts ? ChunkEncoding::kFloatHistogramStarts
                                                         : ChunkEncoding::kHistogramStarts)
                             ? 1
                             : 0;
          RETURN_IF_ERROR(DecodeChunk(chunk, INT64_MIN, INT64_MAX, SIZE_MAX, out));
          EXPECT_EQ(ChunkSampleCount(chunk), out.size() - before);
          return Status();
        });
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(FirstDifference(in, out), "") << seed;
    EXPECT_EQ(in.starts_ms, out.starts_ms) << seed;
    EXPECT_GT(with_starts, 0U);
  }
}

TEST(HistogramChunk, HasResetHeaderAndCountInTwoBytesWhereItHasStarts) {
  HistogramChunkWriter writer({.float_counts = false, .with_starts = true});
  ASSERT_TRUE(writer.TryAppend({kStart, kStart - 1}, Counter({{0, 2}}, {1, 2})));
  writer.SetHeader(ResetHeader::kReset);
  ASSERT_TRUE(writer.TryAppend({kStart + 10, kStart - 1}, Counter({{0, 3}}, {1, 2, 3})));
  EXPECT_EQ(static_cast<uint8_t>(writer.bytes()[0]), 0x80);
  EXPECT_EQ(writer.bytes()[1], 2);
  EXPECT_EQ(static_cast<uint8_t>(writer.bytes()[2]), kFirstStartKnown);
  EXPECT_EQ(Decoded(writer).starts_ms, (std::vector<int64_t>{kStart - 1, kStart - 1}));
}

TEST(HistogramChunk, TakesNewBucketsByWritingTheChunkAnew) {
  HistogramChunkWriter writer({.float_counts = false});
  ASSERT_TRUE(writer.TryAppend(kStart, Counter({{0, 2}}, {1, 2})));
  ASSERT_TRUE(writer.TryAppend(kStart + 10, Counter({{-2, 1}, {1, 3}, {2, 1}}, {1, 1, 2, 4, 5})));
  // A histogram that goes without a bucket that never counted.
  ASSERT_TRUE(
      writer.TryAppend(kStart + 20, Counter({{-2, 1}, {1, 3}, {2, 2}}, {1, 1, 3, 4, 5, 6})));
  const SampleColumns samples = Decoded(writer);
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_TRUE(SameObservations(*samples.histograms[0], Counter({{0, 2}}, {1, 2})));
  EXPECT_EQ(samples.histograms[0]->positive.spans, samples.histograms[2]->positive.spans);
  EXPECT_EQ(samples.histograms[2]->positive.counts, (std::vector<double>{1, 1, 3, 4, 5, 6}));
  EXPECT_EQ(samples.histograms[0]->hint, CounterResetHint::kUnknown);
  EXPECT_EQ(samples.histograms[1]->hint, CounterResetHint::kNotReset);
}

TEST(HistogramChunk, EndsWhereACounterBeganAnew) {
  HistogramChunkWriter writer({.float_counts = false});
  ASSERT_TRUE(writer.TryAppend(kStart, Counter({{0, 2}}, {5, 5})));
  const Histogram fewer = Counter({{0, 2}}, {5, 4});
  const Histogram gone = Counter({{0, 1}}, {20});
  Histogram told = Counter({{0, 2}}, {6, 6});
  told.hint = CounterResetHint::kReset;
  for (const Histogram* reset : {&fewer, &gone, const_cast<const Histogram*>(&told)}) {
    EXPECT_FALSE(writer.TryAppend(kStart + 10, *reset));
    EXPECT_EQ(writer.HeaderAfter(*reset), ResetHeader::kReset);
  }
  Histogram other = Counter({{0, 2}}, {6, 6});
  other.schema = 2;
  EXPECT_FALSE(writer.TryAppend(kStart + 10, other));
  EXPECT_EQ(writer.HeaderAfter(other), ResetHeader::kUnknown);
  EXPECT_EQ(writer.HeaderAfter(Counter({{0, 2}}, {6, 6})), ResetHeader::kNotReset);
  EXPECT_EQ(writer.sample_count(), 1U);
}

TEST(HistogramChunk, KeepsGaugesApartAndLetsThemFall) {
  Histogram gauge = Counter({{0, 2}}, {5, 5});
  gauge.hint = CounterResetHint::kGauge;
  HistogramChunkWriter writer({.float_counts = false});
  ASSERT_TRUE(writer.TryAppend(kStart, gauge));
  EXPECT_EQ(HeaderOf(writer.bytes()), ResetHeader::kGauge);
  gauge.positive = {{{4, 1}}, {1}};
  gauge.count = 1;
  ASSERT_TRUE(writer.TryAppend(kStart + 10, gauge));
  EXPECT_FALSE(writer.TryAppend(kStart + 20, Counter({{0, 2}}, {50, 50})));
  const SampleColumns samples = Decoded(writer);
  EXPECT_TRUE(SameObservations(*samples.histograms[1], gauge));
  EXPECT_EQ(samples.histograms[1]->hint, CounterResetHint::kGauge);
}

TEST(HistogramChunk, TakesNothingBehindAStaleMarkerButOthers) {
  HistogramChunkWriter writer({.float_counts = true});
  Histogram histogram = Counter({{0, 2}}, {5, 5});
  histogram.float_counts = true;
  ASSERT_TRUE(writer.TryAppend(kStart, histogram));
  ASSERT_TRUE(writer.TryAppend(kStart + 1, storage::StaleHistogram(true)));
  ASSERT_TRUE(writer.TryAppend(kStart + 2, storage::StaleHistogram(true)));
  EXPECT_FALSE(writer.TryAppend(kStart + 3, histogram));
  const SampleColumns samples = Decoded(writer);
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_TRUE(IsStaleHistogram(*samples.histograms[2]));
  EXPECT_TRUE(samples.histograms[2]->positive.counts.empty());
}

TEST(HistogramChunk, SaysHowChunksFollowOnEachOther) {
  SampleColumns samples;
  int64_t at_ms = kStart;
  for (int i = 1; i <= 130; ++i)
    Add(samples, ++at_ms, std::make_shared<Histogram>(Counter({{0, 1}}, {i * 1.0})));
  Add(samples, ++at_ms, std::make_shared<Histogram>(Counter({{0, 1}}, {3})));
  samples.timestamps_ms.push_back(++at_ms);
  samples.values.push_back(7);
  samples.histograms.push_back(nullptr);
  Add(samples, ++at_ms, std::make_shared<Histogram>(Counter({{0, 1}}, {9})));
  std::vector<ResetHeader> headers;
  SampleColumns out;
  ASSERT_TRUE(EncodeChunks(samples, FloatEncoding::kXor, [&](ChunkView chunk, int64_t, int64_t) {
                if (chunk.encoding == ChunkEncoding::kHistogram)
                  headers.push_back(HeaderOf(chunk.bytes));
                return DecodeChunk(chunk, INT64_MIN, INT64_MAX, SIZE_MAX, out);
              }).ok());
  EXPECT_EQ(headers, (std::vector<ResetHeader>{ResetHeader::kUnknown, ResetHeader::kNotReset,
                                               ResetHeader::kReset, ResetHeader::kUnknown}));
  EXPECT_EQ(FirstDifference(samples, out), "");
}

TEST(HistogramChunk, ReportsEveryCut) {
  HistogramChunkWriter writer({.float_counts = false});
  for (int i = 1; i <= 20; ++i)
    ASSERT_TRUE(
        writer.TryAppend(kStart + i, Counter({{0, 2}, {3, 1}}, {i * 1.0, i * 9.0, i * 2.0})));
  const std::string chunk(writer.bytes());
  for (size_t size = 3; size < chunk.size(); ++size) {
    SampleColumns samples;
    EXPECT_EQ(
        DecodeHistogramChunk(chunk.substr(0, size), {}, INT64_MIN, INT64_MAX, SIZE_MAX, samples)
            .code(),
        Code::kCorruption)
        << size;
  }
}

// A span may claim four thousand million buckets: nothing is allocated for what no bits follow.
TEST(HistogramChunk, RefusesMoreBucketsThanItHasBitsFor) {
  BitWriter out;
  out.Write(1, 16);
  out.Write(0, 8);
  WriteLayout(out, {.positive_spans = {{0, UINT32_MAX}, {0, UINT32_MAX}}});
  SampleColumns samples;
  EXPECT_EQ(DecodeHistogramChunk(out.bytes(), {}, INT64_MIN, INT64_MAX, SIZE_MAX, samples).code(),
            Code::kCorruption);
}

TEST(HistogramLayout, KeepsThresholdsAndBoundsToTheLastBit) {
  for (const double threshold : {0.0, 0.5, std::ldexp(1, -243), std::ldexp(1, -244), 1024.0, 2048.0,
                                 0.001, std::ldexp(1, -128)}) {
    HistogramLayout layout;
    layout.zero_threshold = threshold;
    layout.schema = Histogram::kCustomBuckets;
    layout.custom_bounds = {-0.0, 0, 0.001, 0.005, 1.0 / 3, 33554.43, 33554.431, 1e300, -5};
    BitWriter out;
    WriteLayout(out, layout);
    out.Write(0, 64);
    BitReader in(out.bytes());
    HistogramLayout back;
    ASSERT_TRUE(ReadLayout(in, back).ok());
    EXPECT_EQ(back.zero_threshold, threshold);
    EXPECT_EQ(back.custom_bounds, layout.custom_bounds);
    EXPECT_TRUE(std::signbit(back.custom_bounds[0]));
  }
}

TEST(Varbit, KeepsNumbersAtEveryBorder) {
  BitWriter out;
  std::vector<int64_t> numbers = {0, INT64_MIN, INT64_MAX};
  for (const int bits : {3, 6, 9, 12, 18, 25, 56}) {
    for (const int64_t border : {int64_t{1} << (bits - 1), -(int64_t{1} << (bits - 1)) + 1})
      numbers.insert(numbers.end(), {border - 1, border, border + 1});
  }
  for (const int64_t number : numbers) {
    WriteVarbitInt(out, number);
    WriteVarbitUint(out, static_cast<uint64_t>(number));
  }
  BitReader in(out.bytes());
  for (const int64_t number : numbers) {
    EXPECT_EQ(ReadVarbitInt(in), number);
    EXPECT_EQ(ReadVarbitUint(in), static_cast<uint64_t>(number));
  }
  EXPECT_FALSE(in.failed());
}

}  // namespace
}  // namespace narthex::tsdb
