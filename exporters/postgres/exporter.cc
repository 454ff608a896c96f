#include "exporters/postgres/exporter.h"

#include <algorithm>

#include "common/http_server/standard_pages.h"
#include "exporters/kit/scrape_budget.h"

namespace narthex::exporters {
namespace {

using Labels = std::vector<Label>;

Labels ConstantLabels(const PostgresOptions& options) {
  Labels labels;
  for (const auto& [name, value] : options.constant_labels) labels.push_back({name, value});
  return labels;
}

// Runs a collector in each database that it is for. One that fails does not keep the others.
Status CollectInDatabases(const PgCollectorRow& row, const PostgresOptions& options,
                          const SqlScope& scope, MetricSink& sink) {
  const SqlSource& source = scope.sources[0];
  const bool everywhere = row.of_one_database && options.all_databases;
  Status first_failure;
  for (const std::string& database : source.databases) {
    if (!database.empty() && !everywhere) break;
    const std::string& name = database.empty() ? source.own_database : database;
    const auto run_there = [&]() -> Status {
      ASSIGN_OR_RETURN(const auto session, source.pool->Take(database, scope.bounds));
      PgRun run{*session, scope.bounds, sink, options.collectors, everywhere ? name : ""};
      return row.collect(run);
    };
    Status status = run_there();
    if (everywhere) status = status.Prefixed("database " + Quote(name));
    if (!status.ok() && first_failure.ok()) first_failure = std::move(status);
  }
  return first_failure;
}

// pg_static and pg_stat_database_conflicts_* of every source.
Status CollectDefaults(const PostgresOptions& options, const SqlScope& scope, MetricSink& sink) {
  Family& versions = sink.AnyFamily("pg_static", openmetrics::Type::kUnknown,
                                    "The server's version, as it spells it.");
  Status first_failure;
  for (const SqlSource& source : scope.sources) {
    if (!source.reached.ok()) continue;
    Labels labels = ConstantLabels(options);
    labels.push_back({"server", source.name});
    const auto session = source.pool->Take("", scope.bounds);
    Status status = session.status();
    if (session.ok())
      status = CollectConflicts(**session, scope.bounds, sink,
                                options.metric_prefix + "_stat_database_conflicts_", labels);
    if (!status.ok() && first_failure.ok()) first_failure = status.Prefixed(source.name);
    const std::string short_version = source.version.ToString();
    labels.push_back({"version", source.version_text});
    labels.push_back({"short_version", short_version});
    versions.Sample("", labels.data(), labels.size(), 1);
  }
  return first_failure;
}

SqlScrape::Collectors MakeCollectors(const PostgresOptions& options, const CustomQueries& queries,
                                     const Clock& clock) {
  auto collectors = std::make_shared<std::vector<SqlCollector>>();
  for (const PgCollectorRow& row : PgCollectors()) {
    if (!options.IsEnabled(row)) continue;
    collectors->push_back(
        {std::string(row.name), [&row, options](const SqlScope& scope, MetricSink& sink) {
           return CollectInDatabases(row, options, scope, sink);
         }});
  }
  if (!options.disable_default_metrics) {
    SqlCollector defaults{"default metrics", [options](const SqlScope& scope, MetricSink& sink) {
                            return CollectDefaults(options, scope, sink);
                          }};
    defaults.of_all_sources = true;
    defaults.is_shown = false;
    collectors->push_back(std::move(defaults));
  }
  const CustomOptions custom{options.constant_labels, options.metric_prefix, true,
                             options.discover_databases};
  for (SqlCollector& collector : MakeCustomCollectors(queries, custom, clock))
    collectors->push_back(std::move(collector));
  return collectors;
}

// The databases of a server that runs in every database go to.
Status FindDatabases(const PostgresOptions& options, SqlSession& session, const QueryBounds& bounds,
                     SqlSource& source) {
  constexpr const char* kStatement =
      "SELECT datname, datname = current_database() FROM pg_database WHERE datallowconn AND NOT "
      "datistemplate OR datname = current_database() ORDER BY 2 DESC, 1";
  return session.Query(kStatement, bounds, [&](const SqlRow& row) {
    const std::string name(row.text(0).value_or(""));
    if (row.Number(1) == 1) {
      source.own_database = name;
    } else if (options.TakesDatabase(name)) {
      source.databases.push_back(name);
    }
    return Status();
  });
}

// As the original counts errors: those of its collectors show in pg_scrape_collector_success alone.
bool HasError(const SqlScrape& scrape) {
  return scrape.unreached() > 0 ||
         std::any_of(scrape.outcomes.begin(), scrape.outcomes.end(), [](const auto& outcome) {
           return outcome.collector->of_all_sources && !outcome.status.ok();
         });
}

}  // namespace

PostgresExporter::PostgresExporter(const PostgresOptions& options, const CustomQueries& queries,
                                   const std::vector<Dsn>& sources, const Clock& clock,
                                   Registry& registry, const Logger& log)
    : options_(options),
      queries_(queries),
      registry_(registry),
      log_(log),
      collectors_(MakeCollectors(options, queries, clock)),
      target_(MakeTarget(sources)),
      config_(std::make_shared<AuthConfig>()),
      config_success_(registry.AddGauge("postgres_exporter_config_last_reload_successful",
                                        "Whether the configuration file could be read.")),
      config_success_time_s_(
          registry.AddGauge("postgres_exporter_config_last_reload_success_timestamp_seconds",
                            "When the configuration file was last read, as Unix time.")) {
  registry.AddComputed(
      [this](openmetrics::ExpositionWriter& out) { ShowConnections(*target_, out); });
}

std::shared_ptr<SqlTarget> PostgresExporter::MakeTarget(const std::vector<Dsn>& sources) const {
  std::vector<SqlSource> made;
  for (const Dsn& dsn : sources) {
    SqlSource source{dsn.Server(), nullptr, {}};
    source.pool = std::make_shared<SessionPool>(
        static_cast<size_t>(options_.max_connections),
        [dsn, limits = options_.limits](const std::string& database, const QueryBounds& bounds) {
          return ConnectToPostgres(dsn, database, limits, bounds);
        });
    made.push_back(std::move(source));
  }
  SqlTarget::Options options;
  options.max_connections = static_cast<size_t>(options_.max_connections);
  if (options_.discover_databases) {
    options.find_databases = [options = options_](SqlSession& session, const QueryBounds& bounds,
                                                  SqlSource& source) {
      return FindDatabases(options, session, bounds, source);
    };
  }
  return std::make_shared<SqlTarget>(std::move(made), collectors_, std::move(options));
}

void PostgresExporter::TakeConfig(std::shared_ptr<const AuthConfig> config, double now_s) {
  config_success_.Set(config ? 1 : 0);
  if (!config) return;
  config_success_time_s_.Set(now_s);
  const std::lock_guard lock(mutex_);
  config_ = std::move(config);
}

void PostgresExporter::AnswerScrape(const HttpRequest& request, HttpResponse& response) {
  const double before = scrapes_.fetch_add(1);
  SendExposition(request, response, [&](openmetrics::ExpositionWriter& out) {
    registry_.Write(out);
    Show(*target_, request, response, out, before);
  });
}

void PostgresExporter::AnswerProbe(const HttpRequest& request, HttpResponse& response) {
  const std::string_view target = request.parameters.Get("target");
  const std::string_view module = request.parameters.Get("auth_module");
  std::shared_ptr<const AuthConfig> config;
  {
    const std::lock_guard lock(mutex_);
    config = config_;
  }
  const auto dsn = TargetOfProbe(*config, target, module);
  if (!dsn.ok()) return response.Send(400, kPlainText, std::string(dsn.message()) + "\n");
  const std::string key = std::string(target) + '\0' + std::string(module);
  const auto probed = probed_.Get(key, [&] { return MakeTarget({*dsn}); });
  SendExposition(request, response, [&](openmetrics::ExpositionWriter& out) {
    Show(*probed, request, response, out, 0);
  });
}

void PostgresExporter::Show(SqlTarget& target, const HttpRequest& request, HttpResponse& response,
                            openmetrics::ExpositionWriter& out, double scrapes_before) {
  const Duration budget = ScrapeBudget(request.Header("X-Prometheus-Scrape-Timeout-Seconds"),
                                       options_.collection_timeout);
  const auto scrape =
      target.Scrape({out.format(), {}, budget, [&] { return response.client_gone(); }});
  const Labels labels = ConstantLabels(options_);
  MetricSink sink(out);
  const auto gauge = [&](const char* name, const char* help, double value) {
    sink.GaugeFamily(name, help).Sample("", labels.data(), labels.size(), value);
  };
  sink.CounterFamily("pg_exporter_scrapes_total", "Scrapes of the server.")
      .Sample("", labels.data(), labels.size(), scrapes_before + 1);
  gauge("pg_exporter_last_scrape_error",
        "Whether a server could not be reached, or something failed that is no collector's.",
        scrape && !HasError(*scrape) ? 0 : 1);
  if (!queries_.file.empty()) {
    Labels of_file = labels;
    of_file.push_back({"filename", queries_.file});
    of_file.push_back({"hashsum", queries_.hashsum});
    sink.GaugeFamily("pg_exporter_user_queries_load_error",
                     "Whether the file with queries could not be read: then the start failed.")
        .Sample("", of_file.data(), of_file.size(), 0);
  }
  if (!scrape) return;  // whoever asked has left
  gauge("pg_up", "Whether the server could be connected to.",
        scrape->unreached() < scrape->sources.size() ? 1 : 0);
  gauge("pg_exporter_last_scrape_duration_seconds", "Seconds that the last scrape took.",
        scrape->seconds);
  ShowScrape(*scrape, "pg_scrape_collector_", out, log_);
}

}  // namespace narthex::exporters
