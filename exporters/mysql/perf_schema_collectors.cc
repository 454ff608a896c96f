// Waits, files and memory, from performance_schema. Its times are in picoseconds.
#include "exporters/mysql/collectors.h"
#include "exporters/mysql/mysql_session.h"

namespace narthex::exporters {
namespace {

using enum ColumnUse;
using enum WhenNull;

constexpr SqlColumn Part(std::string_view name, std::string_view help, std::string_view expression,
                         Label with) {
  return {.use = kCounter, .name = name, .help = help, .expression = expression, .with = with};
}

constexpr SqlColumn kEventsWaits[] = {
    {kLabel, "event_name"},
    {kCounter, "total", "Waits, by event.", "count_star"},
    {kCounter, "seconds_total", "Seconds of waits, by event.", "sum_timer_wait / 1e12"},
};

constexpr std::string_view kUses = "Uses of files, by event and mode.";
constexpr std::string_view kUseSeconds = "Seconds of uses of files, by event and mode.";
constexpr std::string_view kUseBytes = "Bytes read and written, by event and mode.";
constexpr Label kRead{"mode", "read"}, kWrite{"mode", "write"}, kMisc{"mode", "misc"};
constexpr SqlColumn kFileEvents[] = {
    {kLabel, "event_name"},
    Part("total", kUses, "count_read", kRead),
    Part("seconds_total", kUseSeconds, "sum_timer_read / 1e12", kRead),
    Part("bytes_total", kUseBytes, "sum_number_of_bytes_read", kRead),
    Part("total", kUses, "count_write", kWrite),
    Part("seconds_total", kUseSeconds, "sum_timer_write / 1e12", kWrite),
    Part("bytes_total", kUseBytes, "sum_number_of_bytes_write", kWrite),
    Part("total", kUses, "count_misc", kMisc),
    Part("seconds_total", kUseSeconds, "sum_timer_misc / 1e12", kMisc),
};

constexpr SqlColumn kFileInstances[] = {
    {kLabel, "file_name"},
    {kLabel, "event_name"},
    Part("total", "Reads and writes of the file.", "count_read", kRead),
    Part("total", "Reads and writes of the file.", "count_write", kWrite),
    Part("bytes", "Bytes read from and written to the file.", "sum_number_of_bytes_read", kRead),
    Part("bytes", "Bytes read from and written to the file.", "sum_number_of_bytes_write", kWrite),
};

constexpr SqlColumn kMemoryEvents[] = {
    {kLabel, "event_name"},
    {kCounter, "alloc_bytes_total", "Bytes taken, by event.", "sum_number_of_bytes_alloc"},
    {kCounter, "free_bytes_total", "Bytes given back, by event.", "sum_number_of_bytes_free"},
    {kGauge, "used_bytes", "Bytes in use, by event.", "current_number_of_bytes_used"},
};

constexpr std::string_view kWaits = "Waits, by operation.";
constexpr std::string_view kWaitSeconds = "Seconds of waits, by operation.";
constexpr Label kFetch{"operation", "fetch"}, kInsert{"operation", "insert"};
constexpr Label kUpdate{"operation", "update"}, kDelete{"operation", "delete"};
constexpr SqlColumn kTableIoWaits[] = {
    {kLabel, "schema", {}, "object_schema"},
    {kLabel, "name", {}, "object_name"},
    Part("total", kWaits, "count_fetch", kFetch),
    Part("total", kWaits, "count_insert", kInsert),
    Part("total", kWaits, "count_update", kUpdate),
    Part("total", kWaits, "count_delete", kDelete),
    Part("seconds_total", kWaitSeconds, "sum_timer_fetch / 1e12", kFetch),
    Part("seconds_total", kWaitSeconds, "sum_timer_insert / 1e12", kInsert),
    Part("seconds_total", kWaitSeconds, "sum_timer_update / 1e12", kUpdate),
    Part("seconds_total", kWaitSeconds, "sum_timer_delete / 1e12", kDelete),
};

// An insert counts for no index.
constexpr SqlColumn kIndexIoWaits[] = {
    {kLabel, "schema", {}, "object_schema"},
    {kLabel, "name", {}, "object_name"},
    {kLabel, "index", {}, "ifnull(index_name, 'NONE')"},
    Part("total", kWaits, "count_fetch", kFetch),
    Part("total", kWaits, "IF(index_name IS NULL, count_insert, NULL)", kInsert),
    Part("total", kWaits, "count_update", kUpdate),
    Part("total", kWaits, "count_delete", kDelete),
    Part("seconds_total", kWaitSeconds, "sum_timer_fetch / 1e12", kFetch),
    Part("seconds_total", kWaitSeconds, "IF(index_name IS NULL, sum_timer_insert / 1e12, NULL)",
         kInsert),
    Part("seconds_total", kWaitSeconds, "sum_timer_update / 1e12", kUpdate),
    Part("seconds_total", kWaitSeconds, "sum_timer_delete / 1e12", kDelete),
};

constexpr SqlColumn SqlLock(std::string_view operation, std::string_view count) {
  return Part("sql_lock_waits_total", "Waits for locks of the server, by operation.", count,
              {"operation", operation});
}
constexpr SqlColumn SqlLockSeconds(std::string_view operation, std::string_view time) {
  return Part("sql_lock_waits_seconds_total",
              "Seconds of waits for locks of the server, by operation.", time,
              {"operation", operation});
}
constexpr std::string_view kExternal = "Waits for locks of the storage engine, by operation.";
constexpr std::string_view kExternalSeconds =
    "Seconds of waits for locks of the storage engine, by operation.";
constexpr SqlColumn kTableLocks[] = {
    {kLabel, "schema", {}, "object_schema"},
    {kLabel, "name", {}, "object_name"},
    SqlLock("read_normal", "count_read_normal"),
    SqlLock("read_with_shared_locks", "count_read_with_shared_locks"),
    SqlLock("read_high_priority", "count_read_high_priority"),
    SqlLock("read_no_insert", "count_read_no_insert"),
    SqlLock("write_normal", "count_write_normal"),
    SqlLock("write_allow_write", "count_write_allow_write"),
    SqlLock("write_concurrent_insert", "count_write_concurrent_insert"),
    SqlLock("write_low_priority", "count_write_low_priority"),
    Part("external_lock_waits_total", kExternal, "count_read_external", {"operation", "read"}),
    Part("external_lock_waits_total", kExternal, "count_write_external", {"operation", "write"}),
    SqlLockSeconds("read_normal", "sum_timer_read_normal / 1e12"),
    SqlLockSeconds("read_with_shared_locks", "sum_timer_read_with_shared_locks / 1e12"),
    SqlLockSeconds("read_high_priority", "sum_timer_read_high_priority / 1e12"),
    SqlLockSeconds("read_no_insert", "sum_timer_read_no_insert / 1e12"),
    SqlLockSeconds("write_normal", "sum_timer_write_normal / 1e12"),
    SqlLockSeconds("write_allow_write", "sum_timer_write_allow_write / 1e12"),
    SqlLockSeconds("write_concurrent_insert", "sum_timer_write_concurrent_insert / 1e12"),
    SqlLockSeconds("write_low_priority", "sum_timer_write_low_priority / 1e12"),
    Part("external_lock_waits_seconds_total", kExternalSeconds, "sum_timer_read_external / 1e12",
         {"operation", "read"}),
    Part("external_lock_waits_seconds_total", kExternalSeconds, "sum_timer_write_external / 1e12",
         {"operation", "write"}),
};

}  // namespace

Status CollectEventsWaits(MySqlRun& run) {
  return run.Show({"mysql_perf_schema_events_waits_",
                   "FROM performance_schema.events_waits_summary_global_by_event_name",
                   kEventsWaits});
}

Status CollectFileEvents(MySqlRun& run) {
  return run.Show({"mysql_perf_schema_file_events_",
                   "FROM performance_schema.file_summary_by_event_name", kFileEvents});
}

Status CollectFileInstances(MySqlRun& run) {
  const std::string from =
      "FROM performance_schema.file_summary_by_instance WHERE file_name REGEXP " +
      QuoteText(run.options.files_filter);
  return run.Show(
      {"mysql_perf_schema_file_instances_", from, kFileInstances, run.options.files_drop});
}

Status CollectMemoryEvents(MySqlRun& run) {
  return run.Show(
      {"mysql_perf_schema_memory_events_",
       "FROM performance_schema.memory_summary_global_by_event_name WHERE count_alloc > 0",
       kMemoryEvents, run.options.memory_drop});
}

Status CollectTableIoWaits(MySqlRun& run) {
  return run.Show({"mysql_perf_schema_table_io_waits_",
                   "FROM performance_schema.table_io_waits_summary_by_table WHERE object_schema "
                   "NOT IN ('mysql', 'performance_schema')",
                   kTableIoWaits});
}

Status CollectIndexIoWaits(MySqlRun& run) {
  return run.Show({"mysql_perf_schema_index_io_waits_",
                   "FROM performance_schema.table_io_waits_summary_by_index_usage WHERE "
                   "object_schema NOT IN ('mysql', 'performance_schema')",
                   kIndexIoWaits});
}

Status CollectTableLocks(MySqlRun& run) {
  return run.Show({"mysql_perf_schema_",
                   "FROM performance_schema.table_lock_waits_summary_by_table WHERE object_schema "
                   "NOT IN ('mysql', 'performance_schema', 'information_schema')",
                   kTableLocks});
}

}  // namespace narthex::exporters
