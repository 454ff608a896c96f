#include "server/tsdb/head_chunk_files.h"

#include <algorithm>

#include "common/bytes/crc32c.h"
#include "server/tsdb/byte_codec.h"
#include "server/tsdb/chunk_files.h"

namespace narthex::tsdb {
namespace {

constexpr uint32_t kMagic = 0x0130BC91;
constexpr char kVersion = 1;
constexpr size_t kHeaderBytes = 8;

// Appends a chunk; returns the offset of its data.
size_t PutChunk(std::string& out, const HeadChunk& one) {
  const size_t begin = out.size();
  PutFixed64(out, one.ref);
  PutFixed64(out, static_cast<uint64_t>(one.min_time_ms));
  PutFixed64(out, static_cast<uint64_t>(one.max_time_ms));
  out += static_cast<char>(one.chunk.encoding);
  PutVarint(out, one.chunk.bytes.size());
  const size_t data = out.size();
  out += one.chunk.bytes;
  PutFixed32(out, Crc32c(std::string_view(out).substr(begin)));
  return data;
}

// The chunk that `reader` stands at; false where none is whole.
bool ReadChunk(ByteReader& reader, HeadChunk& one) {
  const std::string_view begin = reader.rest();
  one.ref = reader.Fixed64();
  one.min_time_ms = static_cast<int64_t>(reader.Fixed64());
  one.max_time_ms = static_cast<int64_t>(reader.Fixed64());
  const uint8_t encoding = reader.Byte();
  one.late = (encoding & kLateHeadChunk) != 0;
  one.chunk.encoding = static_cast<ChunkEncoding>(encoding & ~kLateHeadChunk);
  one.chunk.bytes = reader.Text();
  const std::string_view checked = begin.substr(0, begin.size() - reader.rest().size());
  const uint32_t checksum = reader.Fixed32();
  return !reader.failed() && Crc32c(checked) == checksum;
}

}  // namespace

Status VisitHeadChunks(std::string_view file, const HeadChunkVisitor& visit) {
  ByteReader reader(file);
  if (reader.Fixed32() != kMagic || reader.Byte() != kVersion || file.size() < kHeaderBytes)
    return Corruption("no file of chunks of the head");
  reader = ByteReader(file.substr(kHeaderBytes));
  while (!reader.AtEnd()) {
    // Space that was set aside and never written.
    if (reader.rest().find_first_not_of('\0') == std::string_view::npos) return {};
    const size_t offset = file.size() - reader.rest().size();
    HeadChunk one;
    if (!ReadChunk(reader, one))
      return Corruption("chunk at ", std::to_string(offset), ": checksum does not match");
    RETURN_IF_ERROR(visit(one, offset));
  }
  return {};
}

Status HeadChunkFiles::Start() {
  RETURN_IF_ERROR(files_.MakeDirectories(directory_));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(directory_));
  // The newest first: what is left when this is cut short has no gap.
  for (auto name = names.rbegin(); name != names.rend(); ++name)
    RETURN_IF_ERROR(files_.Remove(directory_ + "/" + *name));
  return files_.SyncDirectory(directory_);
}

Result<std::vector<std::string_view>> HeadChunkFiles::Write(const std::vector<HeadChunk>& chunks) {
  std::string content;
  PutFixed32(content, kMagic);
  content += kVersion;
  content.append(kHeaderBytes - content.size(), '\0');
  std::vector<size_t> offsets;
  int64_t max_time_ms = storage::kMinTime;
  for (const HeadChunk& one : chunks) {
    offsets.push_back(PutChunk(content, one));
    max_time_ms = std::max(max_time_ms, one.max_time_ms);
  }
  const std::string path = directory_ + "/" + ChunkSegmentName(next_number_);
  RETURN_IF_ERROR(WriteFile(path, content));
  auto mapped = files_.Map(path);
  if (!mapped.ok() || (*mapped)->bytes().size() != content.size()) {
    (void)files_.Remove(path);
    return mapped.ok() ? Unavailable("map ", path, ": another size") : mapped.status();
  }
  std::vector<std::string_view> data;
  for (size_t i = 0; i < chunks.size(); ++i)
    data.push_back((*mapped)->bytes().substr(offsets[i], chunks[i].chunk.bytes.size()));
  written_.push_back({next_number_++, max_time_ms, *std::move(mapped)});
  size_bytes_ += content.size();
  return data;
}

Status HeadChunkFiles::WriteFile(const std::string& path, std::string_view content) {
  const std::string temporary = path + ".tmp";
  Status status;
  {
    RETURN_IF_ERROR(files_.Remove(temporary));
    ASSIGN_OR_RETURN(const auto file, files_.Create(temporary));
    status = file->Append(content);
  }
  if (status.ok()) status = files_.Rename(temporary, path);
  if (!status.ok()) (void)files_.Remove(temporary);
  return status;
}

Status HeadChunkFiles::RemoveBefore(int64_t min_time_ms) {
  while (!written_.empty() && written_.front().max_time_ms < min_time_ms) {
    const File& oldest = written_.front();
    RETURN_IF_ERROR(files_.Remove(directory_ + "/" + ChunkSegmentName(oldest.number)));
    size_bytes_ -= oldest.mapped->bytes().size();
    written_.pop_front();
  }
  return {};
}

}  // namespace narthex::tsdb
