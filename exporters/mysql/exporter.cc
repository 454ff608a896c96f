#include "exporters/mysql/exporter.h"

#include <algorithm>

#include "common/http_server/standard_pages.h"

namespace narthex::exporters {
namespace {

constexpr std::string_view kCollect = "collect.";
constexpr const char* kPrefix = "mysql_exporter_collector_";

SqlScrape::Collectors MakeCollectors(const MySqlOptions& options, const CustomQueries& queries,
                                     const Clock& clock) {
  auto collectors = std::make_shared<std::vector<SqlCollector>>();
  for (const MySqlCollectorRow& row : MySqlCollectors()) {
    if (!options.IsEnabled(row)) continue;
    const auto collect = [&row, timeout = options.query_timeout, of = options.collectors](
                             const SqlScope& scope, MetricSink& sink) -> Status {
      const QueryBounds bounds = timeout.ms > 0 ? scope.bounds.Within(timeout) : scope.bounds;
      ASSIGN_OR_RETURN(const auto session, scope.sources[0].pool->Take("", bounds));
      MySqlRun run{*session, bounds, sink, of, IsMariaDb(session->version_text())};
      return row.collect(run);
    };
    collectors->push_back({std::string(kCollect) + std::string(row.name), collect});
  }
  CustomOptions custom;
  custom.shows_database = options.discover_databases;
  custom.database_label = "schema";
  for (SqlCollector& collector : MakeCustomCollectors(queries, custom, clock))
    collectors->push_back(std::move(collector));
  return collectors;
}

// The databases of a server that queries of users go to. A connection by itself has none.
Status FindDatabases(const MySqlOptions& options, SqlSession& session, const QueryBounds& bounds,
                     SqlSource& source) {
  constexpr const char* kStatement =
      "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN ('mysql', "
      "'performance_schema', 'information_schema', 'sys') ORDER BY 1";
  return session.Query(kStatement, bounds, [&](const SqlRow& row) {
    const std::string name(row.text(0).value_or(""));
    if (options.TakesDatabase(name)) source.databases.push_back(name);
    return Status();
  });
}

}  // namespace

MySqlExporter::MySqlExporter(const MySqlOptions& options, const CustomQueries& queries,
                             const Clock& clock, Registry& registry, const Logger& log)
    : options_(options),
      clock_(clock),
      registry_(registry),
      log_(log),
      collectors_(MakeCollectors(options, queries, clock)),
      config_success_(registry.AddGauge("mysqld_exporter_config_last_reload_successful",
                                        "Whether the configuration could be read.")),
      config_success_time_s_(
          registry.AddGauge("mysqld_exporter_config_last_reload_success_timestamp_seconds",
                            "When the configuration was last read, as Unix time.")) {
  registry.AddComputed([this](openmetrics::ExpositionWriter& out) {
    if (const auto present = target()) ShowConnections(*present, out);
  });
}

std::shared_ptr<SqlTarget> MySqlExporter::MakeTarget(const ServerSettings& server) const {
  SqlSource source{server.Name(), nullptr, {}};
  source.pool = std::make_shared<SessionPool>(
      static_cast<size_t>(options_.max_connections),
      [server, limits = options_.limits, watch = WatchMySql(server)](const std::string& database,
                                                                     const QueryBounds& bounds) {
        return ConnectToMySql(server, database, limits, bounds, watch);
      });
  SqlTarget::Options options;
  options.max_connections = static_cast<size_t>(options_.max_connections);
  if (options_.discover_databases) {
    options.find_databases = [options = options_](SqlSession& session, const QueryBounds& bounds,
                                                  SqlSource& found) {
      return FindDatabases(options, session, bounds, found);
    };
  }
  return std::make_shared<SqlTarget>(std::vector<SqlSource>{std::move(source)}, collectors_,
                                     std::move(options));
}

Status MySqlExporter::ReadConfig() {
  auto config = options_.LoadClientConfig();
  config_success_.Set(config.ok() ? 1 : 0);
  if (!config.ok()) return config.status();
  config_success_time_s_.Set(static_cast<double>(clock_.NowMs()) / 1000);
  for (const std::string& note : config->notes) log_.Warn("configuration", {{"note", note}});
  for (const auto& [section, why] : config->unusable)
    log_.Info("section of the configuration left out", {{"section", section}, {"err", why}});
  TakeConfig(std::move(*config));
  return {};
}

void MySqlExporter::TakeConfig(ClientConfig config) {
  const auto client = ServerOfRequest(config, "", "client");
  if (!client.ok())
    log_.Warn("no server to watch, so only probes are answered", {{"err", client.status()}});
  std::shared_ptr<SqlTarget> made = client.ok() ? MakeTarget(*client) : nullptr;
  const std::lock_guard lock(mutex_);
  config_ = std::move(config);
  target_.swap(made);
}

std::shared_ptr<SqlTarget> MySqlExporter::target() const {
  const std::lock_guard lock(mutex_);
  return target_;
}

bool MySqlExporter::HasStuckRuns() const {
  const auto present = target();
  return present && present->stuck() > 0;
}

Result<std::shared_ptr<SqlTarget>> MySqlExporter::TargetOf(std::string_view address,
                                                           std::string_view section) {
  Result<ServerSettings> server = [&] {
    const std::lock_guard lock(mutex_);
    return ServerOfRequest(config_, address, section);
  }();
  if (!server.ok()) return server.status();
  const std::string key = std::string(address) + '\0' + std::string(section);
  return probed_.Get(key, [&] { return MakeTarget(*server); });
}

void MySqlExporter::AnswerScrape(const HttpRequest& request, HttpResponse& response) {
  std::shared_ptr<SqlTarget> asked = target();
  if (const std::string_view address = request.parameters.Get("target"); !address.empty()) {
    auto named = TargetOf(address, "client");
    if (!named.ok()) return response.Send(400, kPlainText, std::string(named.message()) + "\n");
    asked = std::move(*named);
  }
  SendExposition(request, response, [&](openmetrics::ExpositionWriter& out) {
    registry_.Write(out);
    Show(asked.get(), request, response, out);
  });
}

void MySqlExporter::AnswerProbe(const HttpRequest& request, HttpResponse& response) {
  const std::string_view address = request.parameters.Get("target");
  if (address.empty()) return response.Send(400, kPlainText, "the parameter target is missing\n");
  const std::string_view section = request.parameters.Get("auth_module");
  const auto asked = TargetOf(address, section.empty() ? "client" : section);
  if (!asked.ok()) return response.Send(400, kPlainText, std::string(asked.message()) + "\n");
  SendExposition(request, response, [&](openmetrics::ExpositionWriter& out) {
    Show(asked->get(), request, response, out);
  });
}

// As the original: names that are unknown or off are passed over, and none that is left means all.
std::vector<std::string> MySqlExporter::ChosenBy(const HttpRequest& request) const {
  std::vector<std::string> chosen;
  for (const std::string_view name : request.parameters.GetAll("collect[]")) {
    for (const SqlCollector& collector : *collectors_) {
      if (collector.name == std::string(kCollect).append(name) || collector.name == name)
        chosen.push_back(collector.name);
    }
  }
  return chosen;
}

void MySqlExporter::Show(SqlTarget* target, const HttpRequest& request, HttpResponse& response,
                         openmetrics::ExpositionWriter& out) {
  std::shared_ptr<const SqlScrape> scrape;
  if (target != nullptr) {
    scrape = target->Scrape({out.format(), ChosenBy(request),
                             options_.Budget(request.Header("X-Prometheus-Scrape-Timeout-Seconds")),
                             [&] { return response.client_gone(); }});
    if (!scrape) return;  // whoever asked has left
  }
  const bool is_up = scrape && scrape->unreached() == 0;
  MetricSink sink(out);
  sink.Gauge("mysql_up", "Whether the server could be connected to.", is_up ? 1 : 0);
  if (!scrape) return;
  if (is_up)
    sink.Gauge(std::string(kPrefix) + "duration_seconds", kDurationHelp, scrape->connect_seconds,
               {{"collector", "connection"}});
  ShowScrape(*scrape, kPrefix, out, log_);
}

}  // namespace narthex::exporters
