// Whatever a record of the log that says it is compressed holds, reading it gives a record of
// bounded size or an error; and what is compressed comes back. The checksum is made to fit, which
// mutation alone would never find.
#include "common/bytes/crc32c.h"
#include "server/tsdb/wal_reader.h"
#include "server/tsdb/zstd_records.h"

using namespace narthex::tsdb;  // NOLINT(google-build-using-namespace)

namespace {

std::string Framed(std::string_view payload, uint8_t flag) {
  std::string out(1, static_cast<char>(static_cast<uint8_t>(FragmentType::kFull) | flag));
  const uint32_t crc = narthex::Crc32c(payload);
  for (const int shift : {8, 0}) out += static_cast<char>(payload.size() >> shift);
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(crc >> shift);
  return out.append(payload);
}

void Read(std::string_view payload, uint8_t flag) {
  const std::string segment = Framed(payload, flag);
  WalReader reader(segment);
  const auto record = reader.Next();
  if (!record.ok()) return;
  if (!*record || (**record).size() > kWalMaxRecordBytes) __builtin_trap();
  if (reader.good_size() != segment.size()) __builtin_trap();
}

void RoundTrip(std::string_view record) {
  static ZstdCompressor compressor;
  const std::string_view compressed = compressor.Compress(record);
  std::string plain;
  if (compressed.empty() || !ZstdDecompress(compressed, kWalMaxRecordBytes, plain).ok() ||
      plain != record)
    __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (size > kWalPageSize - kWalHeaderSize) return 0;
  Read(bytes, kZstdFlag);
  Read(bytes, kSnappyFlag);
  if (size > 0) RoundTrip(bytes);
  return 0;
}
