#include <snappy.h>

#include "common/bytes/crc32c.h"
#include "common/compression/decompress.h"

namespace narthex {
namespace {

// A stream is a run of chunks: type, 3 bytes of length (little-endian), data.
constexpr size_t kChunkHeader = 4;
constexpr size_t kMaxChunkPlain = 65536;
enum ChunkType : unsigned char {
  kCompressed = 0x00,  // 4 bytes of checksum of the plain bytes, then a snappy block
  kPlain = 0x01,       // 4 bytes of checksum, then the bytes
  kFirstSkip = 0x80,   // from here on a reader skips what it does not know
  kIdentifier = 0xff,  // begins a stream: "sNaPpY"
};

uint32_t LittleEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// The checksum as the format stores it: rotated and offset, so that it is not one of itself.
uint32_t MaskedCrc(std::string_view plain) {
  const uint32_t crc = Crc32c(plain);
  return (crc >> 15 | crc << 17) + 0xa282ead8;
}

Status AppendData(unsigned char type, std::string_view data, uint64_t max_bytes,
                  std::string& plain) {
  if (data.size() < 4) return Corruption("snappy chunk cut short");
  const uint32_t crc = LittleEndian(data.substr(0, 4));
  data.remove_prefix(4);
  const size_t begin = plain.size();
  size_t size = data.size();
  if (type == kCompressed && !snappy::GetUncompressedLength(data.data(), data.size(), &size))
    return Corruption("snappy chunk is damaged");
  if (size > kMaxChunkPlain) return Corruption("snappy chunk is larger than the format allows");
  if (size > max_bytes - begin)
    return LimitReached("decompressed body exceeds ", std::to_string(max_bytes), " bytes");
  plain.resize(begin + size);
  if (type == kPlain) {
    data.copy(plain.data() + begin, size);
  } else if (!snappy::RawUncompress(data.data(), data.size(), plain.data() + begin)) {
    return Corruption("snappy chunk is damaged");
  }
  if (MaskedCrc(std::string_view(plain).substr(begin)) != crc)
    return Corruption("checksum of a snappy chunk does not match");
  return {};
}

}  // namespace

Result<std::string> UnsnappyFrames(std::string_view stream, uint64_t max_bytes) {
  std::string plain;
  bool begun = false;
  while (!stream.empty()) {
    if (stream.size() < kChunkHeader) return Corruption("snappy stream cut short");
    const auto type = static_cast<unsigned char>(stream[0]);
    const size_t length = LittleEndian(stream.substr(1, 3));
    stream.remove_prefix(kChunkHeader);
    if (length > stream.size()) return Corruption("snappy stream cut short");
    const std::string_view data = stream.substr(0, length);
    stream.remove_prefix(length);
    if (type == kIdentifier) {
      if (data != "sNaPpY") return Corruption("unknown snappy stream");
      begun = true;
    } else if (!begun) {
      return Corruption("not a snappy stream: its identifier is missing");
    } else if (type == kCompressed || type == kPlain) {
      RETURN_IF_ERROR(AppendData(type, data, max_bytes, plain));
    } else if (type < kFirstSkip) {
      return Corruption("snappy chunk of unknown type ", std::to_string(type));
    }
  }
  return plain;
}

}  // namespace narthex
