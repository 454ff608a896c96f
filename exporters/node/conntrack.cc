// The table of connections that netfilter tracks, from /proc/sys/net/netfilter and
// /proc/net/stat/nf_conntrack.
#include "exporters/node/conntrack.h"

#include <charconv>

#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

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
    ASSIGN_OR_RETURN(const auto counters, ParseConntrackStat(text));
    for (const Column& column : kColumns) {
      const auto counter = counters.find(column.title);
      if (counter != counters.end()) sink.Gauge(column.name, column.help, counter->second);
    }
    return {};
  }

 private:
  const Directory& proc_;
};

std::optional<uint64_t> ParseHexadecimal(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<std::map<std::string_view, double>> ParseConntrackStat(std::string_view text) {
  LineReader lines(text);
  const std::string_view titles = lines.Next().value_or("");
  std::map<std::string_view, double> sums;
  while (const auto line = lines.Next()) {
    FieldReader names(titles);
    FieldReader values(*line);
    while (const auto name = names.Next()) {
      const auto field = values.Next();
      const auto value = field ? ParseHexadecimal(*field) : std::nullopt;
      if (!value)
        return Corruption("nf_conntrack: want a number for ", *name, ", got ", Quote(*line));
      sums[*name] += static_cast<double>(*value);
    }
    if (values.Next()) return Corruption("nf_conntrack: more numbers than titles: ", Quote(*line));
  }
  return sums;
}

std::unique_ptr<Collector> NewConntrackCollector(const SystemPaths& paths) {
  return std::make_unique<ConntrackCollector>(paths.proc);
}

}  // namespace narthex::exporters
