#include "server/tsdb/series_index.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cassert>

#include "server/tsdb/wal_records.h"

namespace narthex::tsdb {

using storage::Matcher;
using storage::SeriesRef;

SeriesIndex::Key SeriesIndex::KeyOf(std::span<const LabelIds> ids) const {
  return {XXH3_64bits_withSeed(ids.data(), ids.size_bytes(), seed_), ids};
}

MemSeries* SeriesIndex::FindLocked(const Key& key) const {
  const auto found = by_labels_.find(key);
  return found == by_labels_.end() ? nullptr : slots_[*found].get();
}

MemSeries* SeriesIndex::FindLocked(const LabelSet& labels) const {
  thread_local std::vector<LabelIds> ids;  // its memory is used again
  ids.clear();
  for (const Label label : labels) {
    const auto name = symbols_.Find(label.name);
    const auto value = name ? symbols_.Find(label.value) : std::nullopt;
    if (!value) return nullptr;
    ids.push_back({*name, *value});
  }
  return FindLocked(KeyOf(ids));
}

// Series that come one behind the other have most labels in common: their texts are compared before
// they are looked up.
SymbolId SeriesIndex::IdLocked(std::string_view text, SymbolId likely) {
  return symbols_.Text(likely) == text ? likely : symbols_.FindOrAdd(text);
}

template <typename Labels>
std::span<const LabelIds> SeriesIndex::IdsLocked(const Labels& labels) {
  size_t count = 0;
  for (const Label label : labels) {
    if (count == recent_ids_.size())
      recent_ids_.push_back({symbols_.FindOrAdd(label.name), symbols_.FindOrAdd(label.value)});
    LabelIds& ids = recent_ids_[count++];
    ids = {IdLocked(label.name, ids.name), IdLocked(label.value, ids.value)};
  }
  return std::span(recent_ids_).first(count);
}

MemSeries* SeriesIndex::GetOrCreate(const LabelSet& labels) {
  {
    const std::shared_lock lock(mutex_);
    if (MemSeries* known = FindLocked(labels)) return known;
  }
  const std::unique_lock lock(mutex_);
  const Key key = KeyOf(IdsLocked(labels));
  if (MemSeries* known = FindLocked(key)) return known;
  return CreateLocked(last_ref_ + 1, key);
}

void SeriesIndex::Restore(std::string_view record, const NewSeriesVisitor& visit) {
  const std::unique_lock lock(mutex_);
  const auto restore = [&](SeriesRef ref, std::span<const Label> labels) {
    if (!RefTable::CanHold(ref) || refs_.Find(ref) != nullptr) return;
    const Key key = KeyOf(IdsLocked(labels));
    MemSeries* series = FindLocked(key);
    if (series == nullptr) {
      series = CreateLocked(ref, key);
      visit(*series, ref);
    } else {
      refs_.Set(ref, series);
      aliases_.emplace_back(ref, series);
      last_ref_ = std::max(last_ref_, ref);
    }
    series->logged = true;
  };
  (void)VisitSeries(record, restore);
}

bool SeriesIndex::has_aliases() const {
  const std::shared_lock lock(mutex_);
  return !aliases_.empty();
}

void SeriesIndex::ForEachAlias(
    const std::function<void(SeriesRef alias, const MemSeries& series)>& visit) const {
  const std::shared_lock lock(mutex_);
  for (const auto& [alias, series] : aliases_) visit(alias, *series);
}

void SeriesIndex::ReserveRefs(SeriesRef last) {
  if (!RefTable::CanHold(last)) return;
  const std::unique_lock lock(mutex_);
  last_ref_ = std::max(last_ref_, last);
}

Slot SeriesIndex::FreeSlotLocked() {
  if (!free_slots_.empty()) {
    const Slot slot = free_slots_.back();
    free_slots_.pop_back();
    return slot;
  }
  slots_.emplace_back();
  hashes_.emplace_back();
  return static_cast<Slot>(slots_.size() - 1);
}

MemSeries* SeriesIndex::CreateLocked(SeriesRef ref, const Key& key) {
  auto series = MemSeries::Make(key.ids, memory_, chunk_range_ms_);
  const Slot slot = FreeSlotLocked();
  series->ref = ref;
  series->slot = slot;
  for (const LabelIds& ids : key.ids) {
    symbols_.Hold(ids.name);
    symbols_.Hold(ids.value);
    postings_.Add(ids.name, ids.value, slot);
  }
  MemSeries* created = series.get();
  slots_[slot] = std::move(series);
  hashes_[slot] = key.hash;
  by_labels_.insert(slot);
  refs_.Set(ref, created);
  last_ref_ = std::max(last_ref_, ref);
  return created;
}

bool SeriesIndex::End(SeriesRef ref) {
  const std::unique_lock lock(mutex_);
  MemSeries* series = refs_.Find(ref);
  if (series == nullptr) return false;
  by_labels_.erase(series->slot);
  series->unlinked = true;
  return true;
}

// All at once: lists of postings are long, and taking one entry out costs as much as taking many.
void SeriesIndex::UnlinkLocked(const std::vector<MemSeries*>& dead) {
  std::vector<bool> is_dead(slots_.size());
  absl::flat_hash_set<std::pair<SymbolId, SymbolId>> pairs;
  for (MemSeries* series : dead) {
    is_dead[series->slot] = true;
    by_labels_.erase(series->slot);
    refs_.Clear(series->ref);
    for (const LabelIds& ids : series->labels()) pairs.emplace(ids.name, ids.value);
  }
  std::erase_if(aliases_, [&](const auto& alias) {
    const bool gone = alias.second->unlinked;
    if (gone) refs_.Clear(alias.first);
    return gone;
  });
  for (const auto& [name, value] : pairs) postings_.Remove(name, value, is_dead);
  for (MemSeries* series : dead) {
    for (const LabelIds& ids : series->labels()) {
      symbols_.Release(ids.name);
      symbols_.Release(ids.value);
    }
    free_slots_.push_back(series->slot);
    clock_.Retire(std::shared_ptr<MemSeries>(std::move(slots_[series->slot])));
  }
}

size_t SeriesIndex::Collect(const std::function<bool(const MemSeries&)>& dead,
                            const RefVisitor& unlinked) {
  const std::unique_lock lock(mutex_);
  std::vector<MemSeries*> collected;
  std::vector<SeriesRef> refs;
  for (const auto& slot : slots_) {
    MemSeries* series = slot.get();
    if (series == nullptr) continue;
    const std::lock_guard series_lock(stripe(*series));
    if (!dead(*series)) continue;
    series->unlinked = true;
    collected.push_back(series);
    refs.push_back(series->ref);
  }
  if (collected.empty()) return 0;
  UnlinkLocked(collected);
  // The lowest slots first, so that postings stay short to insert into.
  std::sort(free_slots_.begin(), free_slots_.end(), std::greater<>());
  if (unlinked) unlinked(refs);
  return collected.size();
}

LabelSet SeriesIndex::LabelsOf(const MemSeries& series) const {
  const std::shared_lock lock(mutex_);
  return LabelsOfLocked(series);
}

LabelSet SeriesIndex::LabelsOfLocked(const MemSeries& series) const {
  std::vector<Label> labels;
  labels.reserve(series.label_count);
  for (const LabelIds& ids : series.labels())
    labels.push_back({symbols_.Text(ids.name), symbols_.Text(ids.value)});
  return LabelSet::From(labels);
}

SlotList SeriesIndex::AllLocked() const {
  SlotList all;
  for (size_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot]) all.push_back(static_cast<Slot>(slot));
  }
  return all;
}

SlotList SeriesIndex::TakenLocked(const Matcher& matcher, bool negate) const {
  const auto name = symbols_.Find(matcher.name());
  const Postings::Values* values = name ? postings_.FindName(*name) : nullptr;
  if (values == nullptr) return {};
  std::vector<const SlotList*> lists;
  const bool by_literals = !matcher.literals().empty() && matcher.negative() == negate;
  if (by_literals) {
    for (const std::string& literal : matcher.literals()) {
      const auto value = symbols_.Find(literal);
      const auto found = value ? values->find(*value) : values->end();
      if (found != values->end()) lists.push_back(&found->second);
    }
  } else {
    for (const auto& [value, slots] : *values) {
      if (matcher.Matches(symbols_.Text(value)) != negate) lists.push_back(&slots);
    }
  }
  return Unite(lists);
}

// A matcher that takes the empty value also takes series without the label: it is applied by
// taking away the series whose value it refuses.
SlotList SeriesIndex::SelectLocked(const std::vector<Matcher>& matchers) const {
  std::optional<SlotList> slots;
  for (const Matcher& matcher : matchers) {
    if (matcher.MatchesEmpty()) continue;
    SlotList taken = TakenLocked(matcher, false);
    slots = slots ? Intersect(*slots, taken) : std::move(taken);
    if (slots->empty()) return {};
  }
  if (!slots) slots = AllLocked();
  for (const Matcher& matcher : matchers) {
    if (matcher.MatchesEmpty()) slots = Subtract(*slots, TakenLocked(matcher, true));
  }
  return *std::move(slots);
}

SeriesIndex::Found SeriesIndex::Select(const std::vector<Matcher>& matchers) const {
  const std::shared_lock lock(mutex_);
  const SlotList slots = SelectLocked(matchers);
  Found found;
  found.series.reserve(slots.size());
  found.labels.reserve(slots.size());
  for (Slot slot : slots) {
    found.series.push_back(slots_[slot].get());
    found.labels.push_back(LabelsOfLocked(*slots_[slot]));
  }
  return found;
}

std::vector<std::string> SeriesIndex::LabelNames(const std::vector<Matcher>& matchers) const {
  const std::shared_lock lock(mutex_);
  absl::flat_hash_set<SymbolId> ids;
  if (matchers.empty()) {
    for (const auto& [name, values] : postings_.names()) ids.insert(name);
  } else {
    for (Slot slot : SelectLocked(matchers)) {
      for (const LabelIds& label : slots_[slot]->labels()) ids.insert(label.name);
    }
  }
  std::vector<std::string> names;
  for (SymbolId id : ids) names.emplace_back(symbols_.Text(id));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> SeriesIndex::LabelValues(std::string_view name,
                                                  const std::vector<Matcher>& matchers) const {
  const std::shared_lock lock(mutex_);
  const auto id = symbols_.Find(name);
  const Postings::Values* values = id ? postings_.FindName(*id) : nullptr;
  std::vector<std::string> texts;
  if (values == nullptr) return texts;
  const SlotList slots = matchers.empty() ? SlotList() : SelectLocked(matchers);
  for (const auto& [value, value_slots] : *values) {
    if (matchers.empty() || !Intersect(slots, value_slots).empty())
      texts.emplace_back(symbols_.Text(value));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

SeriesIndex::Ordered SeriesIndex::OrderSeries(
    const std::function<bool(const MemSeries&)>& wanted) const {
  Ordered ordered;
  const std::shared_lock lock(mutex_);
  for (const auto& series : slots_) {
    if (series && wanted(*series)) ordered.series.push_back(series.get());
  }
  std::vector<bool> in_use(symbols_.end_id());
  for (const MemSeries* series : ordered.series) {
    for (const LabelIds& label : series->labels()) in_use[label.name] = in_use[label.value] = true;
  }
  std::vector<SymbolId> ids;
  for (SymbolId id = 0; id < in_use.size(); ++id) {
    if (in_use[id]) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end(),
            [&](SymbolId a, SymbolId b) { return symbols_.Text(a) < symbols_.Text(b); });
  ordered.number_of.resize(in_use.size());
  for (SymbolId id : ids) {
    ordered.number_of[id] = static_cast<uint32_t>(ordered.symbols.size());
    ordered.symbols.push_back(symbols_.Text(id));
  }
  const auto& number_of = ordered.number_of;
  const auto numbers = [&](const LabelIds& ids_of) {
    return uint64_t{number_of[ids_of.name]} << 32 | number_of[ids_of.value];
  };
  std::sort(ordered.series.begin(), ordered.series.end(), [&](MemSeries* a, MemSeries* b) {
    const auto of_a = a->labels(), of_b = b->labels();
    return std::lexicographical_compare(
        of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
        [&](const LabelIds& x, const LabelIds& y) { return numbers(x) < numbers(y); });
  });
  return ordered;
}

void SeriesIndex::ForEach(const std::function<void(MemSeries&)>& visit) const {
  const std::shared_lock lock(mutex_);
  for (const auto& series : slots_) {
    if (series) visit(*series);
  }
}

Slot SeriesIndex::ForEachFrom(Slot first, const std::function<bool(MemSeries&)>& visit) const {
  const std::shared_lock lock(mutex_);
  Slot slot = first;
  while (slot < slots_.size() && (!slots_[slot] || visit(*slots_[slot]))) ++slot;
  return slot;
}

Slot SeriesIndex::end_slot() const {
  const std::shared_lock lock(mutex_);
  return static_cast<Slot>(slots_.size());
}

size_t SeriesIndex::series_count() const {
  const std::shared_lock lock(mutex_);
  return by_labels_.size();
}

size_t SeriesIndex::symbol_count() const {
  const std::shared_lock lock(mutex_);
  return symbols_.size();
}

}  // namespace narthex::tsdb
