#include "server/tsdb/chunk_files.h"

#include <algorithm>
#include <new>

#include "common/bytes/crc32c.h"
#include "common/bytes/numbers.h"
#include "server/tsdb/byte_codec.h"

namespace narthex::tsdb {
namespace {

constexpr uint32_t kMagic = 0x85BD40DD;
constexpr uint8_t kVersion = 1;
constexpr size_t kHeaderBytes = 8;
constexpr size_t kFlushBytes = 1UL << 20;

Status CheckHeader(std::string_view segment) {
  ByteReader reader(segment);
  const bool good = reader.Fixed32() == kMagic && reader.Byte() == kVersion;
  return good && segment.size() >= kHeaderBytes ? Status() : Corruption("no segment of chunks");
}

}  // namespace

std::string ChunkSegmentName(uint64_t number) {
  constexpr size_t kNameDigits = 6;
  const std::string digits = std::to_string(number);
  return std::string(digits.size() < kNameDigits ? kNameDigits - digits.size() : 0, '0') + digits;
}

VerifiedChunks::VerifiedChunks(size_t segment_bytes) {
  constexpr size_t kBytesAWord = 8 * 64;
  // calloc leaves the memory of what is not looked at with the system.
  // NOLINTNEXTLINE(*-no-malloc)
  words_.reset(static_cast<uint64_t*>(std::calloc(segment_bytes / kBytesAWord + 1, 8)));
  if (words_ == nullptr) throw std::bad_alloc();
}

Result<std::unique_ptr<ChunkReader>> ChunkReader::Open(Files& files, const std::string& directory) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(directory));
  auto reader = std::make_unique<ChunkReader>();
  for (const std::string& name : names) {
    if (!ParseUnsigned(name)) continue;
    const std::string path = directory + "/" + name;
    if (name != ChunkSegmentName(reader->segments_.size() + 1))
      return Corruption("segment before ", Quote(path), " is missing");
    ASSIGN_OR_RETURN(auto segment, files.Map(path));
    RETURN_IF_ERROR(CheckHeader(segment->bytes()).Prefixed(path));
    auto verified = std::make_unique<VerifiedChunks>(segment->bytes().size());
    reader->segments_.push_back({std::move(segment), std::move(verified)});
  }
  return reader;
}

Result<ChunkView> ChunkReader::Read(uint64_t ref, Verify verify) const {
  const uint64_t number = ref >> 32;
  const uint64_t offset = ref & UINT32_MAX;
  const auto at = [&] {
    return "chunk " + std::to_string(offset) + " of segment " + std::to_string(number + 1);
  };
  if (number >= segments_.size() || offset >= segments_[number].file->bytes().size())
    return Corruption(at(), " is beyond the end");
  ByteReader reader(segments_[number].file->bytes().substr(offset));
  const uint64_t size = reader.Varint();
  if (size >= kMaxChunkSegmentBytes) return Corruption(at(), " has an impossible size");
  const std::string_view bytes = reader.Take(size + 1);
  const uint32_t checksum = reader.Fixed32();
  if (reader.failed()) return Corruption(at(), " is cut short");
  VerifiedChunks& verified = *segments_[number].verified;
  if (verify == Verify::kAlways || (verify == Verify::kOnce && !verified.Has(offset))) {
    if (Crc32c(bytes) != checksum) return Corruption(at(), ": checksum does not match");
    verified.Add(offset);
  }
  return ChunkView{static_cast<ChunkEncoding>(bytes[0]), bytes.substr(1)};
}

void ChunkReader::Prefetch(uint64_t ref, size_t bytes) const {
  constexpr size_t kLineBytes = 64;
  if (ref >> 32 >= segments_.size()) return;
  std::string_view segment = segments_[ref >> 32].file->bytes();
  segment = segment.substr(std::min<size_t>(ref & UINT32_MAX, segment.size()), bytes);
  for (size_t at = 0; at < segment.size(); at += kLineBytes)
    __builtin_prefetch(segment.data() + at, 0, 2);
}

uint64_t ChunkReader::size_bytes() const {
  uint64_t size = 0;
  for (const Segment& segment : segments_) size += segment.file->bytes().size();
  return size;
}

Result<uint64_t> ChunkWriter::Write(ChunkView chunk) {
  const uint64_t most = kMaxVarintBytes + 1 + chunk.bytes.size() + sizeof(uint32_t);
  if (segment_ == 0 || segment_bytes_ + most > kMaxChunkSegmentBytes)
    RETURN_IF_ERROR(NextSegment());
  const uint64_t ref = (segment_ - 1) << 32 | segment_bytes_;
  const size_t before = buffer_.size();
  PutVarint(buffer_, chunk.bytes.size());
  const size_t begin = buffer_.size();
  buffer_ += static_cast<char>(chunk.encoding);
  buffer_ += chunk.bytes;
  PutFixed32(buffer_, Crc32c(std::string_view(buffer_).substr(begin)));
  segment_bytes_ += buffer_.size() - before;
  if (buffer_.size() >= kFlushBytes) RETURN_IF_ERROR(Flush());
  return ref;
}

Status ChunkWriter::Flush() {
  RETURN_IF_ERROR(file_->Append(buffer_));
  buffer_.clear();
  return {};
}

Status ChunkWriter::Finish() {
  if (!file_) return {};
  RETURN_IF_ERROR(Flush());
  RETURN_IF_ERROR(file_->Sync());
  file_.reset();
  return files_.SyncDirectory(directory_);
}

Status ChunkWriter::NextSegment() {
  RETURN_IF_ERROR(Finish());
  ++segment_;
  ASSIGN_OR_RETURN(file_, files_.Create(directory_ + "/" + ChunkSegmentName(segment_)));
  PutFixed32(buffer_, kMagic);
  buffer_ += static_cast<char>(kVersion);
  buffer_.append(kHeaderBytes - buffer_.size(), '\0');
  segment_bytes_ = kHeaderBytes;
  return {};
}

}  // namespace narthex::tsdb
