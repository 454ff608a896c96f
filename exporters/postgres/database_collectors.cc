// Collectors of databases.
#include <algorithm>

#include "exporters/postgres/collectors.h"
#include "exporters/postgres/pg_session.h"

namespace narthex::exporters {
namespace {

using enum ColumnUse;
using enum WhenNull;

constexpr SqlColumn kDatabase[] = {
    {kLabel, "datname", {}, {}, kSkipRow},
    {kGauge, "connection_limit", "Connections that the database may have; -1 for any number.",
     "datconnlimit", kAsZero},
    // Whoever may not connect to a database may not ask for its size either, but for pg_monitor.
    {kGauge, "size_bytes", "Size of the database on disk.",
     "CASE WHEN has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', "
     "'MEMBER') THEN pg_database_size(oid) END"},
};

constexpr SqlColumn kWraparound[] = {
    {kLabel, "datname", {}, {}, kSkipRow},
    {kGauge, "age_datfrozenxid_seconds",
     "Transactions since the oldest that is not frozen; no seconds, in spite of the name.",
     "age(datfrozenxid)", kSkipRow},
    {kGauge, "age_datminmxid_seconds",
     "Multixacts since the oldest that is not replaced; no seconds, in spite of the name.",
     "mxid_age(datminmxid)", kSkipRow},
};
constexpr SqlTable kWraparoundTable{"pg_database_wraparound_",
                                    "FROM pg_database WHERE datallowconn", kWraparound};

constexpr SqlColumn kLocks[] = {
    {kLabel, "datname", {}, "d.datname", kSkipRow},
    {kLabel, "mode", {}, "m.mode", kSkipRow},
    {kGauge, "count", "Locks held or waited for.", "count(l.database)"},
};
constexpr SqlTable kLocksTable{
    "pg_locks_",
    "FROM pg_database d CROSS JOIN unnest(ARRAY['accesssharelock', 'rowsharelock', "
    "'rowexclusivelock', 'shareupdateexclusivelock', 'sharelock', 'sharerowexclusivelock', "
    "'exclusivelock', 'accessexclusivelock', 'sireadlock']) m(mode) "
    "LEFT JOIN pg_locks l ON l.database = d.oid AND lower(l.mode) = m.mode "
    "GROUP BY d.datname, m.mode",
    kLocks};

constexpr SqlColumn kStatDatabase[] = {
    {kLabel, "datid"},
    {kLabel, "datname", {}, {}, kSkipRow},
    {kGauge, "numbackends", "Connections to the database."},
    {kCounter, "xact_commit", "Transactions committed."},
    {kCounter, "xact_rollback", "Transactions rolled back."},
    {kCounter, "blks_read", "Blocks read from disk."},
    {kCounter, "blks_hit", "Blocks found in the shared buffers."},
    {kCounter, "tup_returned", "Rows that scans returned."},
    {kCounter, "tup_fetched", "Rows that index scans fetched."},
    {kCounter, "tup_inserted", "Rows inserted."},
    {kCounter, "tup_updated", "Rows updated."},
    {kCounter, "tup_deleted", "Rows deleted."},
    {kCounter, "conflicts", "Statements cancelled since they were in the way of replication."},
    {kCounter, "temp_files", "Temporary files written."},
    {kCounter, "temp_bytes", "Bytes written to temporary files."},
    {kCounter, "deadlocks", "Deadlocks found."},
    {kCounter, "blk_read_time", "Milliseconds spent reading blocks, with track_io_timing."},
    {kCounter, "blk_write_time", "Milliseconds spent writing blocks, with track_io_timing."},
    {kCounter, "stats_reset", "When these counters began, as Unix time.",
     "floor(extract(epoch FROM stats_reset))", kAsZero},
    {kCounter, "active_time_seconds_total", "Seconds spent in statements.", "active_time / 1000.0",
     kLeaveOut, 14},
};
constexpr SqlTable kStatDatabaseTable{"pg_stat_database_", "FROM pg_stat_database", kStatDatabase};

constexpr SqlColumn kConflicts[] = {
    {kLabel, "datid"},
    {kLabel, "datname"},
    {kCounter, "confl_tablespace", "Statements cancelled for a tablespace that was dropped."},
    {kCounter, "confl_lock", "Statements cancelled for a lock."},
    {kCounter, "confl_snapshot", "Statements cancelled for an old snapshot."},
    {kCounter, "confl_bufferpin", "Statements cancelled for a pinned buffer."},
    {kCounter, "confl_deadlock", "Statements cancelled for a deadlock."},
    {kUnknown,
     "confl_active_logicalslot",
     "Uses of logical slots cancelled for an old snapshot.",
     {},
     kLeaveOut,
     16},
};

}  // namespace

Status CollectDatabase(PgRun& run) {
  std::string from = "FROM pg_database";
  const auto& excluded = run.options.excluded_databases;
  for (const std::string& name : excluded) {
    from += &name == &excluded[0] ? " WHERE datname NOT IN (" : ", ";
    from += QuoteLiteral(name);
  }
  if (!excluded.empty()) from += ")";
  return run.Show({"pg_database_", from, kDatabase});
}

Status CollectDatabaseWraparound(PgRun& run) { return run.Show(kWraparoundTable); }
Status CollectLocks(PgRun& run) { return run.Show(kLocksTable); }
Status CollectStatDatabase(PgRun& run) { return run.Show(kStatDatabaseTable); }

Status CollectConflicts(SqlSession& session, const QueryBounds& bounds, MetricSink& sink,
                        const std::string& prefix, std::span<const Label> more) {
  return CollectTable({prefix, "FROM pg_stat_database_conflicts", kConflicts}, session, bounds,
                      sink, more);
}

}  // namespace narthex::exporters
