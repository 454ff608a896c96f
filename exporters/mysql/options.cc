#include "exporters/mysql/options.h"

#include <algorithm>
#include <cstdlib>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"
#include "common/fs/files.h"

namespace narthex::exporters {
namespace {

constexpr double kMaxSeconds = 1e9;

std::string Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return value == nullptr ? "" : value;
}

Duration OfSeconds(double seconds) { return {static_cast<int64_t>(seconds * 1000)}; }

}  // namespace

void MySqlOptions::AddFlags(cli::Flags& flags) {
  flags.Add("web.telemetry-path", &telemetry_path, "Path of the metrics.", "PATH");
  flags.Add("config.my-cnf", &config_file,
            "File with the credentials, in the format of MySQL's programs: [client] for /metrics, "
            "any section for probes. Read again on SIGHUP and by /-/reload. It may be absent.",
            "FILE");
  AddConnectionFlags(flags);
  AddCollectorFlags(flags);
  AddDatabaseFlags(flags);
}

void MySqlOptions::AddConnectionFlags(cli::Flags& flags) {
  flags.Add("mysqld.address", &defaults.address,
            "The server to watch, where [client] names none: host:port or unix:///path.",
            "ADDRESS");
  flags.Add("mysqld.username", &defaults.user, "The user, where [client] names none.", "NAME");
  flags.Add("tls.insecure-skip-verify", &defaults.skip_verify,
            "Connect by TLS, but check no certificate, whatever the file says.");
  flags.Add("timeout-offset", &timeout_offset_text_,
            "Seconds that are left of the scraper's timeout to send the answer in.", "SECONDS");
  flags.Add("exporter.lock_wait_timeout", &limits.lock_wait_s,
            "Seconds that a statement waits for the lock of a table, at most.", "SECONDS");
  flags.Add("exporter.enable_lock_wait_timeout", &has_lock_wait_,
            "Whether it is so; else the server's own limit is.");
  flags.Add("exporter.log_slow_filter", &limits.filters_slow_log,
            "Keep the exporter's statements out of the slow log, where the server knows "
            "log_slow_filter: MariaDB's and Percona's do.");
  flags.Add("exporter.query_timeout", &query_timeout_s_,
            "Seconds that a collector may take, at most; 0 for as long as the scrape.", "SECONDS");
  flags.Add("exporter.collection_timeout", &collection_timeout,
            "How long a scrape may take, at most, also where the scraper does not say how long it "
            "waits. What is not done then is left out, and cancelled on the server.");
  flags.Add("exporter.max_open_connections", &max_connections,
            "Connections to a server, at most. With one, a slow collector delays all others.");
}

void MySqlOptions::AddCollectorFlags(cli::Flags& flags) {
  for (const MySqlCollectorRow& row : MySqlCollectors()) {
    bool& enabled = enabled_[row.name] = row.enabled_by_default;
    flags.Add("collect." + std::string(row.name), &enabled, std::string(row.help));
  }
  CollectorOptions& of = collectors;
  flags.Add("collect.heartbeat.database", &of.heartbeat_database, "Database of the heartbeats.",
            "NAME");
  flags.Add("collect.heartbeat.table", &of.heartbeat_table, "Table of the heartbeats.", "NAME");
  flags.Add("collect.heartbeat.utc", &of.heartbeat_utc,
            "The heartbeats are written in UTC (pt-heartbeat --utc).");
  flags.Add("collect.info_schema.processlist.min_time", &of.processlist_min_time_s,
            "Leave out threads that have been at something for fewer seconds.", "SECONDS");
  flags.Add("collect.info_schema.processlist.processes_by_user", &of.processes_by_user,
            "Show how many threads each user has.");
  flags.Add("collect.info_schema.processlist.processes_by_host", &of.processes_by_host,
            "Show how many threads are of clients on each host.");
  flags.Add("collect.info_schema.tables.databases", &of.table_databases,
            "Databases whose tables are shown, with commas between them; * for all.", "LIST");
  flags.Add("collect.mysql.user.privileges", &of.user_privileges,
            "Show the global privileges of users, too.");
  const std::string statements = "collect.perf_schema.eventsstatements.";
  flags.Add(statements + "limit", &of.statements_limit, "Statements to show, at most.");
  flags.Add(statements + "timelimit", &of.statements_max_age_s,
            "Leave out statements that were not run for so many seconds.", "SECONDS");
  flags.Add(statements + "digest_text_limit", &of.statements_text_length,
            "Characters of a statement's text to show, at most.");
  flags.Add(statements + "exclude_schemas", &of.statements_excluded_schemas,
            "A schema whose statements are left out, beside those of the server itself. May be "
            "repeated.",
            "NAME");
  flags.Add("collect.perf_schema.file_instances.filter", &of.files_filter,
            "Files to show, as a regular expression of the server's.", "REGEX");
  flags.Add("collect.perf_schema.file_instances.remove_prefix", &of.files_drop,
            "What is taken off the front of their names.", "PREFIX");
  flags.Add("collect.perf_schema.memory_events.remove_prefix", &of.memory_drop,
            "What is taken off the front of the names of events of memory.", "PREFIX");
}

void MySqlOptions::AddDatabaseFlags(cli::Flags& flags) {
  flags.Add("extend.query-path", &queries_file,
            "File with queries of your own to run; checked at the start.", "FILE");
  flags.Add("auto-discover-databases", &discover_databases,
            "Run queries of your own in every database of the server, but for those that say "
            "master, by a connection to each in turn.");
  flags.Add("all-databases.allow", &allow_text_,
            "Of databases to run in, those whose names match alone.", "REGEX");
  flags.Add("all-databases.deny", &deny_text_, "Of databases to run in, none whose names match.",
            "REGEX");
}

Status MySqlOptions::Prepare() {
  const auto offset = ParseDouble(timeout_offset_text_);
  if (!offset || !(*offset >= 0 && *offset <= kMaxSeconds))
    return InvalidArgument("flag --timeout-offset: want seconds, got ",
                           Quote(timeout_offset_text_));
  timeout_offset_ = OfSeconds(*offset);
  if (collection_timeout.ms < 1)
    return InvalidArgument("flag --exporter.collection_timeout: want 1ms or more");
  if (max_connections < 1 || max_connections > 100)
    return InvalidArgument("flag --exporter.max_open_connections: want 1 to 100");
  if (query_timeout_s_ < 0 || query_timeout_s_ > static_cast<int64_t>(kMaxSeconds))
    return InvalidArgument("flag --exporter.query_timeout: want seconds, or 0 for none");
  query_timeout = Duration::Seconds(query_timeout_s_);
  if (has_lock_wait_ && limits.lock_wait_s < 1)
    return InvalidArgument("flag --exporter.lock_wait_timeout: want 1 or more seconds");
  if (!has_lock_wait_) limits.lock_wait_s = 0;
  if (collectors.statements_limit < 0 || collectors.statements_max_age_s < 0 ||
      collectors.statements_text_length < 0 || collectors.processlist_min_time_s < 0)
    return InvalidArgument("flags --collect.*: want numbers of 0 or more");
  limits.statement = collection_timeout;
  ASSIGN_OR_RETURN(allow_, Regex::Compile(allow_text_.empty() ? ".*" : allow_text_)
                               .Prefixed("flag --all-databases.allow"));
  ASSIGN_OR_RETURN(deny_, Regex::Compile(deny_text_).Prefixed("flag --all-databases.deny"));
  defaults.password = config::Secret(Variable("MYSQLD_EXPORTER_PASSWORD"));
  const std::string file = Variable("MYSQLD_EXPORTER_PASSWORD_FILE");
  if (file.empty()) return {};
  auto password = ReadFile(file);
  if (!password.ok()) return password.status().Prefixed("MYSQLD_EXPORTER_PASSWORD_FILE");
  defaults.password = config::Secret(TrimBlanks(*password));
  return {};
}

Duration MySqlOptions::Budget(std::string_view scrape_timeout_seconds) const {
  const auto patience = ParseDouble(scrape_timeout_seconds);
  if (!patience || !(*patience > 0 && *patience <= kMaxSeconds)) return collection_timeout;
  const Duration left{OfSeconds(*patience).ms - timeout_offset_.ms};
  return left.ms > 0 ? Duration{std::min(left.ms, collection_timeout.ms)} : collection_timeout;
}

Result<ClientConfig> MySqlOptions::LoadClientConfig() const {
  OptionFile file;
  if (!config_file.empty()) {
    const auto text = ReadFile(config_file);
    if (!text.ok() && text.code() != Code::kNotFound) return text.status();
    if (text.ok()) {
      ASSIGN_OR_RETURN(file, ParseOptionFile(*text, config_file));
    } else {
      file.notes.push_back("there is no file " + config_file);
    }
  }
  return MakeClientConfig(std::move(file), defaults, Variable);
}

}  // namespace narthex::exporters
