#include "exporters/blackbox/history.h"

#include <algorithm>

namespace narthex::blackbox {

void History::Add(ProbeResult result) {
  const auto entry = std::make_shared<HistoryEntry>();
  entry->result = std::move(result);
  const std::lock_guard lock(mutex_);
  entry->id = next_id_++;
  last_.push_back(entry);
  if (last_.size() <= limit_) return;
  if (!last_.front()->result.success && limit_ > 0) {
    failures_.push_back(std::move(last_.front()));
    if (failures_.size() > limit_) failures_.pop_front();
  }
  last_.pop_front();
}

std::vector<History::Entry> History::NewestFirst() const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries(last_.rbegin(), last_.rend());
  entries.insert(entries.end(), failures_.rbegin(), failures_.rend());
  return entries;
}

History::Entry History::Find(int64_t id) const {
  for (Entry& entry : NewestFirst()) {
    if (entry->id == id) return std::move(entry);
  }
  return nullptr;
}

History::Entry History::FindTarget(std::string_view target, std::string_view module) const {
  for (Entry& entry : NewestFirst()) {
    const bool same_module = module.empty() || entry->result.runtime->name() == module;
    if (entry->result.target == target && same_module) return std::move(entry);
  }
  return nullptr;
}

}  // namespace narthex::blackbox
