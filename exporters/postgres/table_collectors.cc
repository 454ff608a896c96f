// Collectors of the tables of one database, and of vacuums.
#include "exporters/postgres/collectors.h"

namespace narthex::exporters {
namespace {

using enum ColumnUse;
using enum WhenNull;

constexpr SqlColumn kTables[] = {
    {kLabel, "datname", {}, "current_database()", kAsUnknown},
    {kLabel, "schemaname", {}, {}, kAsUnknown},
    {kLabel, "relname", {}, {}, kAsUnknown},
    {kCounter, "seq_scan", "Sequential scans.", {}, kAsZero},
    {kCounter, "seq_tup_read", "Rows that sequential scans read.", {}, kAsZero},
    {kCounter, "idx_scan", "Index scans.", {}, kAsZero},
    {kCounter, "idx_tup_fetch", "Rows that index scans fetched.", {}, kAsZero},
    {kCounter, "n_tup_ins", "Rows inserted.", {}, kAsZero},
    {kCounter, "n_tup_upd", "Rows updated.", {}, kAsZero},
    {kCounter, "n_tup_del", "Rows deleted.", {}, kAsZero},
    {kCounter, "n_tup_hot_upd", "Rows updated without a new entry in an index.", {}, kAsZero},
    {kGauge, "n_live_tup", "Estimate of the rows.", {}, kAsZero},
    {kGauge, "n_dead_tup", "Estimate of the dead rows.", {}, kAsZero},
    {kGauge,
     "n_mod_since_analyze",
     "Estimate of the rows changed since the last analyze.",
     {},
     kAsZero},
    {kGauge, "last_vacuum", "When it was last vacuumed by hand, as Unix time.",
     "floor(extract(epoch FROM last_vacuum))", kAsZero},
    {kGauge, "last_autovacuum", "When autovacuum last vacuumed it, as Unix time.",
     "floor(extract(epoch FROM last_autovacuum))", kAsZero},
    {kGauge, "last_analyze", "When it was last analyzed by hand, as Unix time.",
     "floor(extract(epoch FROM last_analyze))", kAsZero},
    {kGauge, "last_autoanalyze", "When autovacuum last analyzed it, as Unix time.",
     "floor(extract(epoch FROM last_autoanalyze))", kAsZero},
    {kCounter, "vacuum_count", "Vacuums by hand.", {}, kAsZero},
    {kCounter, "autovacuum_count", "Vacuums by autovacuum.", {}, kAsZero},
    {kCounter, "analyze_count", "Analyzes by hand.", {}, kAsZero},
    {kCounter, "autoanalyze_count", "Analyzes by autovacuum.", {}, kAsZero},
    {kGauge, "index_size_bytes", "Size of the table's indexes on disk.", "pg_indexes_size(relid)",
     kAsZero},
    {kGauge, "table_size_bytes", "Size of the table on disk, without indexes.",
     "pg_table_size(relid)", kAsZero},
};
constexpr SqlTable kTablesTable{"pg_stat_user_tables_", "FROM pg_stat_user_tables", kTables};

constexpr SqlColumn kTableBlocks[] = {
    {kLabel, "datname", {}, "current_database()", kAsUnknown},
    {kLabel, "schemaname", {}, {}, kAsUnknown},
    {kLabel, "relname", {}, {}, kAsUnknown},
    {kCounter, "heap_blocks_read", "Blocks of the table read from disk.", "heap_blks_read",
     kAsZero},
    {kCounter, "heap_blocks_hit", "Blocks of the table found in the shared buffers.",
     "heap_blks_hit", kAsZero},
    {kCounter, "idx_blocks_read", "Blocks of its indexes read from disk.", "idx_blks_read",
     kAsZero},
    {kCounter, "idx_blocks_hit", "Blocks of its indexes found in the shared buffers.",
     "idx_blks_hit", kAsZero},
    {kCounter, "toast_blocks_read", "Blocks of its TOAST table read from disk.", "toast_blks_read",
     kAsZero},
    {kCounter, "toast_blocks_hit", "Blocks of its TOAST table found in the shared buffers.",
     "toast_blks_hit", kAsZero},
    {kCounter, "tidx_blocks_read", "Blocks of its TOAST table's indexes read from disk.",
     "tidx_blks_read", kAsZero},
    {kCounter, "tidx_blocks_hit",
     "Blocks of its TOAST table's indexes found in the shared buffers.", "tidx_blks_hit", kAsZero},
};
constexpr SqlTable kTableBlocksTable{"pg_statio_user_tables_", "FROM pg_statio_user_tables",
                                     kTableBlocks};

constexpr SqlColumn kIndexBlocks[] = {
    {kLabel, "schemaname", {}, {}, kAsUnknown},
    {kLabel, "relname", {}, {}, kAsUnknown},
    {kLabel, "indexrelname", {}, {}, kAsUnknown},
    {kCounter, "idx_blks_read_total", "Blocks of the index read from disk.", "idx_blks_read",
     kAsZero},
    {kCounter, "idx_blks_hit_total", "Blocks of the index found in the shared buffers.",
     "idx_blks_hit", kAsZero},
};
constexpr SqlTable kIndexBlocksTable{"pg_statio_user_indexes_", "FROM pg_statio_user_indexes",
                                     kIndexBlocks};

// By the function below the view pg_stat_progress_vacuum, whose columns have the same names in
// every version. The name of a table is known in its own database only; elsewhere it is its number.
constexpr std::string_view kVacuums =
    "FROM pg_stat_get_progress_info('VACUUM') p LEFT JOIN pg_database d ON d.oid = p.datid";
#define NARTHEX_RELNAME \
  "CASE WHEN d.datname = current_database() THEN p.relid::regclass::text ELSE p.relid::text END"

constexpr SqlColumn kVacuum[] = {
    {kLabel, "datname", {}, "d.datname", kAsUnknown},
    {kLabel, "relname", {}, NARTHEX_RELNAME, kAsUnknown},
    {kGauge, "heap_blks", "Blocks of the table.", "p.param2", kAsZero},
    {kGauge, "heap_blks_scanned", "Blocks scanned so far.", "p.param3", kAsZero},
    {kGauge, "heap_blks_vacuumed", "Blocks vacuumed so far.", "p.param4", kAsZero},
    {kGauge, "index_vacuums", "Times that the indexes were vacuumed.", "p.param5", kAsZero},
    {kGauge, "max_dead_tuples",
     "Dead rows that can be kept before the indexes have to be vacuumed; bytes of them since "
     "PostgreSQL 17.",
     "p.param6", kAsZero},
    {kGauge, "num_dead_tuples", "Dead rows kept; bytes of them since PostgreSQL 17.", "p.param7",
     kAsZero},
};
constexpr SqlTable kVacuumTable{"pg_stat_progress_vacuum_", kVacuums, kVacuum};

constexpr SqlColumn kVacuumPhase[] = {
    {kLabel, "datname", {}, "d.datname", kAsUnknown},
    {kLabel, "relname", {}, NARTHEX_RELNAME, kAsUnknown},
    {kLabel, "phase", {}, "f.name"},
    {kGauge, "phase", "Whether the vacuum is in this phase.", "f.number = p.param1 + 1", kAsZero},
};
constexpr SqlTable kVacuumPhaseTable{
    "pg_stat_progress_vacuum_",
    "FROM pg_stat_get_progress_info('VACUUM') p LEFT JOIN pg_database d ON d.oid = p.datid "
    "CROSS JOIN unnest(ARRAY['initializing', 'scanning heap', 'vacuuming indexes', "
    "'vacuuming heap', 'cleaning up indexes', 'truncating heap', 'performing final cleanup']) "
    "WITH ORDINALITY f(name, number)",
    kVacuumPhase};
#undef NARTHEX_RELNAME

}  // namespace

Status CollectStatUserTables(PgRun& run) {
  run.more_datname = {};  // it has the label
  return run.Show(kTablesTable);
}
Status CollectStatioUserTables(PgRun& run) {
  run.more_datname = {};  // it has the label
  return run.Show(kTableBlocksTable);
}
Status CollectStatioUserIndexes(PgRun& run) { return run.Show(kIndexBlocksTable); }

Status CollectStatProgressVacuum(PgRun& run) {
  RETURN_IF_ERROR(run.Show(kVacuumTable));
  return run.Show(kVacuumPhaseTable);
}

}  // namespace narthex::exporters
