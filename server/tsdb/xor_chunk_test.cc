#include "server/tsdb/xor_chunk.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace narthex::tsdb {
namespace {

using storage::kMaxTime;
using storage::kMinTime;
using storage::SampleColumns;

SampleColumns Decoded(std::string_view chunk, size_t max_samples = kMaxChunkSamples) {
  SampleColumns samples;
  const Status status = DecodeXorChunk(chunk, kMinTime, kMaxTime, max_samples, samples);
  EXPECT_TRUE(status.ok()) << status.message();
  return samples;
}

void ExpectRoundTrip(const SampleColumns& in) {
  XorChunkWriter writer;
  for (size_t i = 0; i < in.size(); ++i) writer.Append(in.timestamps_ms[i], in.values[i]);
  EXPECT_EQ(writer.sample_count(), in.size());
  const ByteBuffer chunk = writer.Finish();
  const SampleColumns out = Decoded(chunk.view());
  ASSERT_EQ(out.timestamps_ms, in.timestamps_ms);
  for (size_t i = 0; i < in.size(); ++i) {
    ASSERT_EQ(std::bit_cast<uint64_t>(out.values[i]), std::bit_cast<uint64_t>(in.values[i])) << i;
  }
}

TEST(XorChunk, KeepsEveryBitOfAwkwardValues) {
  const double inf = std::numeric_limits<double>::infinity();
  SampleColumns samples;
  int64_t t = -5;
  for (double v : {0.0, -0.0, 1.0, 1.0, inf, -inf, std::nan(""), storage::StaleNaN(), 5e-324,
                   1.7e308, 0.1, 123456.0}) {
    samples.timestamps_ms.push_back(t);
    samples.values.push_back(v);
    t += 15'000;
  }
  ExpectRoundTrip(samples);
}

TEST(XorChunk, KeepsTimestampsAtEveryBorderOfItsFields) {
  SampleColumns samples;
  int64_t t = 0;
  int64_t delta = int64_t{1} << 40;
  for (int64_t step :
       {0LL, 8191LL, 8192LL, 8193LL, -8191LL, -8192LL, 65536LL, 65537LL, -65535LL, -65536LL,
        524288LL, 524289LL, -524287LL, -524288LL, 1LL << 38, -(1LL << 38)}) {
    delta += step;
    t += delta;
    samples.timestamps_ms.push_back(t);
    samples.values.push_back(1);
  }
  ExpectRoundTrip(samples);
}

TEST(XorChunk, RoundTripsRandomRuns) {
  std::mt19937_64 random(7);
  for (int run = 0; run < 200; ++run) {
    SampleColumns samples;
    int64_t t = static_cast<int64_t>(random() % 2'000'000'000'000);
    double value = 0;
    const size_t count = 1 + random() % 300;
    for (size_t i = 0; i < count; ++i) {
      t += 1 + static_cast<int64_t>(random() % (run % 3 == 0 ? 100'000'000 : 20'000));
      value = run % 2 == 0 ? value + static_cast<double>(random() % 100)
                           : std::bit_cast<double>(random());
      samples.timestamps_ms.push_back(t);
      samples.values.push_back(value);
    }
    ExpectRoundTrip(samples);
  }
}

TEST(XorChunk, GivesOnlyTheRangeAndTheFirstSamplesAskedFor) {
  XorChunkWriter writer;
  for (int i = 0; i < 10; ++i) writer.Append(i * 10, i);
  SampleColumns samples;
  ASSERT_TRUE(DecodeXorChunk(writer.bytes(), 25, 60, 100, samples).ok());
  EXPECT_EQ(samples.timestamps_ms, (std::vector<int64_t>{30, 40, 50, 60}));
  EXPECT_EQ(Decoded(writer.bytes(), 3).size(), 3U);
}

// Chunks of all lengths, neighbours of any other length; whole, and the second cut anywhere.
TEST(XorChunk, DecodesManyAsOneByOne) {
  std::vector<std::string> chunks(1);  // an empty one among them
  for (int size = 0; size < 40; ++size) {
    XorChunkWriter writer;
    for (int i = 0; i < size * 7 % 40; ++i)
      writer.Append(i * 1000 + i * i % 9 * (i % 5), i % 3 == 0 ? 7 : std::sqrt(i * size));
    chunks.emplace_back(writer.bytes());
  }
  SampleColumns want;
  SampleColumns got;
  for (const std::string& chunk : chunks)
    ASSERT_TRUE(DecodeXorChunk(chunk, kMinTime, kMaxTime, 100, want).ok());
  const std::vector<std::string_view> views(chunks.begin(), chunks.end());
  ASSERT_TRUE(DecodeXorChunks(views, got).ok());
  EXPECT_EQ(got.timestamps_ms, want.timestamps_ms);
  EXPECT_EQ(got.values, want.values);
  const std::string_view last = views.back();
  for (size_t size = kChunkHeaderBytes; size < last.size(); ++size) {
    const std::string_view pair[] = {last, last.substr(0, size)};
    EXPECT_EQ(DecodeXorChunks(pair, got).code(), Code::kCorruption) << size;
    const std::string_view reversed[] = {last.substr(0, size), last};
    EXPECT_EQ(DecodeXorChunks(reversed, got).code(), Code::kCorruption) << size;
  }
}

TEST(XorChunk, ReportsEveryCut) {
  XorChunkWriter writer;
  for (int i = 0; i < 50; ++i) writer.Append(i * 1000 + i % 7, std::sqrt(i));
  const std::string chunk(writer.bytes());
  for (size_t size = kChunkHeaderBytes; size < chunk.size(); ++size) {
    SampleColumns samples;
    EXPECT_EQ(DecodeXorChunk(chunk.substr(0, size), kMinTime, kMaxTime, 100, samples).code(),
              Code::kCorruption);
  }
}

TEST(XorChunk, MakesNoRoomForWhatItsBytesCannotHold) {
  const std::string chunk("\xff\xff\x02\x00\x00\x00\x00\x00\x00\x00\x00", 11);
  storage::SampleColumns samples;
  EXPECT_EQ(DecodeXorChunk(chunk, storage::kMinTime, storage::kMaxTime, SIZE_MAX, samples).code(),
            Code::kCorruption);
  const std::string_view chunks[] = {chunk, chunk};
  EXPECT_EQ(DecodeXorChunks(chunks, samples).code(), Code::kCorruption);
  EXPECT_EQ(samples.timestamps_ms.capacity(), 0U);
  // Those that are asked for may be there though.
  EXPECT_TRUE(DecodeXorChunk(chunk, storage::kMinTime, storage::kMaxTime, 1, samples).ok());
  EXPECT_EQ(samples.size(), 1U);
}

}  // namespace
}  // namespace narthex::tsdb
