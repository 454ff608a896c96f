// The collectors of the MySQL exporter. Names, types and labels of their metrics are those of
// mysqld_exporter 0.20; versions are those of the server.
#ifndef NARTHEX_EXPORTERS_MYSQL_COLLECTORS_H_
#define NARTHEX_EXPORTERS_MYSQL_COLLECTORS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/kit/metric_sink.h"
#include "exporters/kit/sql/sql_table.h"

namespace narthex::exporters {

// Flags of single collectors.
struct CollectorOptions {
  std::string heartbeat_database = "heartbeat";
  std::string heartbeat_table = "heartbeat";
  bool heartbeat_utc = false;
  int64_t processlist_min_time_s = 0;
  bool processes_by_user = true;
  bool processes_by_host = true;
  std::string table_databases = "*";
  bool user_privileges = false;
  int64_t statements_limit = 250;
  int64_t statements_max_age_s = 86'400;
  int64_t statements_text_length = 120;
  std::vector<std::string> statements_excluded_schemas;
  std::string files_filter = ".*";
  std::string files_drop = "/var/lib/mysql/";
  std::string memory_drop = "memory/";
};

// One run of a collector on one connection.
struct MySqlRun {
  SqlSession& session;
  const QueryBounds& bounds;
  MetricSink& sink;
  const CollectorOptions& options;
  bool is_mariadb;

  // Whether the server is that version of its maker's, or newer.
  bool IsSince(SqlSession::Version mysql, SqlSession::Version mariadb) const {
    return session.version() >= (is_mariadb ? mariadb : mysql);
  }
  Status Query(const std::string& statement, const SqlSession::RowHandler& handle) {
    return session.Query(statement, bounds, handle);
  }
  Status Show(const SqlTable& table) { return CollectTable(table, session, bounds, sink); }
};

struct MySqlCollectorRow {
  std::string_view name;
  bool enabled_by_default;
  Status (*collect)(MySqlRun& run);
  std::string_view help;
};

std::span<const MySqlCollectorRow> MySqlCollectors();

Status CollectAutoIncrement(MySqlRun& run);
Status CollectBinlogSize(MySqlRun& run);
Status CollectClientStats(MySqlRun& run);
Status CollectEngineInnodbStatus(MySqlRun& run);
Status CollectEngineTokudbStatus(MySqlRun& run);
Status CollectEventsStatements(MySqlRun& run);
Status CollectEventsStatementsSum(MySqlRun& run);
Status CollectEventsWaits(MySqlRun& run);
Status CollectFileEvents(MySqlRun& run);
Status CollectFileInstances(MySqlRun& run);
Status CollectGlobalStatus(MySqlRun& run);
Status CollectGlobalVariables(MySqlRun& run);
Status CollectGroupMembers(MySqlRun& run);
Status CollectGroupMemberStats(MySqlRun& run);
Status CollectHeartbeat(MySqlRun& run);
Status CollectIndexIoWaits(MySqlRun& run);
Status CollectInnodbCmp(MySqlRun& run);
Status CollectInnodbCmpMem(MySqlRun& run);
Status CollectInnodbMetrics(MySqlRun& run);
Status CollectInnodbTablespaces(MySqlRun& run);
Status CollectMemoryEvents(MySqlRun& run);
Status CollectMySqlUser(MySqlRun& run);
Status CollectProcesslist(MySqlRun& run);
Status CollectQueryResponseTime(MySqlRun& run);
Status CollectReplicaHost(MySqlRun& run);
Status CollectReplicationWorkers(MySqlRun& run);
Status CollectRocksDbPerfContext(MySqlRun& run);
Status CollectSchemaStats(MySqlRun& run);
Status CollectSlaveHosts(MySqlRun& run);
Status CollectSlaveStatus(MySqlRun& run);
Status CollectSysUserSummary(MySqlRun& run);
Status CollectTableIoWaits(MySqlRun& run);
Status CollectTableLocks(MySqlRun& run);
Status CollectTables(MySqlRun& run);
Status CollectTableStats(MySqlRun& run);
Status CollectUserStats(MySqlRun& run);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_MYSQL_COLLECTORS_H_
