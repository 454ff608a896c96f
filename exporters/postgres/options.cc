#include "exporters/postgres/options.h"

#include <algorithm>
#include <cstdlib>

#include "common/bytes/trim.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

const char* Variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value == nullptr || *value == '\0' ? nullptr : value;
}

void FromVariable(const char* name, std::string& value) {
  if (const char* text = Variable(name)) value = text;
}

// As the original's flags take truths.
Status FromVariable(const char* name, bool& value) {
  const char* text = Variable(name);
  if (text == nullptr) return {};
  const std::string_view given = text;
  value = given == "true" || given == "1";
  if (value || given == "false" || given == "0") return {};
  return InvalidArgument("variable ", name, ": want true or false, got ", Quote(given));
}

}  // namespace

Status PostgresOptions::AddFlags(cli::Flags& flags) {
  RETURN_IF_ERROR(FromVariable("PG_EXPORTER_DISABLE_DEFAULT_METRICS", disable_default_metrics));
  RETURN_IF_ERROR(FromVariable("PG_EXPORTER_AUTO_DISCOVER_DATABASES", discover_databases));
  FromVariable("PG_EXPORTER_EXTEND_QUERY_PATH", queries_file);
  FromVariable("PG_EXPORTER_WEB_TELEMETRY_PATH", telemetry_path);
  FromVariable("PG_EXPORTER_CONSTANT_LABELS", constant_label_list_);
  FromVariable("PG_EXPORTER_EXCLUDE_DATABASES", excluded_list_);
  FromVariable("PG_EXPORTER_INCLUDE_DATABASES", included_list_);
  FromVariable("PG_EXPORTER_METRIC_PREFIX", metric_prefix);
  if (const char* text = Variable("PG_EXPORTER_COLLECTION_TIMEOUT")) {
    ASSIGN_OR_RETURN(collection_timeout,
                     ParseDuration(text).Prefixed("variable PG_EXPORTER_COLLECTION_TIMEOUT"));
  }
  flags.Add("config.file", &config_file,
            "File with the credentials of probes; read again on SIGHUP. The default one may be "
            "absent.",
            "FILE");
  flags.Add("web.telemetry-path", &telemetry_path, "Path of the metrics.", "PATH");
  flags.Add("disable-default-metrics", &disable_default_metrics,
            "Leave out pg_static and pg_stat_database_conflicts_*, which are no collector's.");
  flags.Add("extend.query-path", &queries_file,
            "File with queries of your own to run; checked at the start.", "FILE");
  flags.Add("dumpmaps", &dump_maps,
            "Show what those queries make of their columns, and end without running anything.");
  flags.Add(
      "metric-prefix", &metric_prefix,
      "What stands for \"pg\" in the names of pg_stat_database_conflicts_* and of families of "
      "your own queries.",
      "PREFIX");
  flags.Add("constantLabels", &constant_label_list_,
            "Labels of pg_up, pg_static, pg_exporter_*, pg_stat_database_conflicts_* and your own "
            "queries: name=value, with commas between them.",
            "LIST");
  flags.Add("collection-timeout", &collection_timeout,
            "How long a scrape may take, at most. A scraper that waits less, as it says in "
            "X-Prometheus-Scrape-Timeout-Seconds, shortens this to nine tenths of its own timeout, "
            "or half a second below it. What is not done then is left out, and cancelled on the "
            "server.");
  AddDatabaseFlags(flags);
  AddCollectorFlags(flags);
  return {};
}

void PostgresOptions::AddDatabaseFlags(cli::Flags& flags) {
  flags.Add("exclude-databases", &excluded_list_,
            "Databases that the collector \"database\" and the runs in every database leave out, "
            "with commas between them.",
            "LIST");
  flags.Add("include-databases", &included_list_,
            "The databases that runs in every database are for; all where it is empty.", "LIST");
  flags.Add("auto-discover-databases", &discover_databases,
            "Run queries of your own in every database of the server, but for those that say "
            "master, by a connection to each in turn.");
  flags.Add("all-databases", &all_databases,
            "Do so too with collectors of the tables of one database.");
  flags.Add("all-databases.allow", &allow_text_,
            "Of databases to run in, those whose names match alone.", "REGEX");
  flags.Add("all-databases.deny", &deny_text_, "Of databases to run in, none whose names match.",
            "REGEX");
  flags.Add("database.max-connections", &max_connections,
            "Connections to a server, at most. With one, a slow collector delays all others.");
  flags.Add("database.lock-timeout", &limits.lock,
            "How long a statement waits for a lock, at most; then its collector fails.");
}

void PostgresOptions::AddCollectorFlags(cli::Flags& flags) {
  for (const PgCollectorRow& row : PgCollectors()) {
    bool& enabled = enabled_[row.name] = row.enabled_by_default;
    flags.Add("collector." + std::string(row.name), &enabled, std::string(row.help));
  }
  const std::string statements = "collector.stat_statements.";
  flags.Add(statements + "include_query", &collectors.statements_with_query,
            "Show the texts of statements, as pg_stat_statements_query_id.");
  flags.Add(statements + "query_length", &collectors.statements_query_length,
            "Characters of a statement's text to show, at most.");
  flags.Add(statements + "limit", &collectors.statements_limit, "Statements to show, at most.");
  flags.Add(statements + "exclude_databases", &statements_excluded_databases_,
            "Databases whose statements are left out, with commas between them.", "LIST");
  flags.Add(statements + "exclude_users", &statements_excluded_users_,
            "Users whose statements are left out, with commas between them.", "LIST");
}

Status PostgresOptions::Prepare(const cli::Flags& /*flags*/) {
  if (collection_timeout.ms < 1)
    return InvalidArgument("flag --collection-timeout: want 1ms or more");
  if (max_connections < 1 || max_connections > 100)
    return InvalidArgument("flag --database.max-connections: want 1 to 100");
  if (limits.lock.ms < 1) return InvalidArgument("flag --database.lock-timeout: want 1ms or more");
  if (collectors.statements_query_length < 0 || collectors.statements_limit < 0)
    return InvalidArgument("flags --collector.stat_statements.*: want 0 or more");
  if (!IsLegacyMetricName(metric_prefix))
    return InvalidArgument("flag --metric-prefix: ", Quote(metric_prefix),
                           " begins no metric name");
  discover_databases = discover_databases || all_databases;
  limits.statement = collection_timeout;
  collectors.excluded_databases = SplitList(excluded_list_);
  collectors.statements_excluded_databases = SplitList(statements_excluded_databases_);
  collectors.statements_excluded_users = SplitList(statements_excluded_users_);
  included_ = SplitList(included_list_);
  ASSIGN_OR_RETURN(allow_, Regex::Compile(allow_text_.empty() ? ".*" : allow_text_)
                               .Prefixed("flag --all-databases.allow"));
  ASSIGN_OR_RETURN(deny_, Regex::Compile(deny_text_).Prefixed("flag --all-databases.deny"));
  return ReadConstantLabels();
}

Status PostgresOptions::ReadConstantLabels() {
  for (const std::string& part : SplitList(constant_label_list_)) {
    const size_t equals = part.find('=');
    const std::string name(TrimBlanks(std::string_view(part).substr(0, equals)));
    if (equals == std::string::npos || !IsLegacyLabelName(name) || name == "server")
      return InvalidArgument("flag --constantLabels: want name=value, got ", Quote(part));
    const std::string value(TrimBlanks(std::string_view(part).substr(equals + 1)));
    const auto same = std::find_if(constant_labels.begin(), constant_labels.end(),
                                   [&](const auto& label) { return label.first == name; });
    if (same != constant_labels.end())
      return InvalidArgument("flag --constantLabels: ", Quote(name), " is there twice");
    if (!value.empty()) constant_labels.emplace_back(name, value);
  }
  return {};
}

bool PostgresOptions::TakesDatabase(const std::string& name) const {
  const auto has = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return !has(collectors.excluded_databases) && (included_.empty() || has(included_)) &&
         allow_.Matches(name) && !deny_.Matches(name);
}

bool PostgresOptions::IsEnabled(const PgCollectorRow& row) const { return enabled_.at(row.name); }

}  // namespace narthex::exporters
