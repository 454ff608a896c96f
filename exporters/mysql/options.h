// What the flags of the MySQL exporter and the variables beside them say.
#ifndef NARTHEX_EXPORTERS_MYSQL_OPTIONS_H_
#define NARTHEX_EXPORTERS_MYSQL_OPTIONS_H_

#include <map>
#include <string>
#include <string_view>

#include "common/cli/flags.h"
#include "common/regex/regex.h"
#include "exporters/mysql/client_config.h"
#include "exporters/mysql/collectors.h"
#include "exporters/mysql/mysql_session.h"

namespace narthex::exporters {

class MySqlOptions {
 public:
  void AddFlags(cli::Flags& flags);
  // After parsing; reads MYSQLD_EXPORTER_PASSWORD(_FILE). kInvalidArgument.
  Status Prepare();

  // Whether queries that run in every database run in this one.
  bool TakesDatabase(const std::string& name) const {
    return allow_.Matches(name) && !deny_.Matches(name);
  }
  bool IsEnabled(const MySqlCollectorRow& row) const { return enabled_.at(row.name); }
  // How long a scrape may take, by what the scraper says of its patience. An offset that leaves
  // nothing of it is passed over.
  Duration Budget(std::string_view scrape_timeout_seconds) const;
  // The configuration file, with what flags and the environment say. One that is absent is empty.
  Result<ClientConfig> LoadClientConfig() const;

  std::string telemetry_path = "/metrics";
  std::string config_file = ".my.cnf";
  ClientDefaults defaults;
  Duration collection_timeout = Duration::Seconds(60);
  Duration query_timeout;  // of each collector; none where it is 0
  int64_t max_connections = 2;
  SessionLimits limits;
  CollectorOptions collectors;
  std::string queries_file;
  bool discover_databases = false;

 private:
  void AddConnectionFlags(cli::Flags& flags);
  void AddCollectorFlags(cli::Flags& flags);
  void AddDatabaseFlags(cli::Flags& flags);

  std::map<std::string_view, bool> enabled_;  // by the collector's name
  std::string timeout_offset_text_ = "0.25";
  Duration timeout_offset_;
  int64_t query_timeout_s_ = 0;
  bool has_lock_wait_ = true;
  std::string allow_text_;
  std::string deny_text_;
  Regex allow_;
  Regex deny_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_MYSQL_OPTIONS_H_
