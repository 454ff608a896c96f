// Which series have which label pair: per pair the sorted slots of its series.
#ifndef NARTHEX_SERVER_TSDB_POSTINGS_H_
#define NARTHEX_SERVER_TSDB_POSTINGS_H_

#include <absl/container/flat_hash_map.h>

#include <array>
#include <cstdint>
#include <vector>

#include "server/tsdb/symbol_table.h"

namespace narthex::tsdb {

// Dense number of a live series; given out again after garbage collection.
using Slot = uint32_t;
using SlotList = std::vector<Slot>;

// Guarded by its owner.
class Postings {
 public:
  using Values = absl::flat_hash_map<SymbolId, SlotList>;

  void Add(SymbolId name, SymbolId value, Slot slot);
  // Takes the slots that are `gone` out of the list of a pair.
  void Remove(SymbolId name, SymbolId value, const std::vector<bool>& gone);

  // All values of a name with their slots; null for an unknown name.
  const Values* FindName(SymbolId name) const;
  const absl::flat_hash_map<SymbolId, Values>& names() const { return names_; }

 private:
  // Where the list of a pair is, until lists come or go.
  struct Place {
    SymbolId name = 0;
    SymbolId value = 0;
    SlotList* list = nullptr;
    uint64_t generation = 0;
  };

  SlotList& ListOf(SymbolId name, SymbolId value);

  absl::flat_hash_map<SymbolId, Values> names_;
  uint64_t generation_ = 0;         // counts lists that came or went
  std::array<Place, 32> recent_{};  // by name: series that come together share most pairs
};

SlotList Intersect(const SlotList& a, const SlotList& b);
SlotList Subtract(const SlotList& from, const SlotList& what);
// Of any number of sorted lists.
SlotList Unite(const std::vector<const SlotList*>& lists);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_POSTINGS_H_
