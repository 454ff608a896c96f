#include "exporters/kit/collector.h"

#include <algorithm>
#include <cassert>

namespace narthex::exporters {

CollectorSet::CollectorSet(const std::vector<CollectorRow>& table, const SystemPaths& paths,
                           cli::Flags& flags) {
  assert(std::is_sorted(table.begin(), table.end(),
                        [](const auto& a, const auto& b) { return a.name < b.name; }));
  entries_.reserve(table.size());  // the flags point into it
  for (const CollectorRow& row : table) {
    Entry& entry = entries_.emplace_back(Entry{row, row.enabled_by_default, row.make(paths)});
    flags.Add("collector." + std::string(row.name), &entry.enabled, std::string(row.help));
    entry.collector->AddFlags(flags);
  }
}

Status CollectorSet::Prepare() {
  std::erase_if(entries_, [](const Entry& entry) { return !entry.enabled; });
  for (const Entry& entry : entries_) RETURN_IF_ERROR(entry.collector->Prepare());
  return {};
}

void CollectorSet::Collect(MetricSink& sink, const Clock& clock, const Logger& log,
                           std::string_view prefix) const {
  const std::string base = std::string(prefix) + "_scrape_collector_";
  Family& durations =
      sink.GaugeFamily(base + "duration_seconds", "Seconds that the collector took.");
  Family& successes =
      sink.GaugeFamily(base + "success", "Whether the collector could read its source.");
  for (const Entry& entry : entries_) {
    const int64_t begin_ns = clock.MonotonicNs();
    const Status status = entry.collector->Collect(sink);
    const double seconds = static_cast<double>(clock.MonotonicNs() - begin_ns) / 1e9;
    const bool absent = status.code() == Code::kNoData || status.code() == Code::kNotFound;
    if (absent) {
      log.Debug("collector found no source", {{"collector", entry.row.name}, {"err", status}});
    } else if (!status.ok()) {
      log.Error("collector failed", {{"collector", entry.row.name}, {"err", status}});
    }
    durations.Sample({{"collector", entry.row.name}}, seconds);
    successes.Sample({{"collector", entry.row.name}}, status.ok() ? 1 : 0);
  }
}

std::vector<std::string_view> CollectorSet::names() const {
  std::vector<std::string_view> names;
  for (const Entry& entry : entries_) names.push_back(entry.row.name);
  return names;
}

}  // namespace narthex::exporters
