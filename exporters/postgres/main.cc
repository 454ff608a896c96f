// narthex-postgres-exporter: what PostgreSQL tells of itself, as metrics.
#include <cstdlib>
#include <iostream>

#include "common/cli/service.h"
#include "common/clock/clock.h"
#include "common/http_server/serve_until_stopped.h"
#include "common/http_server/standard_pages.h"
#include "exporters/kit/small_heap.h"
#include "exporters/postgres/exporter.h"

namespace narthex::exporters {
namespace {

constexpr int kFlagError = 1;

struct Options {
  LogOptions log;
  HttpServerOptions web{.listen_addresses = {":9187"}};
  PostgresOptions postgres;
};

Routes MakeRoutes(const Options& options, PostgresExporter& exporter) {
  Routes routes;
  const std::string& path = options.postgres.telemetry_path;
  routes.Get(path, [&exporter](const HttpRequest& request, HttpResponse& response) {
    exporter.AnswerScrape(request, response);
    GiveBackHeap();
  });
  routes.Get("/probe", [&exporter](const HttpRequest& request, HttpResponse& response) {
    exporter.AnswerProbe(request, response);
    GiveBackHeap();
  });
  const std::string program = "Narthex PostgreSQL exporter";
  AddHealthPages(routes, program, [] { return true; });
  if (path != "/") {
    AddLandingPage(routes, program, "What PostgreSQL tells of itself, as metrics.",
                   {{path, "Metrics"}, {"/-/healthy", "Health"}});
  }
  return routes;
}

// Reads the configuration and hands it over. A default one may be absent.
Status TakeConfig(const PostgresOptions& options, bool may_be_absent, const Clock& clock,
                  PostgresExporter& exporter) {
  auto config = config::Load<AuthConfig>(options.config_file);
  if (!config.ok()) {
    exporter.TakeConfig(nullptr, 0);
    const bool is_absent = config.code() == Code::kNotFound;
    return is_absent && may_be_absent ? Status() : config.status();
  }
  exporter.TakeConfig(std::make_shared<AuthConfig>(std::move(*config)),
                      static_cast<double>(clock.NowMs()) / 1000);
  return {};
}

int Fail(const Status& status) {
  std::cerr << "narthex-postgres-exporter: " << status.message() << "\n";
  return kFlagError;
}

Result<CustomQueries> LoadQueries(const PostgresOptions& options) {
  if (options.queries_file.empty()) return CustomQueries();
  std::vector<std::string> reserved = {"server"};
  for (const auto& [name, value] : options.constant_labels) reserved.push_back(name);
  return LoadCustomQueries(options.queries_file, reserved);
}

void PrintMaps(const CustomQueries& queries) {
  for (const auto& [name, query] : queries.queries) {
    std::cout << name << "\n";
    for (const auto& columns : query.metrics) {
      for (const auto& [column, details] : columns)
        std::cout << "  " << column << ": " << UsageName(details.usage) << "  "
                  << details.description << "\n";
    }
  }
}

int Serve(const Options& options, const CustomQueries& queries, bool may_lack_config,
          const std::vector<Dsn>& sources) {
  cli::Service service;
  const SystemClock clock;
  const Logger log(options.log);
  Registry registry;
  AddProcessMetrics(registry, "postgres_exporter");
  PostgresExporter exporter(options.postgres, queries, sources, clock, registry, log);
  Status status = TakeConfig(options.postgres, may_lack_config, clock, exporter);
  if (!status.ok()) return Fail(status);
  if (sources.empty())
    log.Warn("no data source, so only probes are answered; DATA_SOURCE_NAME names one");
  HttpServer server(options.web, MakeRoutes(options, exporter), log, registry);
  const int code = ServeUntilStopped(service, server, log, [&] {
    const Status reload = TakeConfig(options.postgres, may_lack_config, clock, exporter);
    if (!reload.ok()) log.Error("configuration not read, the old one stays", {{"err", reload}});
  });
  if (exporter.HasStuckRuns()) std::_Exit(code);  // they use what a return would destroy
  return code;
}

int Main(int argc, char** argv) {
  KeepHeapSmall();
  Options options;
  auto flags = std::make_unique<cli::Flags>("narthex-postgres-exporter",
                                            "Exposes what PostgreSQL tells of itself, as metrics.");
  options.web.AddFlags(*flags);
  Status status = options.postgres.AddFlags(*flags);
  if (!status.ok()) return Fail(status);
  flags->AddLogFlags(&options.log);
  const auto run = flags->Parse(argc, argv);
  if (!run.ok()) return Fail(run.status());
  if (!*run) return 0;
  status = options.postgres.Prepare(*flags);
  if (!status.ok()) return Fail(status);
  const bool may_lack_config = !flags->WasGiven("config.file");
  flags.reset();
  const auto queries = LoadQueries(options.postgres);
  if (!queries.ok()) return Fail(queries.status());
  if (options.postgres.dump_maps) {
    PrintMaps(*queries);
    return 0;
  }
  const auto sources = FindDataSources(DataSourceEnvironment::FromProcess());
  if (!sources.ok()) return Fail(sources.status());
  return Serve(options, *queries, may_lack_config, *sources);
}

}  // namespace
}  // namespace narthex::exporters

int main(int argc, char** argv) { return narthex::exporters::Main(argc, argv); }
