#include "server/tsdb/database.h"

namespace narthex::tsdb {

storage::Cardinality Database::CountSeries(size_t limit) const {
  storage::Cardinality counts = index_.Count(limit);
  const DatabaseStats stats = Stats();
  counts.chunks = stats.chunks;
  counts.min_time_ms = stats.min_time_ms;
  counts.max_time_ms = stats.max_time_ms;
  return counts;
}

// One that was removed meanwhile is left out.
std::vector<std::string> Database::BlockMetas() const {
  std::vector<std::string> metas;
  for (const BlockPtr& block : blocks_.view()->blocks) {
    const auto file = files_.Map(options_.directory + "/" + block->meta().ulid + "/meta.json");
    if (file.ok()) metas.emplace_back((*file)->bytes());
  }
  return metas;
}

}  // namespace narthex::tsdb
