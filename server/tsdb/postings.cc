#include "server/tsdb/postings.h"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace narthex::tsdb {

SlotList& Postings::ListOf(SymbolId name, SymbolId value) {
  Place& recent = recent_[name % recent_.size()];
  if (recent.list != nullptr && recent.generation == generation_ && recent.name == name &&
      recent.value == value)
    return *recent.list;
  const auto [found, is_new] = names_[name].try_emplace(value);
  generation_ += is_new ? 1 : 0;
  recent = {name, value, &found->second, generation_};
  return found->second;
}

void Postings::Add(SymbolId name, SymbolId value, Slot slot) {
  SlotList& slots = ListOf(name, value);
  if (slots.empty() || slots.back() < slot) {
    slots.push_back(slot);
  } else {
    slots.insert(std::lower_bound(slots.begin(), slots.end(), slot), slot);
  }
}

void Postings::Remove(SymbolId name, SymbolId value, const std::vector<bool>& gone) {
  const auto values = names_.find(name);
  assert(values != names_.end());
  const auto slots = values->second.find(value);
  assert(slots != values->second.end());
  std::erase_if(slots->second, [&](Slot slot) { return gone[slot]; });
  if (!slots->second.empty()) return;
  ++generation_;
  values->second.erase(slots);
  if (values->second.empty()) names_.erase(values);
}

const Postings::Values* Postings::FindName(SymbolId name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : &found->second;
}

SlotList Intersect(const SlotList& a, const SlotList& b) {
  const SlotList& few = a.size() <= b.size() ? a : b;
  const SlotList& many = a.size() <= b.size() ? b : a;
  SlotList out;
  out.reserve(few.size());
  // With very different sizes searching beats merging.
  constexpr size_t kWorthSearching = 32;
  if (few.size() * kWorthSearching < many.size()) {
    auto at = many.begin();
    for (Slot slot : few) {
      at = std::lower_bound(at, many.end(), slot);
      if (at == many.end()) break;
      if (*at == slot) out.push_back(slot);
    }
    return out;
  }
  std::set_intersection(few.begin(), few.end(), many.begin(), many.end(), std::back_inserter(out));
  return out;
}

SlotList Subtract(const SlotList& from, const SlotList& what) {
  SlotList out;
  out.reserve(from.size());
  std::set_difference(from.begin(), from.end(), what.begin(), what.end(), std::back_inserter(out));
  return out;
}

SlotList Unite(const std::vector<const SlotList*>& lists) {
  SlotList out;
  if (lists.size() == 1) return *lists[0];
  for (const SlotList* list : lists) out.insert(out.end(), list->begin(), list->end());
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace narthex::tsdb
