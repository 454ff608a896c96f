#include "server/tsdb/index_writer.h"

#include <algorithm>
#include <cassert>

#include "common/bytes/crc32c.h"
#include "server/tsdb/byte_codec.h"
#include "server/tsdb/index_format.h"

namespace narthex::tsdb {
namespace {

constexpr size_t kFlushBytes = 1UL << 20;
constexpr uint64_t kAllSeries = UINT64_MAX;
constexpr char kPairEntry = 2;

// Puts the size before and the checksum behind the content.
Status AppendSection(std::string& out, std::string_view content) {
  if (content.size() > UINT32_MAX) return LimitReached("a table of the index exceeds 4 GiB");
  PutFixed32(out, static_cast<uint32_t>(content.size()));
  out += content;
  PutFixed32(out, Crc32c(content));
  return {};
}

}  // namespace

Result<std::unique_ptr<IndexWriter>> IndexWriter::Open(
    Files& files, const std::string& path, const std::vector<std::string_view>& symbols) {
  ASSIGN_OR_RETURN(auto file, files.Create(path));
  std::unique_ptr<IndexWriter> writer(new IndexWriter(std::move(file), symbols));
  PutFixed32(writer->buffer_, kIndexMagic);
  writer->buffer_ += static_cast<char>(kIndexVersion);
  RETURN_IF_ERROR(writer->WriteSymbols());
  writer->Align(kSeriesAlignment);
  writer->series_begin_ = writer->position();
  return writer;
}

Status IndexWriter::WriteSymbols() {
  std::string content;
  PutFixed32(content, static_cast<uint32_t>(symbols_.size()));
  for (std::string_view symbol : symbols_) PutText(content, symbol);
  RETURN_IF_ERROR(AppendSection(buffer_, content));
  return FlushIfLarge();
}

Status IndexWriter::AddSeries(const std::vector<SymbolPair>& labels,
                              const std::vector<ChunkMeta>& chunks) {
  Align(kSeriesAlignment);
  if (position() / kSeriesAlignment > UINT32_MAX) return LimitReached("index: too many series");
  const auto ref = static_cast<Slot>(position() / kSeriesAlignment);
  all_.push_back(ref);
  entry_.clear();
  PutVarint(entry_, labels.size());
  for (const SymbolPair& label : labels) {
    PutVarint(entry_, label.name);
    PutVarint(entry_, label.value);
    postings_[uint64_t{label.name} << 32 | label.value].push_back(ref);
  }
  PutVarint(entry_, chunks.size());
  const ChunkMeta* before = nullptr;
  for (const ChunkMeta& chunk : chunks) {
    assert(chunk.min_time_ms <= chunk.max_time_ms);
    if (before == nullptr) {
      PutZigzag(entry_, chunk.min_time_ms);
    } else {
      PutVarint(entry_, static_cast<uint64_t>(chunk.min_time_ms - before->max_time_ms));
    }
    PutVarint(entry_, static_cast<uint64_t>(chunk.max_time_ms - chunk.min_time_ms));
    if (before == nullptr) {
      PutVarint(entry_, chunk.ref);
    } else {
      PutZigzag(entry_, static_cast<int64_t>(chunk.ref - before->ref));
    }
    before = &chunk;
  }
  PutVarint(buffer_, entry_.size());
  buffer_ += entry_;
  PutFixed32(buffer_, Crc32c(entry_));
  return FlushIfLarge();
}

Status IndexWriter::WritePostings() {
  Align(kPostingsAlignment);
  postings_begin_ = position();
  lists_.reserve(postings_.size() + 1);
  lists_.push_back({kAllSeries, 0});
  for (const auto& [pair, refs] : postings_) lists_.push_back({pair, 0});
  std::sort(lists_.begin() + 1, lists_.end(),
            [](const List& a, const List& b) { return a.pair < b.pair; });
  for (List& list : lists_) {
    const SlotList& refs = list.pair == kAllSeries ? all_ : postings_.at(list.pair);
    Align(kPostingsAlignment);
    list.offset = position();
    entry_.clear();
    PutFixed32(entry_, static_cast<uint32_t>(refs.size()));
    for (Slot ref : refs) PutFixed32(entry_, ref);
    RETURN_IF_ERROR(AppendSection(buffer_, entry_));
    RETURN_IF_ERROR(FlushIfLarge());
  }
  return {};
}

Status IndexWriter::WritePostingsTable() {
  table_begin_ = position();
  std::string content;
  PutFixed32(content, static_cast<uint32_t>(lists_.size()));
  for (const List& list : lists_) {
    const bool all = list.pair == kAllSeries;
    content += kPairEntry;
    PutText(content, all ? std::string_view() : symbols_[list.pair >> 32]);
    PutText(content, all ? std::string_view() : symbols_[list.pair & UINT32_MAX]);
    PutVarint(content, list.offset);
  }
  return AppendSection(buffer_, content);
}

Status IndexWriter::Finish() {
  RETURN_IF_ERROR(WritePostings());
  RETURN_IF_ERROR(WritePostingsTable());
  std::string contents;
  for (uint64_t offset : {uint64_t{kIndexHeaderBytes}, series_begin_, uint64_t{0}, uint64_t{0},
                          postings_begin_, table_begin_}) {
    PutFixed64(contents, offset);
  }
  PutFixed32(contents, Crc32c(contents));
  buffer_ += contents;
  RETURN_IF_ERROR(Flush());
  return file_->Sync();
}

void IndexWriter::Align(size_t alignment) {
  buffer_.append((alignment - position() % alignment) % alignment, '\0');
}

Status IndexWriter::FlushIfLarge() { return buffer_.size() < kFlushBytes ? Status() : Flush(); }

Status IndexWriter::Flush() {
  RETURN_IF_ERROR(file_->Append(buffer_));
  flushed_bytes_ += buffer_.size();
  buffer_.clear();
  return {};
}

}  // namespace narthex::tsdb
