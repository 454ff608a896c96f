#include "exporters/mysql/collectors.h"

#include <algorithm>

namespace narthex::exporters {
namespace {

constexpr MySqlCollectorRow kCollectors[] = {
    {"auto_increment.columns", false, CollectAutoIncrement,
     "How far columns with AUTO_INCREMENT have counted, and can. The server opens all tables."},
    {"binlog_size", false, CollectBinlogSize, "Number and size of the files of the binary log."},
    {"engine_innodb_status", false, CollectEngineInnodbStatus,
     "Queries and read views inside InnoDB, by SHOW ENGINE INNODB STATUS."},
    {"engine_tokudb_status", false, CollectEngineTokudbStatus,
     "What SHOW ENGINE TOKUDB STATUS has in numbers."},
    {"global_status", true, CollectGlobalStatus, "Counters of the server, by SHOW GLOBAL STATUS."},
    {"global_variables", true, CollectGlobalVariables,
     "Settings of the server that are numbers or truths, by SHOW GLOBAL VARIABLES."},
    {"heartbeat", false, CollectHeartbeat, "Times of a table that pt-heartbeat writes."},
    {"info_schema.clientstats", false, CollectClientStats,
     "Work by host of the client, where the server's userstat is on."},
    {"info_schema.innodb_cmp", true, CollectInnodbCmp, "Compression of pages by InnoDB."},
    {"info_schema.innodb_cmpmem", true, CollectInnodbCmpMem,
     "Compressed pages in the buffer pool of InnoDB."},
    {"info_schema.innodb_metrics", false, CollectInnodbMetrics,
     "Counters of InnoDB that are switched on."},
    {"info_schema.innodb_tablespaces", false, CollectInnodbTablespaces,
     "Size of each tablespace of InnoDB. The server looks at each file."},
    {"info_schema.processlist", false, CollectProcesslist,
     "Threads of the server by command, state, user and host."},
    {"info_schema.query_response_time", true, CollectQueryResponseTime,
     "Histogram of the times of queries, where query_response_time_stats is on."},
    {"info_schema.replica_host", false, CollectReplicaHost,
     "Lag and load of the replicas of Amazon Aurora."},
    {"info_schema.rocksdb_perf_context", false, CollectRocksDbPerfContext,
     "Counters of MyRocks by table."},
    {"info_schema.schemastats", false, CollectSchemaStats,
     "Rows read and changed by schema, where the server's userstat is on."},
    {"info_schema.tables", false, CollectTables,
     "Rows and size of each table. The server opens all tables."},
    {"info_schema.tablestats", false, CollectTableStats,
     "Rows read and changed by table, where the server's userstat is on."},
    {"info_schema.userstats", false, CollectUserStats,
     "Work by user, where the server's userstat is on."},
    {"mysql.user", false, CollectMySqlUser, "Limits of each user, from mysql.user."},
    {"perf_schema.eventsstatements", false, CollectEventsStatements,
     "The statements that took longest, by digest."},
    {"perf_schema.eventsstatementssum", false, CollectEventsStatementsSum,
     "Sums over all statements."},
    {"perf_schema.eventswaits", false, CollectEventsWaits, "Waits inside the server, by event."},
    {"perf_schema.file_events", false, CollectFileEvents, "Use of files, by event."},
    {"perf_schema.file_instances", false, CollectFileInstances, "Use of each file."},
    {"perf_schema.indexiowaits", false, CollectIndexIoWaits, "Waits for each index."},
    {"perf_schema.memory_events", false, CollectMemoryEvents, "Memory of the server, by event."},
    {"perf_schema.replication_applier_status_by_worker", false, CollectReplicationWorkers,
     "Transactions that each worker of a replica applies; MySQL 8 and later."},
    {"perf_schema.replication_group_member_stats", false, CollectGroupMemberStats,
     "Transactions of this member of a replication group."},
    {"perf_schema.replication_group_members", false, CollectGroupMembers,
     "Members of the replication group."},
    {"perf_schema.tableiowaits", false, CollectTableIoWaits, "Waits for each table."},
    {"perf_schema.tablelocks", false, CollectTableLocks, "Waits for locks of each table."},
    {"slave_hosts", false, CollectSlaveHosts, "Replicas that are connected."},
    {"slave_status", true, CollectSlaveStatus, "State of the replication on a replica."},
    {"sys.user_summary", false, CollectSysUserSummary, "Work by user, from sys.x$user_summary."},
};
static_assert(std::is_sorted(std::begin(kCollectors), std::end(kCollectors),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));

}  // namespace

std::span<const MySqlCollectorRow> MySqlCollectors() { return kCollectors; }

}  // namespace narthex::exporters
