// The collectors of the PostgreSQL exporter. Names, types and labels of their metrics are those of
// postgres_exporter 0.20; versions are those of the server.
#ifndef NARTHEX_EXPORTERS_POSTGRES_COLLECTORS_H_
#define NARTHEX_EXPORTERS_POSTGRES_COLLECTORS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/labels/label_set.h"
#include "exporters/kit/metric_sink.h"
#include "exporters/kit/sql/sql_table.h"

namespace narthex::exporters {

// Flags of single collectors.
struct CollectorOptions {
  std::vector<std::string> excluded_databases;  // --exclude-databases
  bool statements_with_query = false;
  int64_t statements_query_length = 120;
  int64_t statements_limit = 100;
  std::vector<std::string> statements_excluded_databases;
  std::vector<std::string> statements_excluded_users;
};

// One run of a collector on one connection.
struct PgRun {
  SqlSession& session;
  const QueryBounds& bounds;
  MetricSink& sink;
  const CollectorOptions& options;
  std::string_view more_datname = {};  // for families without the label, of one database of several

  int version() const { return session.version().major; }
  Status Show(const SqlTable& table) {
    const Label datname{"datname", more_datname};
    const std::span<const Label> more(&datname, more_datname.empty() ? 0 : 1);
    return CollectTable(table, session, bounds, sink, more);
  }
};

struct PgCollectorRow {
  std::string_view name;
  bool enabled_by_default;
  Status (*collect)(PgRun& run);
  std::string_view help;
  bool of_one_database = false;  // sees the database connected to alone
};

std::span<const PgCollectorRow> PgCollectors();

Status CollectBuffercacheSummary(PgRun& run);
Status CollectDatabase(PgRun& run);
Status CollectDatabaseWraparound(PgRun& run);
Status CollectLocks(PgRun& run);
Status CollectLongRunningTransactions(PgRun& run);
Status CollectPostmaster(PgRun& run);
Status CollectProcessIdle(PgRun& run);
Status CollectReplication(PgRun& run);
Status CollectReplicationSlots(PgRun& run);
Status CollectRoles(PgRun& run);
Status CollectSettings(PgRun& run);
Status CollectStatActivity(PgRun& run);
Status CollectStatActivityAutovacuum(PgRun& run);
Status CollectStatArchiver(PgRun& run);
Status CollectStatBgwriter(PgRun& run);
Status CollectStatCheckpointer(PgRun& run);
Status CollectStatDatabase(PgRun& run);
Status CollectStatProgressVacuum(PgRun& run);
Status CollectStatReplication(PgRun& run);
Status CollectStatStatements(PgRun& run);
Status CollectStatUserTables(PgRun& run);
Status CollectStatWalReceiver(PgRun& run);
Status CollectStatioUserIndexes(PgRun& run);
Status CollectStatioUserTables(PgRun& run);
Status CollectWal(PgRun& run);
Status CollectXlogLocation(PgRun& run);

// pg_stat_database_conflicts, which the original has beside its collectors: with the label "server"
// and constant labels, by a prefix that a flag chooses.
Status CollectConflicts(SqlSession& session, const QueryBounds& bounds, MetricSink& sink,
                        const std::string& prefix, std::span<const Label> more);

// A setting of pg_settings as a metric's name and value, in seconds or bytes where it has a unit.
struct PgSetting {
  std::string name;
  double value;
};
// kCorruption: a value that is no number, a unit that is not known.
Result<PgSetting> ReadSetting(std::string_view name, std::string_view value, std::string_view unit,
                              std::string_view type);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_POSTGRES_COLLECTORS_H_
