#include "common/compression/decompress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libdeflate.h>
#include <snappy.h>

#include "common/bytes/crc32c.h"

namespace narthex {
namespace {

using testing::HasSubstr;

std::string Gzipped(const std::string& plain) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(6);
  std::string out(libdeflate_gzip_compress_bound(compressor, plain.size()), '\0');
  out.resize(
      libdeflate_gzip_compress(compressor, plain.data(), plain.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

std::string Little(uint32_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
  return out;
}

std::string Frame(unsigned char type, const std::string& data) {
  return static_cast<char>(type) + Little(static_cast<uint32_t>(data.size()), 3) + data;
}

const std::string kBegin = Frame(0xff, "sNaPpY");

std::string Checksum(const std::string& plain) {
  const uint32_t crc = Crc32c(plain);
  return Little((crc >> 15 | crc << 17) + 0xa282ead8, 4);
}

std::string Compressed(const std::string& plain) {
  std::string block;
  snappy::Compress(plain.data(), plain.size(), &block);
  return Frame(0x00, Checksum(plain) + block);
}

TEST(Gunzip, GivesAllMembers) {
  const std::string a(100'000, 'a');
  EXPECT_EQ(*Gunzip(Gzipped(a), 1 << 20), a);
  EXPECT_EQ(*Gunzip(Gzipped(a) + Gzipped("") + Gzipped("bc"), 1 << 20), a + "bc");
}

TEST(Gunzip, RefusesDamageAndWhatIsTooLarge) {
  const std::string whole = Gzipped("some text, some text");
  for (size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_EQ(Gunzip(whole.substr(0, cut), 1000).code(), Code::kCorruption) << cut;
  EXPECT_EQ(Gunzip(whole + "x", 1000).code(), Code::kCorruption);
  EXPECT_EQ(Gunzip(whole, 20)->size(), 20U);
  EXPECT_EQ(Gunzip(whole, 19).code(), Code::kLimit);
  EXPECT_EQ(Gunzip(Gzipped(std::string(1 << 20, 'x')), 1000).message(),
            "decompressed body exceeds 1000 bytes");
}

// The stream of a file that holds "a 1\n", as the format's description builds it.
TEST(UnsnappyFrames, GivesCompressedAndPlainChunks) {
  const std::string a(60'000, 'a');
  EXPECT_EQ(*UnsnappyFrames(kBegin, 1000), "");
  EXPECT_EQ(*UnsnappyFrames(kBegin + Compressed(a) + Frame(0xfe, "padding") +
                                Frame(0x01, Checksum("b 1\n") + "b 1\n") + kBegin +
                                Frame(0x80, "unknown") + Compressed("c"),
                            1 << 20),
            a + "b 1\nc");
}

TEST(UnsnappyFrames, RefusesDamageAndWhatIsTooLarge) {
  const std::string whole = kBegin + Compressed("some text");
  for (size_t cut = 1; cut < whole.size(); ++cut) {
    if (cut != kBegin.size()) {
      EXPECT_EQ(UnsnappyFrames(whole.substr(0, cut), 1000).code(), Code::kCorruption) << cut;
    }
  }
  EXPECT_EQ(UnsnappyFrames(whole, 8).code(), Code::kLimit);
  EXPECT_THAT(std::string(UnsnappyFrames("m 1\n", 1000).message()), HasSubstr("snappy"));
  EXPECT_EQ(UnsnappyFrames(Compressed("x"), 1000).message(),
            "not a snappy stream: its identifier is missing");
  EXPECT_EQ(UnsnappyFrames(kBegin + Frame(0x02, "x"), 1000).message(),
            "snappy chunk of unknown type 2");
  std::string flipped = whole;
  flipped[kBegin.size() + 5] ^= 1;
  EXPECT_EQ(UnsnappyFrames(flipped, 1000).message(), "checksum of a snappy chunk does not match");
}

}  // namespace
}  // namespace narthex
