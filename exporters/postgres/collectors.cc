#include "exporters/postgres/collectors.h"

#include <algorithm>

namespace narthex::exporters {
namespace {

constexpr PgCollectorRow kCollectors[] = {
    {"buffercache_summary", false, CollectBuffercacheSummary,
     "Use of the shared buffers, from the extension pg_buffercache; PostgreSQL 16 and later."},
    {"database", true, CollectDatabase,
     "Size and connection limit of each database. The server looks at each file of a database for "
     "it."},
    {"database_wraparound", false, CollectDatabaseWraparound,
     "Age of the oldest transaction of each database that is not frozen."},
    {"locks", true, CollectLocks, "Locks by database and mode, from pg_locks."},
    {"long_running_transactions", false, CollectLongRunningTransactions,
     "Open transactions and the age of the oldest."},
    {"postmaster", false, CollectPostmaster, "When the server was started."},
    {"process_idle", false, CollectProcessIdle,
     "How long connections have been idle, by application."},
    {"replication", true, CollectReplication, "Whether the server is a replica, and how late."},
    {"replication_slots", true, CollectReplicationSlots, "State and lag of replication slots."},
    {"roles", true, CollectRoles, "Connection limit of each role."},
    {"settings", true, CollectSettings, "Settings that are numbers or truths, from pg_settings."},
    {"stat_activity", true, CollectStatActivity,
     "Connections by database, state, user, application and what they wait for."},
    {"stat_activity_autovacuum", false, CollectStatActivityAutovacuum,
     "Tables that autovacuum is at."},
    {"stat_archiver", true, CollectStatArchiver, "Archiving of the write-ahead log."},
    {"stat_bgwriter", true, CollectStatBgwriter,
     "Work of the background writer, before PostgreSQL 17 of checkpoints too."},
    {"stat_checkpointer", false, CollectStatCheckpointer,
     "Checkpoints and restartpoints; PostgreSQL 17 and later."},
    {"stat_database", true, CollectStatDatabase, "Counters of each database."},
    {"stat_progress_vacuum", true, CollectStatProgressVacuum, "Vacuums under way."},
    {"stat_replication", true, CollectStatReplication, "Replicas that are connected."},
    {"stat_statements", false, CollectStatStatements,
     "The statements that took longest, from the extension pg_stat_statements."},
    {"stat_user_tables", true, CollectStatUserTables,
     "Counters and sizes of each table. The server takes a lock for the size of a table.", true},
    {"stat_wal_receiver", false, CollectStatWalReceiver, "What a replica receives."},
    {"statio_user_indexes", false, CollectStatioUserIndexes, "Blocks read of each index.", true},
    {"statio_user_tables", true, CollectStatioUserTables, "Blocks read of each table.", true},
    {"wal", true, CollectWal, "Number and size of the files of the write-ahead log."},
    {"xlog_location", false, CollectXlogLocation,
     "Position in the write-ahead log; before PostgreSQL 10."},
};
static_assert(std::is_sorted(std::begin(kCollectors), std::end(kCollectors),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));

}  // namespace

std::span<const PgCollectorRow> PgCollectors() { return kCollectors; }

}  // namespace narthex::exporters
