// What the flags of the PostgreSQL exporter and the variables beside them say.
#ifndef NARTHEX_EXPORTERS_POSTGRES_OPTIONS_H_
#define NARTHEX_EXPORTERS_POSTGRES_OPTIONS_H_

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/cli/flags.h"
#include "common/regex/regex.h"
#include "exporters/postgres/collectors.h"
#include "exporters/postgres/pg_session.h"

namespace narthex::exporters {

class PostgresOptions {
 public:
  // Declares the flags; their defaults are those of the environment (PG_EXPORTER_*).
  // kInvalidArgument: a variable that is none of its flag's values.
  Status AddFlags(cli::Flags& flags);
  // After parsing. kInvalidArgument.
  Status Prepare(const cli::Flags& flags);

  // Whether a database that is not the one connected to is to be seen.
  bool TakesDatabase(const std::string& name) const;
  bool IsEnabled(const PgCollectorRow& row) const;

  std::string config_file = "postgres_exporter.yml";
  std::string telemetry_path = "/metrics";
  bool disable_default_metrics = false;
  bool discover_databases = false;  // to run queries of users in each
  bool all_databases = false;       // and collectors of one database too
  std::string metric_prefix = "pg";
  std::string queries_file;
  bool dump_maps = false;
  Duration collection_timeout = Duration::Seconds(60);
  int64_t max_connections = 2;
  ServerLimits limits;
  CollectorOptions collectors;
  std::vector<std::pair<std::string, std::string>> constant_labels;

 private:
  void AddCollectorFlags(cli::Flags& flags);
  void AddDatabaseFlags(cli::Flags& flags);
  Status ReadConstantLabels();

  std::map<std::string_view, bool> enabled_;  // by the collector's name
  std::string constant_label_list_;
  std::string excluded_list_;
  std::string included_list_;
  std::string statements_excluded_databases_;
  std::string statements_excluded_users_;
  std::vector<std::string> included_;
  std::string allow_text_;
  std::string deny_text_;
  Regex allow_;
  Regex deny_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_POSTGRES_OPTIONS_H_
