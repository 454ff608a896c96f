// Reads the index of a block. See index_format.h.
#ifndef NARTHEX_SERVER_TSDB_INDEX_READER_H_
#define NARTHEX_SERVER_TSDB_INDEX_READER_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/fs/file_layer.h"
#include "common/labels/label_set.h"
#include "server/tsdb/chunk.h"
#include "server/tsdb/postings.h"

namespace narthex::tsdb {

// Safe from many threads. Keeps 4 bytes a symbol and every 32nd entry of the postings table in
// memory, the rest in the mapped file. Texts it returns live as long as it does.
class IndexReader {
 public:
  // Verifies the checksums of symbols and tables. kCorruption, kInvalidArgument for a version.
  static Result<std::unique_ptr<IndexReader>> Open(std::unique_ptr<MappedFile> file);

  // The series that have this pair; none where nobody has. The empty pair is all series.
  Result<SlotList> Postings(std::string_view name, std::string_view value) const;

  // Every value of a name in order, with where its postings are.
  using ValueVisitor = std::function<void(std::string_view value, uint64_t postings)>;
  Status VisitValues(std::string_view name, const ValueVisitor& visit) const;
  Result<SlotList> PostingsAt(uint64_t offset) const;

  std::vector<std::string_view> Names() const;

  // Labels and chunks of a series; `chunks` is replaced.
  Result<LabelSet> Series(Slot ref, std::vector<ChunkMeta>& chunks) const;

  // Verifies the checksums of the label indices, which older writers leave and nobody reads.
  Status CheckLabelIndices() const;

  // All texts that the index uses, in order.
  void AddSymbols(std::vector<std::string_view>& texts) const;
  size_t symbol_count() const { return symbols_.size(); }
  size_t symbol_bytes() const { return symbol_table_.size(); }
  uint64_t size_bytes() const { return file_->bytes().size(); }

 private:
  // Where the values of one name stand in the postings table.
  struct NameRange {
    struct Mark {
      std::string_view value;
      size_t offset;
    };
    std::vector<Mark> marks;  // every kMarkEvery-th value
    size_t end = 0;
  };
  struct TableEntry {
    std::string_view name;
    std::string_view value;
    uint64_t postings;
  };
  static constexpr size_t kMarkEvery = 32;

  explicit IndexReader(std::unique_ptr<MappedFile> file) : file_(std::move(file)) {}

  Status Load();
  Status LoadSymbols(uint64_t offset);
  Status LoadPostingsTable(uint64_t offset);
  // The checked content of a section: what is between its size and its checksum.
  Result<std::string_view> Section(uint64_t offset) const;
  Result<std::string_view> Symbol(uint64_t number) const;
  // Puts a postings table in the order that version 2 has.
  Status SortPostingsTable();
  // The entry at an offset of the table, which is moved behind it.
  std::optional<TableEntry> EntryAt(size_t& offset) const;

  const std::unique_ptr<MappedFile> file_;
  bool is_old_ = false;  // version 1
  std::string_view symbol_table_;
  std::vector<uint32_t> symbols_;  // offsets in symbol_table_
  std::string_view postings_table_;
  std::string sorted_table_;  // of version 1
  std::map<std::string_view, NameRange> names_;
  uint64_t label_indices_ = 0;  // where their table is; 0 for none
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_INDEX_READER_H_
