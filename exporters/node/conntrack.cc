// The table of connections that netfilter tracks, from /proc/sys/net/netfilter and
// /proc/net/stat/nf_conntrack.
#include <numeric>

#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"
#include "exporters/node/net_stat_table.h"

namespace narthex::exporters {
namespace {

struct Column {
  const char* title;  // as the kernel writes it
  const char* name;
  const char* help;
};
constexpr Column kColumns[] = {
    {"found", "node_nf_conntrack_stat_found", "Searched entries that were there."},
    {"invalid", "node_nf_conntrack_stat_invalid", "Packets that cannot be tracked."},
    {"ignore", "node_nf_conntrack_stat_ignore", "Packets of connections known already."},
    {"insert", "node_nf_conntrack_stat_insert", "Entries inserted."},
    {"insert_failed", "node_nf_conntrack_stat_insert_failed",
     "Entries that could not be inserted, as one of them was there."},
    {"drop", "node_nf_conntrack_stat_drop", "Packets dropped as tracking failed."},
    {"early_drop", "node_nf_conntrack_stat_early_drop",
     "Entries dropped to make room in a full table."},
    {"search_restart", "node_nf_conntrack_stat_search_restart",
     "Searches begun anew as the table was resized."},
};

class ConntrackCollector : public Collector {
 public:
  explicit ConntrackCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const double entries,
                     ReadNumber(proc_, "sys/net/netfilter/nf_conntrack_count"));
    ASSIGN_OR_RETURN(const double limit, ReadNumber(proc_, "sys/net/netfilter/nf_conntrack_max"));
    sink.Gauge("node_nf_conntrack_entries", "Connections that are tracked.", entries);
    sink.Gauge("node_nf_conntrack_entries_limit", "Connections that can be tracked.", limit);
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("net/stat/nf_conntrack"));
    ASSIGN_OR_RETURN(const std::vector<NetStatColumn> counters,
                     ParseNetStatTable(text).Prefixed("nf_conntrack"));
    for (const NetStatColumn& counter : counters) {
      for (const Column& column : kColumns) {
        if (counter.title != column.title) continue;
        sink.Gauge(column.name, column.help,
                   std::accumulate(counter.cpus.begin(), counter.cpus.end(), 0.0));
      }
    }
    return {};
  }

 private:
  const Directory& proc_;
};

}  // namespace

std::unique_ptr<Collector> NewConntrackCollector(const SystemPaths& paths) {
  return std::make_unique<ConntrackCollector>(paths.proc);
}

}  // namespace narthex::exporters
