#include "server/tsdb/series_index.h"
#include "server/tsdb/top_counts.h"

namespace narthex::tsdb {
namespace {

using Pair = std::pair<SymbolId, SymbolId>;

}  // namespace

storage::Cardinality SeriesIndex::Count(size_t limit) const {
  const std::shared_lock lock(mutex_);
  const auto text = [this](SymbolId id) { return std::string(symbols_.Text(id)); };
  const auto pair_text = [&](const Pair& pair) {
    return text(pair.first) + "=" + text(pair.second);
  };
  TopCounts<SymbolId, decltype(text)> by_metric(limit, text), values(limit, text),
      bytes(limit, text);
  TopCounts<Pair, decltype(pair_text)> by_pair(limit, pair_text);
  storage::Cardinality counts;
  for (const auto& [name, slots_by_value] : postings_.names()) {
    const bool is_metric = symbols_.Text(name) == kMetricName;
    uint64_t value_bytes = 0;
    for (const auto& [value, slots] : slots_by_value) {
      value_bytes += symbols_.Text(value).size();
      if (is_metric) by_metric.Add(value, slots.size());
      by_pair.Add({name, value}, slots.size());
    }
    counts.label_pairs += slots_by_value.size();
    values.Add(name, slots_by_value.size());
    bytes.Add(name, value_bytes);
  }
  counts.series = by_labels_.size();
  counts.series_by_metric = by_metric.Take();
  counts.values_by_label = values.Take();
  counts.bytes_by_label = bytes.Take();
  counts.series_by_pair = by_pair.Take();
  return counts;
}

}  // namespace narthex::tsdb
