#include "server/tsdb/xor2_chunk.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "server/tsdb/chunk_slice.h"
#include "server/tsdb/xor_chunk.h"

namespace narthex::tsdb {
namespace {

using storage::SampleColumns;

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += kDigits[static_cast<uint8_t>(byte) >> 4];
    out += kDigits[static_cast<uint8_t>(byte) & 15];
  }
  return out;
}

SampleColumns Decoded(std::string_view chunk) {
  SampleColumns samples;
  const Status status = DecodeXor2Chunk(chunk, INT64_MIN, INT64_MAX, SIZE_MAX, samples);
  EXPECT_TRUE(status.ok()) << status.message();
  return samples;
}

void ExpectSame(const SampleColumns& a, const SampleColumns& b) {
  EXPECT_EQ(a.timestamps_ms, b.timestamps_ms);
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(std::bit_cast<uint64_t>(a.values[i]), std::bit_cast<uint64_t>(b.values[i])) << i;
    const auto start = [&](const SampleColumns& one) {
      return one.starts_ms.empty() ? 0 : one.starts_ms[i];
    };
    ASSERT_EQ(start(a), start(b)) << i;
  }
}

// Worked out by hand from the format.
TEST(Xor2Chunk, WritesTheBytesOfTheFormat) {
  Xor2ChunkWriter writer;
  writer.Append(1000, 1);
  writer.Append(2000, 1);
  writer.Append(3000, 1);
  writer.Append(4000, storage::StaleNaN());
  writer.Append(5001, 1);
  EXPECT_EQ(Hex(writer.bytes()),
            "000500"            // five samples, no starts
            "d00f"              // 1000 ms
            "3ff0000000000000"  // 1.0
            "e807"              // 1000 ms later
            "3f8002");          // 0 | 0 | 11111 | 110 0000000000001 0
}

TEST(Xor2Chunk, WritesTheBytesOfStarts) {
  Xor2ChunkWriter writer;
  writer.Append({1000, 400}, 1);
  writer.Append({2000, 400}, 1);
  writer.Append({3000, 2500}, 1);
  EXPECT_EQ(Hex(writer.bytes()),
            "000382"            // the first start is known, sample 2 has another
            "d00f"              // 1000 ms
            "3ff0000000000000"  // 1.0
            "b009"              // began 600 ms before
            "e807"              // 1000 ms later
            "3dc180");          // 0 | 0, 11110 and -500 in 12 bits
}

SampleColumns RandomSamples(uint64_t seed) {
  std::mt19937_64 random(seed);
  SampleColumns samples;
  int64_t at_ms = static_cast<int64_t>(random() % 4'000'000'000'000) - 2'000'000'000'000;
  int64_t start_ms = seed % 3 == 0 ? 0 : at_ms - 5;
  double value = 0;
  const size_t count = 1 + random() % 300;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t dice = random() % 10;
    at_ms += dice < 6 ? 15'000 : 1 + static_cast<int64_t>(random() >> (20 + random() % 40));
    if (random() % 4 != 0) value += static_cast<double>(random() % 100);
    if (random() % 20 == 0) value = std::bit_cast<double>(random());
    if (seed % 3 != 0 && random() % 50 == 0) start_ms = random() % 4 == 0 ? 0 : at_ms - 1;
    samples.timestamps_ms.push_back(at_ms);
    samples.values.push_back(random() % 30 == 0 ? storage::StaleNaN() : value);
    samples.starts_ms.push_back(start_ms);
  }
  return samples;
}

TEST(Xor2Chunk, GivesBackRandomSamplesAndTheirStarts) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const SampleColumns in = RandomSamples(seed);
    Xor2ChunkWriter writer;
    for (size_t i = 0; i < in.size(); ++i) {
      writer.Append({in.timestamps_ms[i], in.starts_ms[i]}, in.values[i]);
      ASSERT_EQ(std::bit_cast<uint64_t>(writer.last_value()),
                std::bit_cast<uint64_t>(in.values[i]));
    }
    ExpectSame(in, Decoded(writer.bytes()));
    EXPECT_EQ(ChunkSampleCount({ChunkEncoding::kXor2, writer.bytes()}), in.size());
  }
}

TEST(Xor2Chunk, FailsWhereverItIsCut) {
  const SampleColumns in = RandomSamples(1);
  Xor2ChunkWriter writer;
  for (size_t i = 0; i < in.size(); ++i)
    writer.Append({in.timestamps_ms[i], in.starts_ms[i]}, in.values[i]);
  const std::string chunk(writer.bytes());
  for (size_t size = 0; size < chunk.size(); ++size) {
    SampleColumns out;
    EXPECT_EQ(DecodeXor2Chunk(chunk.substr(0, size), INT64_MIN, INT64_MAX, SIZE_MAX, out).code(),
              Code::kCorruption)
        << size;
  }
}

TEST(EncodeChunks, TakesStartsIntoChunksThatHoldThem) {
  SampleColumns in = RandomSamples(1);
  SampleColumns out;
  std::vector<ChunkEncoding> encodings;
  const auto visit = [&](ChunkView chunk, int64_t, int64_t) {
    encodings.push_back(chunk.encoding);
    return DecodeChunk(chunk, INT64_MIN, INT64_MAX, SIZE_MAX, out);
  };
  ASSERT_TRUE(EncodeChunks(in, FloatEncoding::kXor, visit).ok());
  ExpectSame(in, out);
  EXPECT_EQ(encodings.front(), ChunkEncoding::kXor2);
  encodings.clear();
  out.Clear();
  in.starts_ms.clear();
  ASSERT_TRUE(EncodeChunks(in, FloatEncoding::kXor, visit).ok());
  EXPECT_EQ(encodings.front(), ChunkEncoding::kXor);
  ExpectSame(in, out);
}

TEST(VisitSlice, WritesXorAnewAsXor2WhereThatIsAskedFor) {
  const SampleColumns in = RandomSamples(3);  // without starts
  XorChunkWriter writer;
  for (size_t i = 0; i < in.size(); ++i) writer.Append(in.timestamps_ms[i], in.values[i]);
  const Interval times{in.timestamps_ms.front(), in.timestamps_ms.back()};
  for (const FloatEncoding encoding : {FloatEncoding::kXor, FloatEncoding::kXor2}) {
    size_t chunks = 0;
    SampleColumns out;
    ASSERT_TRUE(VisitSlice({ChunkEncoding::kXor, writer.bytes()}, times, times, encoding,
                           [&](ChunkView chunk, int64_t, int64_t) {
                             ++chunks;
                             EXPECT_EQ(chunk.encoding == ChunkEncoding::kXor2,
                                       encoding == FloatEncoding::kXor2);
                             return DecodeChunk(chunk, INT64_MIN, INT64_MAX, SIZE_MAX, out);
                           })
                    .ok());
    EXPECT_EQ(chunks, 1U);
    ExpectSame(in, out);
  }
}

}  // namespace
}  // namespace narthex::tsdb
