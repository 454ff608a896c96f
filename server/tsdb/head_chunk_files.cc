#include "server/tsdb/head_chunk_files.h"

#include <algorithm>
#include <thread>

#include "common/bytes/crc32c.h"
#include "common/bytes/numbers.h"
#include "server/tsdb/byte_codec.h"
#include "server/tsdb/chunk_files.h"

namespace narthex::tsdb {
namespace {

constexpr uint32_t kMagic = 0x0130BC91;
constexpr char kVersion = 1;
constexpr size_t kHeaderBytes = 8;
// Ref, two times, encoding, size, checksum.
constexpr size_t kMaxRecordOverhead = 3 * 8 + 1 + kMaxVarintBytes + 4;
constexpr size_t kMinChunkBytes = 2;  // the number of samples

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

void ReadUnchecked(ByteReader& reader, HeadChunk& one) {
  one.ref = reader.Fixed64();
  one.min_time_ms = static_cast<int64_t>(reader.Fixed64());
  one.max_time_ms = static_cast<int64_t>(reader.Fixed64());
  const uint8_t encoding = reader.Byte();
  one.late = (encoding & kLateHeadChunk) != 0;
  one.chunk.encoding = static_cast<ChunkEncoding>(encoding & ~kLateHeadChunk);
  one.chunk.bytes = reader.Text();
}

// The chunk that `reader` stands at; false where none is whole.
bool ReadChunk(ByteReader& reader, HeadChunk& one) {
  const std::string_view begin = reader.rest();
  ReadUnchecked(reader, one);
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

void FoundHeadChunks::VisitOf(storage::SeriesRef ref,
                              const std::function<void(const HeadChunk&)>& visit) const {
  auto place =
      std::lower_bound(chunks_.begin(), chunks_.end(), ref,
                       [](const Place& a, storage::SeriesRef wanted) { return a.ref < wanted; });
  for (; place != chunks_.end() && place->ref == ref; ++place) {
    HeadChunk one;
    ByteReader reader({place->at, SIZE_MAX / 2});  // it is whole: no byte behind it is read
    ReadUnchecked(reader, one);
    visit(one);
  }
}

std::string HeadChunkFiles::PathOf(uint64_t number) const {
  return directory_ + "/" + ChunkSegmentName(number);
}

HeadChunkFiles::Checked HeadChunkFiles::Check(uint64_t number) const {
  Checked checked;
  auto mapped = files_.Map(PathOf(number));
  if (!mapped.ok()) {
    checked.damage = mapped.status();
    return checked;
  }
  checked.mapped = *std::move(mapped);
  const std::string_view bytes = checked.mapped->bytes();
  const auto note = [&](const HeadChunk& one, size_t offset) -> Status {
    if (!IsKnown(one.chunk.encoding) || one.chunk.bytes.size() < kMinChunkBytes ||
        one.min_time_ms > one.max_time_ms)
      return Corruption("chunk at ", std::to_string(offset), ": nothing that can be read");
    checked.max_time_ms = std::max(checked.max_time_ms, one.max_time_ms);
    if (!one.late) checked.chunks.push_back({one.ref, bytes.data() + offset});
    return {};
  };
  checked.damage = VisitHeadChunks(bytes, note).Prefixed(PathOf(number));
  return checked;
}

std::vector<HeadChunkFiles::Checked> HeadChunkFiles::CheckAll(uint64_t first_number, size_t count,
                                                              size_t threads) const {
  std::vector<Checked> checked(count);
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) checked[i] = Check(first_number + i);
  };
  std::vector<std::thread> helpers;
  for (size_t i = 1; i < std::min(threads, count); ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
  return checked;
}

void HeadChunkFiles::Adopt(Checked file, FoundHeadChunks& found) {
  found.chunks_.insert(found.chunks_.end(), file.chunks.begin(), file.chunks.end());
  size_bytes_ += file.mapped->bytes().size();
  written_.push_back({next_number_++, file.max_time_ms, std::move(file.mapped)});
}

Result<FoundHeadChunks> HeadChunkFiles::Open(size_t threads) {
  RETURN_IF_ERROR(files_.MakeDirectories(directory_));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(directory_));
  std::vector<uint64_t> numbers;
  std::vector<std::string> useless;
  for (const std::string& name : names) {
    const auto number = ParseUnsigned(name);
    const bool named = number && name == ChunkSegmentName(*number);
    const bool follows = named && (numbers.empty() || *number == numbers.back() + 1);
    follows ? numbers.push_back(*number) : useless.push_back(name);
  }
  FoundHeadChunks found;
  if (!numbers.empty()) {
    next_number_ = numbers.front();
    std::vector<Checked> checked = CheckAll(numbers.front(), numbers.size(), threads);
    for (size_t i = 0; i < checked.size(); ++i) {
      if (found.damage_.ok()) found.damage_ = checked[i].damage;
      if (found.damage_.ok()) {
        Adopt(std::move(checked[i]), found);
      } else {
        useless.push_back(ChunkSegmentName(numbers[i]));
        ++found.dropped_files_;
      }
    }
  }
  std::stable_sort(found.chunks_.begin(), found.chunks_.end(),
                   [](const auto& a, const auto& b) { return a.ref < b.ref; });
  RETURN_IF_ERROR(RemoveAll(useless));
  return found;
}

// The last first: what is left when this is cut short has no gap.
Status HeadChunkFiles::RemoveAll(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  for (auto name = names.rbegin(); name != names.rend(); ++name)
    RETURN_IF_ERROR(files_.Remove(directory_ + "/" + *name));
  return files_.SyncDirectory(directory_);
}

Result<std::vector<std::string_view>> HeadChunkFiles::Write(const std::vector<HeadChunk>& chunks) {
  std::string content;
  PutFixed32(content, kMagic);
  content += kVersion;
  content.append(kHeaderBytes - content.size(), '\0');
  size_t expected = kHeaderBytes;
  for (const HeadChunk& one : chunks) expected += kMaxRecordOverhead + one.chunk.bytes.size();
  content.reserve(expected);
  std::vector<size_t> offsets;
  int64_t max_time_ms = storage::kMinTime;
  for (const HeadChunk& one : chunks) {
    offsets.push_back(PutChunk(content, one));
    max_time_ms = std::max(max_time_ms, one.max_time_ms);
  }
  const std::string path = PathOf(next_number_);
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
    RETURN_IF_ERROR(files_.Remove(PathOf(oldest.number)));
    size_bytes_ -= oldest.mapped->bytes().size();
    written_.pop_front();
  }
  return {};
}

}  // namespace narthex::tsdb
