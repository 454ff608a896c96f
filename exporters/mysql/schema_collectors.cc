// Tables, users and threads: what information_schema, mysql and sys have of them.
#include <map>

#include "common/bytes/numbers.h"
#include "exporters/kit/text_fields.h"
#include "exporters/mysql/collectors.h"
#include "exporters/mysql/mysql_session.h"
#include "exporters/mysql/status_values.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;
using enum ColumnUse;
using enum WhenNull;

constexpr SqlColumn kAutoIncrement[] = {
    {kLabel, "schema", {}, "c.table_schema"},
    {kLabel, "table", {}, "c.table_name"},
    {kLabel, "column", {}, "c.column_name"},
    {kGauge, "column", "The next value of a column with AUTO_INCREMENT.", "t.auto_increment"},
    {kGauge, "column_max", "The greatest value that the column can have.",
     "pow(2, CASE c.data_type WHEN 'tinyint' THEN 7 WHEN 'smallint' THEN 15 WHEN 'mediumint' "
     "THEN 23 WHEN 'int' THEN 31 WHEN 'bigint' THEN 63 END "
     "+ (c.column_type LIKE '% unsigned')) - 1"},
};
// Columns first: the server then opens only the tables that have such a column.
constexpr SqlTable kAutoIncrementTable{
    "mysql_info_schema_auto_increment_",
    "FROM information_schema.columns c STRAIGHT_JOIN information_schema.tables t "
    "ON BINARY c.table_schema = t.table_schema AND BINARY c.table_name = t.table_name "
    "WHERE c.extra = 'auto_increment' AND t.auto_increment IS NOT NULL",
    kAutoIncrement};

constexpr SqlColumn Component(std::string_view name, std::string_view expression) {
  return {.use = kGauge,
          .name = "size",
          .help = "Bytes of the table, by part.",
          .expression = expression,
          .with = {"component", name},
          .labels = 2};
}
constexpr SqlColumn kTables[] = {
    {kLabel, "schema", {}, "table_schema"},
    {kLabel, "table", {}, "table_name"},
    {kLabel, "type", {}, "table_type"},
    {kLabel, "engine", {}, "ifnull(engine, 'NONE')"},
    {kLabel, "row_format", {}, "ifnull(row_format, 'NONE')"},
    {kLabel, "create_options", {}, "ifnull(create_options, 'NONE')"},
    {kGauge, "version", "Version of the file that defines the table.", "ifnull(version, 0)"},
    {.use = kGauge,
     .name = "rows",
     .help = "Rows of the table, as the engine estimates.",
     .expression = "ifnull(table_rows, 0)",
     .labels = 2},
    Component("data_length", "ifnull(data_length, 0)"),
    Component("index_length", "ifnull(index_length, 0)"),
    Component("data_free", "ifnull(data_free, 0)"),
};

constexpr SqlColumn kTableStats[] = {
    {kLabel, "schema", {}, "table_schema"},
    {kLabel, "table", {}, "table_name"},
    {kCounter, "rows_read_total", "Rows read.", "rows_read"},
    {kCounter, "rows_changed_total", "Rows changed.", "rows_changed"},
    {kCounter, "rows_changed_x_indexes_total", "Rows changed, times the indexes changed.",
     "rows_changed_x_indexes"},
};
constexpr SqlColumn kSchemaStats[] = {
    {kLabel, "schema", {}, "table_schema"},
    {kCounter, "rows_read_total", "Rows read.", "sum(rows_read)"},
    {kCounter, "rows_changed_total", "Rows changed.", "sum(rows_changed)"},
    {kCounter, "rows_changed_x_indexes_total", "Rows changed, times the indexes changed.",
     "sum(rows_changed_x_indexes)"},
};

constexpr SqlColumn kUserSummary[] = {
    {kLabel, "user"},
    {kCounter, "statements_total", "Statements of the user.", "statements"},
    {kCounter, "statement_latency", "Seconds that the user's statements took.",
     "statement_latency / 1e12"},
    {kCounter, "table_scans_total", "Scans of tables for the user.", "table_scans"},
    {kCounter, "file_ios_total", "Uses of files for the user.", "file_ios"},
    {kCounter, "file_io_seconds_total", "Seconds of uses of files for the user.",
     "file_io_latency / 1e12"},
    {kGauge, "current_connections", "Connections of the user."},
    {kCounter, "connections_total", "Connections that the user made.", "total_connections"},
    {kCounter, "unique_hosts_total", "Hosts that the user connected from.", "unique_hosts"},
    {kGauge, "current_memory_bytes", "Memory in use for the user.", "current_memory"},
    {kCounter, "memory_allocated_bytes_total", "Memory taken for the user.",
     "total_memory_allocated"},
};

// A statistic of userstat that is not simply named after its column, or counts not.
struct UserStat {
  std::string_view column;
  std::string_view name;
  Type type;
};
constexpr UserStat kUserStats[] = {
    {"busy_time", "busy_seconds_total", Type::kCounter},
    {"concurrent_connections", "concurrent_connections", Type::kGauge},
    {"connected_time", "connected_time_seconds_total", Type::kCounter},
    {"cpu_time", "cpu_time_seconds_total", Type::kCounter},
    {"total_connections", "total_connections", Type::kCounter},
};
// Those that are, with "_total" behind it.
constexpr std::string_view kUserCounters[] = {
    "access_denied",
    "binlog_bytes_written",
    "bytes_received",
    "bytes_sent",
    "commit_transactions",
    "denied_connections",
    "empty_queries",
    "lost_connections",
    "other_commands",
    "rollback_transactions",
    "rows_deleted",
    "rows_fetched",
    "rows_inserted",
    "rows_read",
    "rows_sent",
    "rows_updated",
    "select_commands",
    "table_rows_read",
    "total_ssl_connections",
    "update_commands",
};

UserStat StatOf(std::string_view column, bool of_clients, std::string& name) {
  for (const UserStat& known : kUserStats) {
    if (known.column == column) return known;
  }
  name = column;
  bool counts = of_clients && column == "max_statement_time_exceeded";
  for (const std::string_view counter : kUserCounters) counts = counts || counter == column;
  if (counts) name += "_total";
  return {column, name, counts ? Type::kCounter : Type::kUnknown};
}

// Servers without userstat have no such variable; then there is nothing to show.
Result<bool> HasUserStats(MySqlRun& run) {
  bool is_on = false;
  const Status status = run.Query("SELECT @@GLOBAL.userstat", [&](const SqlRow& row) {
    is_on = row.Number(0) == 1;
    return Status();
  });
  if (!status.ok() && status.code() != Code::kNotFound) return status;
  return is_on;
}

// The first column says whose the row is, each other is a metric.
Status CollectStatistics(MySqlRun& run, const std::string& table, std::string_view label) {
  ASSIGN_OR_RETURN(const bool is_on, HasUserStats(run));
  if (!is_on) return {};
  const bool of_clients = label == "client";
  const std::string prefix = "mysql_info_schema_" + table + "_";
  std::string scratch;
  return run.Query("SELECT * FROM information_schema." + table, [&](const SqlRow& row) {
    const std::string whose(row.text(0).value_or(""));
    for (size_t i = 1; i < row.size(); ++i) {
      const auto value = row.Number(i);
      if (!value) continue;
      const UserStat stat = StatOf(MetricNamePart(row.name(i)), of_clients, scratch);
      run.sink
          .AnyFamily(prefix + std::string(stat.name), stat.type,
                     of_clients ? "Of the connections from a host: what the name says."
                                : "Of the connections of a user: what the name says.")
          .Sample({{label, whose}}, *value);
    }
    return Status();
  });
}

Status ShowIfUserStats(MySqlRun& run, const SqlTable& table) {
  ASSIGN_OR_RETURN(const bool is_on, HasUserStats(run));
  return is_on ? run.Show(table) : Status();
}

Result<std::vector<std::string>> DatabasesOfTables(MySqlRun& run) {
  if (run.options.table_databases != "*") return SplitList(run.options.table_databases);
  std::vector<std::string> databases;
  RETURN_IF_ERROR(
      run.Query("SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN "
                "('mysql', 'performance_schema', 'information_schema', 'sys')",
                [&](const SqlRow& row) {
                  databases.emplace_back(row.text(0).value_or(""));
                  return Status();
                }));
  return databases;
}

constexpr std::string_view kPrivileges[] = {
    "Select",
    "Insert",
    "Update",
    "Delete",
    "Create",
    "Drop",
    "Reload",
    "Shutdown",
    "Process",
    "File",
    "Grant",
    "References",
    "Index",
    "Alter",
    "Show_db",
    "Super",
    "Create_tmp_table",
    "Lock_tables",
    "Execute",
    "Repl_slave",
    "Repl_client",
    "Create_view",
    "Show_view",
    "Create_routine",
    "Alter_routine",
    "Create_user",
    "Event",
    "Trigger",
    "Create_tablespace",
};

}  // namespace

Status CollectAutoIncrement(MySqlRun& run) { return run.Show(kAutoIncrementTable); }

// A database at a time: the server then looks at its tables alone. One that fails, for a lock on
// one of its tables say, does not keep the others.
Status CollectTables(MySqlRun& run) {
  ASSIGN_OR_RETURN(const auto databases, DatabasesOfTables(run));
  Status first_failure;
  for (const std::string& database : databases) {
    const std::string from =
        "FROM information_schema.tables WHERE table_schema = " + QuoteText(database);
    Status status = run.Show({"mysql_info_schema_table_", from, kTables});
    if (!status.ok() && first_failure.ok())
      first_failure = status.Prefixed("database " + Quote(database));
  }
  return first_failure;
}

Status CollectTableStats(MySqlRun& run) {
  return ShowIfUserStats(run, {"mysql_info_schema_table_statistics_",
                               "FROM information_schema.table_statistics", kTableStats});
}

Status CollectSchemaStats(MySqlRun& run) {
  return ShowIfUserStats(
      run, {"mysql_info_schema_schema_statistics_",
            "FROM information_schema.table_statistics GROUP BY table_schema", kSchemaStats});
}

Status CollectClientStats(MySqlRun& run) {
  return CollectStatistics(run, "client_statistics", "client");
}

Status CollectUserStats(MySqlRun& run) { return CollectStatistics(run, "user_statistics", "user"); }

Status CollectSysUserSummary(MySqlRun& run) {
  return run.Show({"mysql_sys_", "FROM sys.x$user_summary", kUserSummary});
}

Status CollectMySqlUser(MySqlRun& run) {
  std::vector<SqlColumn> columns = {
      {kLabel, "mysql_user", {}, "user"},
      {kLabel, "hostmask", {}, "host"},
      {kGauge, "max_questions", "Statements an hour that the user may run; 0 for any number."},
      {kGauge, "max_updates", "Changes an hour that the user may make; 0 for any number."},
      {kGauge, "max_connections", "Connections an hour that the user may make; 0 for any number."},
      {kGauge, "max_user_connections", "Connections that the user may have; 0 for any number."},
  };
  std::vector<std::string> texts;  // that the columns refer to
  texts.reserve(2 * std::size(kPrivileges));
  for (const std::string_view privilege : kPrivileges) {
    if (!run.options.user_privileges) break;
    const std::string column = std::string(privilege) + "_priv";
    const std::string& name = texts.emplace_back(MetricNamePart(column));
    const std::string& is_granted = texts.emplace_back(column + " = 'Y'");
    columns.push_back({kGauge, name, "Whether the user has this privilege.", is_granted});
  }
  return run.Show({"mysql_mysql_", "FROM mysql.user", columns});
}

Status CollectProcesslist(MySqlRun& run) {
  std::string statement =
      "SELECT user, substring_index(host, ':', 1), command, state, count(*), sum(time) "
      "FROM information_schema.processlist WHERE id <> connection_id() AND time >= ";
  AppendInteger(statement, run.options.processlist_min_time_s);
  statement += " GROUP BY 1, 2, 3, 4";
  struct Sums {
    double threads = 0;
    double seconds = 0;
  };
  std::map<std::pair<std::string, std::string>, Sums> states;
  std::map<std::string, double> hosts, users;
  RETURN_IF_ERROR(run.Query(statement, [&](const SqlRow& row) {
    const auto text = [&](size_t column) { return row.text(column).value_or(""); };
    const double threads = row.Number(4).value_or(0);
    Sums& sums = states[{StateName(text(2)), StateName(text(3))}];
    sums.threads += threads;
    sums.seconds += row.Number(5).value_or(0);
    users[std::string(text(0))] += threads;
    hosts[text(1).empty() ? "unknown" : std::string(text(1))] += threads;
    return Status();
  }));
  const std::string prefix = "mysql_info_schema_processlist_";
  for (const auto& [state, sums] : states) {
    run.sink.Gauge(prefix + "threads", "Threads, by what they are at.", sums.threads,
                   {{"command", state.first}, {"state", state.second}});
    run.sink.Gauge(prefix + "seconds", "Seconds that threads have been at it.", sums.seconds,
                   {{"command", state.first}, {"state", state.second}});
  }
  const auto show = [&](const char* name, const char* help, const char* label, const auto& counts) {
    for (const auto& [value, threads] : counts)
      run.sink.Gauge(prefix + name, help, threads, {{label, value}});
  };
  if (run.options.processes_by_host)
    show("processes_by_host", "Threads, by host of the client.", "client_host", hosts);
  if (run.options.processes_by_user)
    show("processes_by_user", "Threads, by user.", "mysql_user", users);
  return {};
}

}  // namespace narthex::exporters
