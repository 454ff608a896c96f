// SHOW GLOBAL STATUS and SHOW GLOBAL VARIABLES: a family each, but for those that are parts of one.
#include <algorithm>
#include <map>

#include "exporters/mysql/collectors.h"
#include "exporters/mysql/status_values.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;

// Variables whose names begin so are one family, and the rest of the name is a label.
struct StatusGroup {
  std::string_view begin;
  std::string_view family;
  std::string_view label;
  std::string_view help;
};
constexpr StatusGroup kGroups[] = {
    {"com_", "mysql_global_status_commands_total", "command", "Statements, by kind."},
    {"connection_errors_", "mysql_global_status_connection_errors_total", "error",
     "Connections that failed, by reason."},
    {"handler_", "mysql_global_status_handlers_total", "handler",
     "Requests to storage engines, by kind."},
    {"innodb_rows_", "mysql_global_status_innodb_row_ops_total", "operation",
     "Operations on rows of InnoDB, by kind."},
    {"performance_schema_", "mysql_global_status_performance_schema_lost_total", "instrumentation",
     "What the performance schema had no room for, by kind."},
};
constexpr std::string_view kPoolPages = "innodb_buffer_pool_pages_";

void ShowPoolPages(std::string_view state, double value, MetricSink& sink) {
  constexpr std::string_view kStates[] = {"data", "free", "misc", "old"};
  if (state == "total") return;  // of those
  if (state == "dirty") {
    sink.Gauge("mysql_global_status_buffer_pool_dirty_pages",
               "Pages in the buffer pool of InnoDB that are to be written.", value);
  } else if (std::find(std::begin(kStates), std::end(kStates), state) != std::end(kStates)) {
    sink.Gauge("mysql_global_status_buffer_pool_pages",
               "Pages in the buffer pool of InnoDB, by state.", value, {{"state", state}});
  } else {
    sink.Counter("mysql_global_status_buffer_pool_page_changes_total",
                 "Operations on pages of the buffer pool of InnoDB, by kind.", value,
                 {{"operation", state}});
  }
}

// There are a thousand of them, so that their help texts are short enough for std::string to hold
// them without a place in the heap.
constexpr std::string_view kStatus = "mysql_global_status_", kStatusHelp = "A status value.";
constexpr std::string_view kSetting = "mysql_global_variables_", kSettingHelp = "Server setting.";

// A sample without labels, once for each name.
void ShowOnce(const std::string& name, Type type, std::string_view help, double value,
              MetricSink& sink) {
  Family& family = sink.AnyFamily(name, type, help);
  if (family.sample_count() == 0) {
    family.Sample({}, value);
  } else {
    sink.Complain(Corruption("two variables are ", name, ", the second is left out"));
  }
}

void ShowStatus(const std::string& metric, double value, MetricSink& sink) {
  const std::string_view name = std::string_view(metric).substr(kStatus.size());
  if (name.starts_with(kPoolPages))
    return ShowPoolPages(name.substr(kPoolPages.size()), value, sink);
  for (const StatusGroup& group : kGroups) {
    if (!name.starts_with(group.begin)) continue;
    return sink.Counter(group.family, group.help, value,
                        {{group.label, name.substr(group.begin.size())}});
  }
  ShowOnce(metric, Type::kUnknown, kStatusHelp, value, sink);
}

// Texts of some variables, by name.
using Texts = std::map<std::string, std::string, std::less<>>;

void ShowGalera(const Texts& texts, MetricSink& sink) {
  constexpr const char* kLatencies[] = {"min_seconds", "avg_seconds", "max_seconds", "stdev",
                                        "sample_size"};
  if (const std::string& uuid = texts.at("wsrep_local_state_uuid"); !uuid.empty())
    sink.Gauge("mysql_galera_status_info", "What Galera says of itself.", 1,
               {{"wsrep_local_state_uuid", uuid},
                {"wsrep_cluster_state_uuid", texts.at("wsrep_cluster_state_uuid")},
                {"wsrep_provider_version", texts.at("wsrep_provider_version")}});
  const auto latencies = ParseReplicationLatency(texts.at("wsrep_evs_repl_latency"));
  if (!latencies) return;
  for (size_t i = 0; i < latencies->size(); ++i)
    sink.Gauge(std::string("mysql_galera_evs_repl_latency_") + kLatencies[i],
               "Latency of the communication of Galera's group.", (*latencies)[i]);
}

void ShowVariableTexts(const Texts& texts, MetricSink& sink) {
  sink.Gauge("mysql_version_info", "The server's version, as it spells it.", 1,
             {{"innodb_version", texts.at("innodb_version")},
              {"version", texts.at("version")},
              {"version_comment", texts.at("version_comment")}});
  if (const std::string& cluster = texts.at("wsrep_cluster_name"); !cluster.empty())
    sink.Gauge("mysql_galera_variables_info", "The name of Galera's cluster.", 1,
               {{"wsrep_cluster_name", cluster}});
  if (const std::string& provider = texts.at("wsrep_provider_options"); !provider.empty())
    sink.Gauge("mysql_galera_gcache_size_bytes", "Size of Galera's cache of write sets.",
               ParseGcacheSize(provider));
  const std::string& present = texts.at("transaction_isolation");
  const std::string& level = present.empty() ? texts.at("tx_isolation") : present;
  if (!level.empty())
    sink.Gauge("mysql_transaction_isolation", "The isolation of transactions by default.", 1,
               {{"level", level}});
}

// Runs a statement that gives names and values. Those that are numbers go to `show`, by the names
// of their metrics.
template <typename Show>
Status ReadVariables(MySqlRun& run, const std::string& statement, std::string_view prefix,
                     Texts& texts, const Show& show) {
  std::string name(prefix);
  return run.Query(statement, [&](const SqlRow& row) {
    if (row.size() < 2) return Corruption("the server gave other columns than name and value");
    name.resize(prefix.size());
    AppendMetricNamePart(name, row.text(0).value_or(""));
    const std::string_view text = row.text(1).value_or("");
    if (const auto value = ParseStatusValue(text)) {
      show(name, *value);
    } else if (const auto kept = texts.find(std::string_view(name).substr(prefix.size()));
               kept != texts.end()) {
      kept->second = text;
    }
    return Status();
  });
}

}  // namespace

Status CollectGlobalStatus(MySqlRun& run) {
  Texts texts{{"wsrep_local_state_uuid", ""},
              {"wsrep_cluster_state_uuid", ""},
              {"wsrep_provider_version", ""},
              {"wsrep_evs_repl_latency", ""}};
  RETURN_IF_ERROR(ReadVariables(
      run, "SHOW GLOBAL STATUS", kStatus, texts,
      [&](const std::string& name, double value) { ShowStatus(name, value, run.sink); }));
  ShowGalera(texts, run.sink);
  return {};
}

Status CollectGlobalVariables(MySqlRun& run) {
  Texts texts{{"innodb_version", ""},         {"version", ""},
              {"version_comment", ""},        {"wsrep_cluster_name", ""},
              {"wsrep_provider_options", ""}, {"tx_isolation", ""},
              {"transaction_isolation", ""}};
  RETURN_IF_ERROR(ReadVariables(run, "SHOW GLOBAL VARIABLES", kSetting, texts,
                                [&](const std::string& name, double value) {
                                  ShowOnce(name, Type::kGauge, kSettingHelp, value, run.sink);
                                }));
  ShowVariableTexts(texts, run.sink);
  return {};
}

}  // namespace narthex::exporters
