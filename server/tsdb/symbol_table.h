// Label names and values, each text once. Ids are dense and used again when nobody holds them.
#ifndef NARTHEX_SERVER_TSDB_SYMBOL_TABLE_H_
#define NARTHEX_SERVER_TSDB_SYMBOL_TABLE_H_

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "common/bytes/string_hash.h"

namespace narthex::tsdb {

using SymbolId = uint32_t;

// Guarded by its owner.
class SymbolTable {
 public:
  // The id of a text, which Hold() is to follow where nobody holds it.
  SymbolId FindOrAdd(std::string_view text);
  void Hold(SymbolId id) { ++entries_[id].holders; }
  // Takes one holder away; the id is free after the last.
  void Release(SymbolId id);

  std::optional<SymbolId> Find(std::string_view text) const;
  std::string_view Text(SymbolId id) const { return entries_[id].view(); }

  // Beyond all ids.
  size_t end_id() const { return entries_.size(); }
  size_t size() const { return ids_.size(); }

 private:
  struct Entry {
    std::unique_ptr<char[]> bytes;  // stays where it is: the map's keys look at it
    uint32_t size = 0;
    uint32_t holders = 0;
    std::string_view view() const { return {bytes.get(), size}; }
  };

  std::vector<Entry> entries_;
  std::vector<SymbolId> free_;
  absl::flat_hash_map<std::string_view, SymbolId, StringHash, std::equal_to<>> ids_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_SYMBOL_TABLE_H_
