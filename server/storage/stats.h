// What storage tells of its contents.
#ifndef NARTHEX_SERVER_STORAGE_STATS_H_
#define NARTHEX_SERVER_STORAGE_STATS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace narthex::storage {

struct NamedCount {
  std::string name;
  uint64_t value = 0;

  friend bool operator==(const NamedCount&, const NamedCount&) = default;
};

// Of the series in memory. Lists begin with the largest.
struct Cardinality {
  uint64_t series = 0;
  uint64_t label_pairs = 0;  // different ones
  uint64_t chunks = 0;
  int64_t min_time_ms = 0;  // of their samples; both 0 without any
  int64_t max_time_ms = 0;
  std::vector<NamedCount> series_by_metric;
  std::vector<NamedCount> values_by_label;
  std::vector<NamedCount> bytes_by_label;  // of the texts of its values
  std::vector<NamedCount> series_by_pair;  // "name=value"
};

// Safe from many threads.
class StatsSource {
 public:
  virtual ~StatsSource() = default;

  // Lists have at most `limit` entries. Walks the index, holding off new series meanwhile.
  virtual Cardinality CountSeries(size_t limit) const = 0;

  // The meta.json of each block, the oldest first.
  virtual std::vector<std::string> BlockMetas() const = 0;
};

}  // namespace narthex::storage

#endif  // NARTHEX_SERVER_STORAGE_STATS_H_
