#include "server/tsdb/index_reader.h"

#include <algorithm>

#include "common/bytes/crc32c.h"
#include "server/tsdb/byte_codec.h"
#include "server/tsdb/index_format.h"

namespace narthex::tsdb {
namespace {

constexpr uint8_t kPairEntry = 2;

}  // namespace

Result<std::unique_ptr<IndexReader>> IndexReader::Open(std::unique_ptr<MappedFile> file) {
  std::unique_ptr<IndexReader> reader(new IndexReader(std::move(file)));
  RETURN_IF_ERROR(reader->Load().Prefixed("index"));
  return reader;
}

Status IndexReader::Load() {
  const std::string_view bytes = file_->bytes();
  if (bytes.size() < kIndexHeaderBytes + kContentsBytes) return Corruption("file is too short");
  ByteReader header(bytes);
  if (header.Fixed32() != kIndexMagic) return Corruption("file is no index");
  const uint8_t version = header.Byte();
  is_old_ = version == kOldIndexVersion;
  if (version != kIndexVersion && !is_old_)
    return InvalidArgument("version ", std::to_string(version), " is not supported");
  const std::string_view contents = bytes.substr(bytes.size() - kContentsBytes);
  ByteReader reader(contents);
  const uint64_t symbols = reader.Fixed64();
  for (int unused = 0; unused < 2; ++unused) (void)reader.Fixed64();
  label_indices_ = reader.Fixed64();
  (void)reader.Fixed64();  // postings: their table says where each is
  const uint64_t table = reader.Fixed64();
  if (reader.Fixed32() != Crc32c(contents.substr(0, contents.size() - 4)))
    return Corruption("contents: checksum does not match");
  RETURN_IF_ERROR(LoadSymbols(symbols).Prefixed("symbols"));
  return LoadPostingsTable(table).Prefixed("postings table");
}

Result<std::string_view> IndexReader::Section(uint64_t offset) const {
  const std::string_view bytes = file_->bytes();
  if (offset >= bytes.size()) return Corruption("offset beyond the end");
  ByteReader reader(bytes.substr(offset));
  const uint32_t size = reader.Fixed32();
  const std::string_view content = reader.Take(size);
  const uint32_t checksum = reader.Fixed32();
  if (reader.failed()) return Corruption("cut short");
  if (Crc32c(content) != checksum) return Corruption("checksum does not match");
  return content;
}

Status IndexReader::LoadSymbols(uint64_t offset) {
  ASSIGN_OR_RETURN(symbol_table_, Section(offset));
  ByteReader reader(symbol_table_);
  const uint32_t count = reader.Fixed32();
  symbols_.reserve(std::min<size_t>(count, symbol_table_.size()));
  for (uint32_t i = 0; i < count && !reader.failed(); ++i) {
    symbols_.push_back(static_cast<uint32_t>(symbol_table_.size() - reader.rest().size()));
    (void)reader.Text();
  }
  return reader.failed() ? Corruption("cut short") : Status();
}

Result<std::string_view> IndexReader::Symbol(uint64_t number) const {
  if (is_old_) {
    if (number >= file_->bytes().size()) return Corruption("no symbol at ", std::to_string(number));
    ByteReader reader(file_->bytes().substr(number));
    const std::string_view text = reader.Text();
    return reader.failed() ? Corruption("no symbol at ", std::to_string(number))
                           : Result<std::string_view>(text);
  }
  if (number >= symbols_.size()) return Corruption("no symbol ", std::to_string(number));
  return ByteReader(symbol_table_.substr(symbols_[number])).Text();
}

void IndexReader::AddSymbols(std::vector<std::string_view>& texts) const {
  for (uint32_t offset : symbols_) texts.push_back(ByteReader(symbol_table_.substr(offset)).Text());
}

std::optional<IndexReader::TableEntry> IndexReader::EntryAt(size_t& offset) const {
  ByteReader reader(postings_table_.substr(offset));
  if (reader.Byte() != kPairEntry) reader.Fail();
  TableEntry entry{};
  entry.name = reader.Text();
  entry.value = reader.Text();
  entry.postings = reader.Varint();
  if (reader.failed()) return std::nullopt;
  offset = postings_table_.size() - reader.rest().size();
  return entry;
}

Status IndexReader::LoadPostingsTable(uint64_t offset) {
  ASSIGN_OR_RETURN(postings_table_, Section(offset));
  if (is_old_) RETURN_IF_ERROR(SortPostingsTable());
  ByteReader reader(postings_table_);
  const uint32_t count = reader.Fixed32();
  if (reader.failed()) return Corruption("cut short");
  size_t at = sizeof(uint32_t);
  NameRange* range = nullptr;
  std::string_view name;
  size_t in_name = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const size_t begin = at;
    const auto entry = EntryAt(at);
    if (!entry) return Corruption("cut short");
    if (range == nullptr || entry->name != name) {
      name = entry->name;
      range = &names_[name];
      if (!range->marks.empty()) return Corruption("names are not in order");
      in_name = 0;
    }
    if (in_name++ % kMarkEvery == 0) range->marks.push_back({entry->value, begin});
    range->end = at;
  }
  return {};
}

Status IndexReader::SortPostingsTable() {
  ByteReader reader(postings_table_);
  std::vector<TableEntry> entries;
  size_t at = sizeof(uint32_t);
  for (uint32_t left = reader.Fixed32(); left > 0; --left) {
    const auto entry = at < postings_table_.size() ? EntryAt(at) : std::nullopt;
    if (!entry) return Corruption("cut short");
    entries.push_back(*entry);
  }
  std::sort(entries.begin(), entries.end(), [](const TableEntry& a, const TableEntry& b) {
    return std::pair(a.name, a.value) < std::pair(b.name, b.value);
  });
  PutFixed32(sorted_table_, static_cast<uint32_t>(entries.size()));
  for (const TableEntry& entry : entries) {
    sorted_table_ += static_cast<char>(kPairEntry);
    PutText(sorted_table_, entry.name);
    PutText(sorted_table_, entry.value);
    PutVarint(sorted_table_, entry.postings);
  }
  postings_table_ = sorted_table_;
  return {};
}

Status IndexReader::VisitValues(std::string_view name, const ValueVisitor& visit) const {
  const auto found = names_.find(name);
  if (found == names_.end()) return {};
  size_t at = found->second.marks.front().offset;
  while (at < found->second.end) {
    const auto entry = EntryAt(at);
    if (!entry) return Corruption("index: postings table cut short");
    visit(entry->value, entry->postings);
  }
  return {};
}

Result<SlotList> IndexReader::Postings(std::string_view name, std::string_view value) const {
  const auto found = names_.find(name);
  if (found == names_.end()) return SlotList();
  const auto& marks = found->second.marks;
  auto mark = std::upper_bound(
      marks.begin(), marks.end(), value,
      [](std::string_view text, const NameRange::Mark& other) { return text < other.value; });
  if (mark == marks.begin()) return SlotList();
  --mark;
  size_t at = mark->offset;
  for (size_t i = 0; i < kMarkEvery && at < found->second.end; ++i) {
    const auto entry = EntryAt(at);
    if (!entry) return Corruption("index: postings table cut short");
    if (entry->value == value) return PostingsAt(entry->postings);
    if (entry->value > value) break;
  }
  return SlotList();
}

Result<SlotList> IndexReader::PostingsAt(uint64_t offset) const {
  ASSIGN_OR_RETURN(const std::string_view content, Section(offset).Prefixed("index: postings"));
  ByteReader reader(content);
  const uint64_t count = reader.Fixed32();
  if (reader.failed() || reader.rest().size() != count * sizeof(uint32_t))
    return Corruption("index: postings have an impossible size");
  SlotList refs;
  refs.reserve(count);
  for (uint64_t i = 0; i < count; ++i) refs.push_back(reader.Fixed32());
  if (!std::is_sorted(refs.begin(), refs.end())) return Corruption("index: postings out of order");
  return refs;
}

Status IndexReader::CheckLabelIndices() const {
  if (label_indices_ == 0) return {};
  ASSIGN_OR_RETURN(const std::string_view table,
                   Section(label_indices_).Prefixed("index: table of label indices"));
  ByteReader reader(table);
  for (uint32_t left = reader.Fixed32(); left > 0 && !reader.failed(); --left) {
    for (uint64_t names = reader.Varint(); names > 0 && !reader.failed(); --names)
      (void)reader.Text();
    const uint64_t offset = reader.Varint();
    if (!reader.failed()) RETURN_IF_ERROR(Section(offset).status().Prefixed("index: label index"));
  }
  return reader.failed() ? Corruption("index: table of label indices cut short") : Status();
}

std::vector<std::string_view> IndexReader::Names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, range] : names_) {
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

Result<LabelSet> IndexReader::Series(Slot ref, std::vector<ChunkMeta>& chunks) const {
  chunks.clear();
  const std::string_view bytes = file_->bytes();
  const uint64_t offset = uint64_t{ref} * (is_old_ ? 1 : kSeriesAlignment);
  if (offset >= bytes.size()) return Corruption("index: series beyond the end");
  ByteReader entry(bytes.substr(offset));
  const std::string_view content = entry.Take(entry.Varint());
  const uint32_t checksum = entry.Fixed32();
  if (entry.failed() || Crc32c(content) != checksum)
    return Corruption("index: series ", std::to_string(ref), ": checksum does not match");
  ByteReader reader(content);
  thread_local std::vector<Label> labels;  // nothing stays in it but its room
  labels.clear();
  const uint64_t label_count = reader.Varint();
  for (uint64_t i = 0; i < label_count && !reader.failed(); ++i) {
    ASSIGN_OR_RETURN(const std::string_view name, Symbol(reader.Varint()));
    ASSIGN_OR_RETURN(const std::string_view value, Symbol(reader.Varint()));
    labels.push_back({name, value});
  }
  const uint64_t chunk_count = reader.Varint();
  ChunkMeta chunk;
  for (uint64_t i = 0; i < chunk_count && !reader.failed(); ++i) {
    // Differences wrap: of overlapping chunks they are negative.
    const uint64_t start = i == 0 ? static_cast<uint64_t>(reader.Zigzag())
                                  : static_cast<uint64_t>(chunk.max_time_ms) + reader.Varint();
    chunk.min_time_ms = static_cast<int64_t>(start);
    chunk.max_time_ms = static_cast<int64_t>(start + reader.Varint());
    chunk.ref = i == 0 ? reader.Varint() : chunk.ref + static_cast<uint64_t>(reader.Zigzag());
    chunks.push_back(chunk);
  }
  if (reader.failed()) return Corruption("index: series ", std::to_string(ref), " is cut short");
  return LabelSet::From(labels);
}

}  // namespace narthex::tsdb
