#include "server/tsdb/symbol_table.h"

#include <cassert>
#include <cstring>

namespace narthex::tsdb {

SymbolId SymbolTable::FindOrAdd(std::string_view text) {
  if (const auto known = Find(text)) return *known;
  SymbolId id = 0;
  if (free_.empty()) {
    id = static_cast<SymbolId>(entries_.size());
    entries_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  Entry& entry = entries_[id];
  entry.bytes = std::make_unique<char[]>(text.size());
  std::memcpy(entry.bytes.get(), text.data(), text.size());
  entry.size = static_cast<uint32_t>(text.size());
  ids_.emplace(entry.view(), id);
  return id;
}

void SymbolTable::Release(SymbolId id) {
  Entry& entry = entries_[id];
  assert(entry.holders > 0);
  if (--entry.holders > 0) return;
  ids_.erase(entry.view());
  entry = Entry();
  free_.push_back(id);
}

std::optional<SymbolId> SymbolTable::Find(std::string_view text) const {
  const auto found = ids_.find(text);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace narthex::tsdb
