// Collectors of the server as a whole.
#include "exporters/postgres/collectors.h"

namespace narthex::exporters {
namespace {

using enum ColumnUse;
using enum WhenNull;

// Milliseconds, as the views have them.
constexpr std::string_view kEpochOfReset = "floor(extract(epoch FROM stats_reset))";

constexpr SqlColumn kBuffercache[] = {
    {kGauge, "buffers_used", "Shared buffers in use.", "buffers_used", kAsZero, 16},
    {kGauge, "buffers_unused", "Shared buffers not in use.", "buffers_unused", kAsZero, 16},
    {kGauge, "buffers_dirty", "Shared buffers that have to be written.", "buffers_dirty", kAsZero,
     16},
    {kGauge, "buffers_pinned", "Shared buffers that are pinned.", "buffers_pinned", kAsZero, 16},
    {kGauge, "usagecount_avg", "Mean usage count of the shared buffers in use.", "usagecount_avg",
     kAsZero, 16},
};
constexpr SqlTable kBuffercacheTable{"pg_buffercache_summary_", "FROM pg_buffercache_summary()",
                                     kBuffercache};

constexpr SqlColumn kPostmaster[] = {
    {kGauge, "start_time_seconds", "When the server was started, as Unix time.",
     "extract(epoch FROM pg_postmaster_start_time())", kAsZero},
};
constexpr SqlTable kPostmasterTable{"pg_postmaster_", "", kPostmaster};

constexpr SqlColumn kRoles[] = {
    {kLabel, "rolname", {}, {}, kSkipRow},
    {kGauge, "connection_limit", "Connections that the role may have; -1 for any number.",
     "rolconnlimit"},
};
constexpr SqlTable kRolesTable{"pg_roles_", "FROM pg_roles", kRoles};

constexpr SqlColumn kArchiver[] = {
    {kCounter, "archived_count", "Files of the write-ahead log that were archived."},
    {kCounter, "failed_count", "Failed attempts to archive a file of the write-ahead log."},
    {kGauge, "last_archive_age", "Seconds since a file was archived.",
     "extract(epoch FROM now() - last_archived_time)"},
};
constexpr SqlTable kArchiverTable{"pg_stat_archiver_", "FROM pg_stat_archiver", kArchiver};

constexpr SqlColumn kBgwriter[] = {
    {kCounter, "checkpoints_timed_total", "Checkpoints that were due.", "checkpoints_timed",
     kAsZero, 0, 17},
    {kCounter, "checkpoints_req_total", "Checkpoints that were asked for.", "checkpoints_req",
     kAsZero, 0, 17},
    {kCounter, "checkpoint_write_time_total", "Milliseconds that checkpoints spent writing.",
     "checkpoint_write_time", kAsZero, 0, 17},
    {kCounter, "checkpoint_sync_time_total", "Milliseconds that checkpoints spent syncing.",
     "checkpoint_sync_time", kAsZero, 0, 17},
    {kCounter, "buffers_checkpoint_total", "Buffers that checkpoints wrote.", "buffers_checkpoint",
     kAsZero, 0, 17},
    {kCounter, "buffers_clean_total", "Buffers that the background writer wrote.", "buffers_clean",
     kAsZero},
    {kCounter, "maxwritten_clean_total",
     "Times that the background writer stopped, having written as much as it may.",
     "maxwritten_clean", kAsZero},
    {kCounter, "buffers_backend_total", "Buffers that backends wrote themselves.",
     "buffers_backend", kAsZero, 0, 17},
    {kCounter, "buffers_backend_fsync_total", "Times that backends had to sync themselves.",
     "buffers_backend_fsync", kAsZero, 0, 17},
    {kCounter, "buffers_alloc_total", "Buffers allocated.", "buffers_alloc", kAsZero},
    {kCounter, "stats_reset_total", "When these counters began, as Unix time.", kEpochOfReset,
     kAsZero},
};
constexpr SqlTable kBgwriterTable{"pg_stat_bgwriter_", "FROM pg_stat_bgwriter", kBgwriter};

constexpr SqlColumn kCheckpointer[] = {
    {kCounter, "num_timed_total", "Checkpoints that were due.", "num_timed", kAsZero, 17},
    {kCounter, "num_requested_total", "Checkpoints that were asked for.", "num_requested", kAsZero,
     17},
    {kCounter, "restartpoints_timed_total", "Restartpoints that were due.", "restartpoints_timed",
     kAsZero, 17},
    {kCounter, "restartpoints_req_total", "Restartpoints that were asked for.", "restartpoints_req",
     kAsZero, 17},
    {kCounter, "restartpoints_done_total", "Restartpoints done.", "restartpoints_done", kAsZero,
     17},
    {kCounter, "write_time_total", "Milliseconds spent writing.", "write_time", kAsZero, 17},
    {kCounter, "sync_time_total", "Milliseconds spent syncing.", "sync_time", kAsZero, 17},
    {kCounter, "buffers_written_total", "Buffers written.", "buffers_written", kAsZero, 17},
    {kCounter, "stats_reset_total", "When these counters began, as Unix time.", kEpochOfReset,
     kAsZero, 17},
};
constexpr SqlTable kCheckpointerTable{"pg_stat_checkpointer_", "FROM pg_stat_checkpointer",
                                      kCheckpointer};

constexpr SqlColumn kWal[] = {
    {kGauge, "segments", "Files of the write-ahead log.", "count(*)"},
    {kGauge, "size_bytes", "Size of the files of the write-ahead log.", "sum(size)"},
};
constexpr SqlTable kWalTable{"pg_wal_", "FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'", kWal};

constexpr SqlColumn kXlog[] = {
    {kGauge, "bytes", "Position in the write-ahead log, its low 52 bits.",
     "(CASE WHEN pg_is_in_recovery() THEN pg_last_xlog_replay_location() ELSE "
     "pg_current_xlog_location() END - '0/0') % (2^52)::bigint",
     kLeaveOut, 0, 10},
};
constexpr SqlTable kXlogTable{"pg_xlog_location_", "", kXlog};

}  // namespace

Status CollectBuffercacheSummary(PgRun& run) { return run.Show(kBuffercacheTable); }
Status CollectPostmaster(PgRun& run) { return run.Show(kPostmasterTable); }
Status CollectRoles(PgRun& run) { return run.Show(kRolesTable); }
Status CollectStatArchiver(PgRun& run) { return run.Show(kArchiverTable); }
Status CollectStatBgwriter(PgRun& run) { return run.Show(kBgwriterTable); }
Status CollectStatCheckpointer(PgRun& run) { return run.Show(kCheckpointerTable); }
Status CollectWal(PgRun& run) { return run.Show(kWalTable); }
Status CollectXlogLocation(PgRun& run) { return run.Show(kXlogTable); }

}  // namespace narthex::exporters
