// InnoDB and other storage engines.
#include <optional>

#include "exporters/mysql/collectors.h"
#include "exporters/mysql/status_values.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;
using enum ColumnUse;
using enum WhenNull;

constexpr SqlColumn kCmp[] = {
    {kLabel, "page_size"},
    {kCounter, "compress_ops_total", "Pages that were to be compressed.", "compress_ops"},
    {kCounter, "compress_ops_ok_total", "Pages that were compressed.", "compress_ops_ok"},
    {kCounter, "compress_time_seconds_total", "Seconds spent compressing pages.", "compress_time"},
    {kCounter, "uncompress_ops_total", "Pages that were uncompressed.", "uncompress_ops"},
    {kCounter, "uncompress_time_seconds_total", "Seconds spent uncompressing pages.",
     "uncompress_time"},
};

constexpr SqlColumn kCmpMem[] = {
    {kLabel, "page_size"},
    {kLabel, "buffer_pool", {}, "buffer_pool_instance"},
    {kCounter, "pages_used_total", "Blocks of the size that are in use.", "pages_used"},
    {kCounter, "pages_free_total", "Blocks of the size that are free.", "pages_free"},
    {kCounter, "relocation_ops_total", "Blocks that were moved.", "relocation_ops"},
    {kCounter, "relocation_time_seconds_total", "Seconds spent moving blocks.",
     "relocation_time / 1e3"},
};

constexpr SqlColumn kTablespaces[] = {
    {kLabel, "tablespace_name", {}, "name"},
    {kLabel, "file_format", {}, "'NONE'", kLeaveOut, 8},
    {kLabel, "file_format", {}, "file_format", kLeaveOut, 0, 8},
    {kLabel, "row_format", {}, "ifnull(row_format, 'NONE')"},
    // MariaDB, whose versions begin at 10, has no such column.
    {kLabel, "space_type", {}, "ifnull(space_type, 'NONE')", kLeaveOut, 0, 10},
    {kLabel, "space_type", {}, "''", kLeaveOut, 10},
    {kGauge, "space_info", "Number of the tablespace.", "space"},
    {.use = kGauge,
     .name = "file_size_bytes",
     .help = "Size of the file as it seems.",
     .expression = "file_size",
     .labels = 1},
    {.use = kGauge,
     .name = "allocated_size_bytes",
     .help = "Room on the disk that the file takes.",
     .expression = "allocated_size",
     .labels = 1},
};

constexpr std::string_view kMetrics = "mysql_info_schema_innodb_metrics_";

bool TakeFront(std::string_view& text, std::string_view front) {
  if (!text.starts_with(front)) return false;
  text.remove_prefix(front.size());
  return true;
}

// Metrics of the buffer that are parts of a family; false where it is none of them.
bool ShowBufferMetric(std::string_view subsystem, std::string_view name, double value,
                      MetricSink& sink) {
  const std::string prefix(kMetrics);
  if (subsystem == "buffer_page_io") {
    if (TakeFront(name, "buffer_page_read_")) {
      sink.Counter(prefix + "buffer_page_read_total", "Pages read, by type.", value,
                   {{"type", name}});
    } else if (TakeFront(name, "buffer_page_written_")) {
      sink.Counter(prefix + "buffer_page_written_total", "Pages written, by type.", value,
                   {{"type", name}});
    } else {
      sink.Complain(Corruption("counter ", Quote(name), " is no page read or written"));
    }
    return true;
  }
  if (subsystem != "buffer" || !TakeFront(name, "buffer_pool_pages_")) return false;
  if (name == "dirty") {
    sink.Gauge(prefix + "buffer_pool_dirty_pages", "Pages that are to be written.", value);
  } else if (name != "total") {  // which is the sum of the others
    sink.Gauge(prefix + "buffer_pool_pages", "Pages of the buffer pool, by state.", value,
               {{"state", name}});
  }
  return true;
}

void ShowInnodbMetric(const SqlRow& row, MetricSink& sink) {
  const std::string_view name = row.text(0).value_or("");
  const std::string_view subsystem = row.text(1).value_or("");
  const std::string_view type = row.text(2).value_or("");
  const auto value = row.Number(3);
  if (!value || ShowBufferMetric(subsystem, name, *value, sink)) return;
  std::string full(kMetrics);
  full.append(subsystem).append("_").append(name);  // capitals stay
  if (!IsLegacyMetricName(full))
    return sink.Complain(Corruption("counter ", Quote(name), " makes no metric"));
  // One below zero is none, though the server says so (MySQL bug 75966).
  const bool counts = (type == "counter" || type == "status_counter") && *value >= 0;
  if (counts) full += "_total";
  Family& family = sink.AnyFamily(full, counts ? Type::kCounter : Type::kGauge, "InnoDB counter.");
  if (family.sample_count() == 0) family.Sample({}, *value);
}

struct RocksDbCounter {
  std::string_view statistic;
  std::string_view name;
  std::string_view help;
};
constexpr RocksDbCounter kRocksDb[] = {
    {"BLOCK_CACHE_HIT_COUNT", "block_cache_hit_count", "Blocks read from the cache."},
    {"BLOCK_READ_BYTE", "block_read_byte", "Bytes of blocks read from the disk."},
    {"BLOCK_READ_COUNT", "block_read_count", "Blocks read from the disk."},
    {"BLOOM_MEMTABLE_HIT_COUNT", "bloom_memtable_hit_count", "Hits of filters of memtables."},
    {"BLOOM_MEMTABLE_MISS_COUNT", "bloom_memtable_miss_count", "Misses of filters of memtables."},
    {"BLOOM_SST_HIT_COUNT", "bloom_sst_hit_count", "Hits of filters of files."},
    {"BLOOM_SST_MISS_COUNT", "bloom_sst_miss_count", "Misses of filters of files."},
    {"GET_FROM_MEMTABLE_COUNT", "get_from_memtable_count", "Memtables looked up."},
    {"GET_READ_BYTES", "get_read_bytes", "Bytes read by Get."},
    {"INTERNAL_DELETE_SKIPPED_COUNT", "internal_delete_skipped_count", "Deletions passed over."},
    {"INTERNAL_KEY_SKIPPED_COUNT", "internal_key_skipped_count", "Keys passed over."},
    {"INTERNAL_MERGE_COUNT", "internal_merge_count", "Values merged while iterating."},
    {"INTERNAL_RECENT_SKIPPED_COUNT", "internal_recent_skipped_count",
     "Keys passed over that are newer than the snapshot."},
    {"IO_BYTES_READ", "io_bytes_read", "Bytes read."},
    {"IO_BYTES_WRITTEN", "io_bytes_written", "Bytes written."},
    {"ITER_READ_BYTES", "iter_read_bytes", "Bytes read by iterators."},
    {"KEY_LOCK_WAIT_COUNT", "key_lock_wait_count", "Waits for locks of rows."},
    {"MULTIGET_READ_BYTES", "multiget_read_bytes", "Bytes read by MultiGet."},
    {"NEXT_ON_MEMTABLE_COUNT", "next_on_memtable_count", "Steps forward in memtables."},
    {"PREV_ON_MEMTABLE_COUNT", "prev_on_memtable_count", "Steps back in memtables."},
    {"SEEK_CHILD_SEEK_COUNT", "seek_child_seek_count", "Seeks in parts of an iterator."},
    {"SEEK_ON_MEMTABLE_COUNT", "seek_on_memtable_count", "Seeks in memtables."},
    {"USER_KEY_COMPARISON_COUNT", "user_key_comparison_count", "Keys compared."},
};

}  // namespace

Status CollectInnodbCmp(MySqlRun& run) {
  return run.Show({"mysql_info_schema_innodb_cmp_", "FROM information_schema.innodb_cmp", kCmp});
}

Status CollectInnodbCmpMem(MySqlRun& run) {
  return run.Show(
      {"mysql_info_schema_innodb_cmpmem_", "FROM information_schema.innodb_cmpmem", kCmpMem});
}

Status CollectInnodbTablespaces(MySqlRun& run) {
  const bool has_new_name = !run.is_mariadb && run.IsSince({8, 0, 0}, {});
  return run.Show({"mysql_info_schema_innodb_tablespace_",
                   has_new_name ? "FROM information_schema.innodb_tablespaces"
                                : "FROM information_schema.innodb_sys_tablespaces",
                   kTablespaces});
}

Status CollectInnodbMetrics(MySqlRun& run) {
  const std::string statement =
      "SELECT name, subsystem, type, count FROM information_schema.innodb_metrics WHERE ";
  return run.Query(statement + (run.is_mariadb ? "enabled = 1" : "status = 'enabled'"),
                   [&](const SqlRow& row) {
                     ShowInnodbMetric(row, run.sink);
                     return Status();
                   });
}

Status CollectEngineInnodbStatus(MySqlRun& run) {
  InnodbStatus status;
  RETURN_IF_ERROR(run.Query("SHOW ENGINE INNODB STATUS", [&](const SqlRow& row) {
    if (row.size() < 3) return Corruption("the server gave other columns than those of an engine");
    status = ParseInnodbStatus(row.text(2).value_or(""));
    return Status();
  }));
  const auto show = [&](const char* name, const char* help, std::optional<double> value) {
    if (value) run.sink.Gauge(std::string("mysql_engine_innodb_") + name, help, *value);
  };
  show("queries_inside_innodb", "Queries inside InnoDB.", status.queries_inside);
  show("queries_in_queue", "Queries that wait to get into InnoDB.", status.queries_in_queue);
  show("read_views_open_inside_innodb", "Read views of InnoDB that are open.", status.read_views);
  return {};
}

Status CollectEngineTokudbStatus(MySqlRun& run) {
  return run.Query("SHOW ENGINE TOKUDB STATUS", [&](const SqlRow& row) {
    if (row.size() < 3) return Corruption("the server gave other columns than those of an engine");
    const auto value = ParseStatusValue(row.text(2).value_or(""));
    if (!value) return Status();
    std::string name;
    for (const char c : row.text(1).value_or("")) {
      if (std::string_view(">,:()").find(c) != std::string_view::npos) continue;
      name += c == '+' || c == '/' ? "and" : std::string(1, c);
    }
    Family& family = run.sink.AnyFamily("mysql_engine_tokudb_" + MetricNamePart(name),
                                        Type::kUnknown, "Status of TokuDB, of this name.");
    if (family.sample_count() == 0) family.Sample({}, *value);
    return Status();
  });
}

Status CollectRocksDbPerfContext(MySqlRun& run) {
  constexpr const char* kStatement =
      "SELECT table_schema, table_name, ifnull(partition_name, ''), stat_type, value "
      "FROM information_schema.rocksdb_perf_context";
  return run.Query(kStatement, [&](const SqlRow& row) {
    const std::string_view statistic = row.text(3).value_or("");
    const auto value = row.Number(4);
    for (const RocksDbCounter& counter : kRocksDb) {
      if (counter.statistic != statistic || !value) continue;
      run.sink.Counter("mysql_info_schema_rocksdb_perf_context_" + std::string(counter.name),
                       counter.help, *value,
                       {{"schema", row.text(0).value_or("")},
                        {"table", row.text(1).value_or("")},
                        {"part", row.text(2).value_or("")}});
    }
    return Status();
  });
}

}  // namespace narthex::exporters
