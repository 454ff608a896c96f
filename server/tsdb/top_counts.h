// The largest of many counts.
#ifndef NARTHEX_SERVER_TSDB_TOP_COUNTS_H_
#define NARTHEX_SERVER_TSDB_TOP_COUNTS_H_

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "server/storage/stats.h"

namespace narthex::tsdb {

// Keeps the `limit` largest of what it is given; of equal ones those whose names sort first.
// `NameOf` makes the name of a key when it is asked for in the end.
template <typename Key, typename NameOf>
class TopCounts {
 public:
  TopCounts(size_t limit, NameOf name_of) : limit_(limit), name_of_(std::move(name_of)) {}

  void Add(const Key& key, uint64_t value) {
    if (heap_.size() == limit_ && value < heap_.front().second) return;
    heap_.emplace_back(key, value);
    std::push_heap(heap_.begin(), heap_.end(), Later());
    if (heap_.size() <= limit_) return;
    std::pop_heap(heap_.begin(), heap_.end(), Later());
    heap_.pop_back();
  }

  std::vector<storage::NamedCount> Take() {
    std::sort(heap_.begin(), heap_.end(), Later());
    std::vector<storage::NamedCount> counts;
    for (const auto& [key, value] : heap_) counts.push_back({name_of_(key), value});
    return counts;
  }

 private:
  // Orders by value, the largest first, then by name.
  auto Later() const {
    return [this](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : name_of_(a.first) < name_of_(b.first);
    };
  }

  const size_t limit_;
  NameOf name_of_;
  std::vector<std::pair<Key, uint64_t>> heap_;  // the smallest in front
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_TOP_COUNTS_H_
