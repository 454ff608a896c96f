// narthex-mysql-exporter: what MySQL and MariaDB tell of themselves, as metrics.
#include <cstdlib>
#include <iostream>

#include "common/cli/service.h"
#include "common/clock/clock.h"
#include "common/http_server/serve_until_stopped.h"
#include "common/http_server/standard_pages.h"
#include "exporters/kit/small_heap.h"
#include "exporters/mysql/exporter.h"

namespace narthex::exporters {
namespace {

constexpr int kFlagError = 1;

struct Options {
  LogOptions log;
  HttpServerOptions web{.listen_addresses = {":9104"}};
  MySqlOptions mysql;
};

void Reload(MySqlExporter& exporter, const Logger& log, HttpResponse& response) {
  const Status status = exporter.ReadConfig();
  if (status.ok()) return response.Send(200, kPlainText, "ok");
  log.Error("configuration not read, the old one stays", {{"err", status}});
  response.Send(500, kPlainText, std::string(status.message()) + "\n");
}

Routes MakeRoutes(const Options& options, MySqlExporter& exporter, const Logger& log) {
  Routes routes;
  const std::string& path = options.mysql.telemetry_path;
  routes.Get(path, [&exporter](const HttpRequest& request, HttpResponse& response) {
    exporter.AnswerScrape(request, response);
  });
  routes.Get("/probe", [&exporter](const HttpRequest& request, HttpResponse& response) {
    exporter.AnswerProbe(request, response);
  });
  const auto reload = [&exporter, &log](const HttpRequest&, HttpResponse& response) {
    Reload(exporter, log, response);
  };
  routes.Add({"GET", "POST", "PUT"}, "/-/reload", reload);
  const std::string program = "Narthex MySQL exporter";
  AddHealthPages(routes, program, [] { return true; });
  if (path != "/") {
    AddLandingPage(routes, program, "What MySQL and MariaDB tell of themselves, as metrics.",
                   {{path, "Metrics"}, {"/-/healthy", "Health"}});
  }
  return routes;
}

int Fail(const Status& status) {
  std::cerr << "narthex-mysql-exporter: " << status.message() << "\n";
  return kFlagError;
}

int Serve(const Options& options, const CustomQueries& queries) {
  cli::Service service;
  const SystemClock clock;
  const Logger log(options.log);
  Registry registry;
  AddProcessMetrics(registry, "mysqld_exporter");
  MySqlExporter exporter(options.mysql, queries, clock, registry, log);
  Status status = exporter.ReadConfig();
  if (!status.ok()) return Fail(status);
  HttpServer server(options.web, MakeRoutes(options, exporter, log), log, registry);
  const int code = ServeUntilStopped(service, server, log, [&] {
    const Status reload = exporter.ReadConfig();
    if (!reload.ok()) log.Error("configuration not read, the old one stays", {{"err", reload}});
  });
  if (exporter.HasStuckRuns()) std::_Exit(code);  // they use what a return would destroy
  return code;
}

int Main(int argc, char** argv) {
  KeepHeapSmall();
  Options options;
  auto flags = std::make_unique<cli::Flags>(
      "narthex-mysql-exporter", "Exposes what MySQL and MariaDB tell of themselves, as metrics.");
  options.web.AddFlags(*flags);
  options.mysql.AddFlags(*flags);
  flags->AddLogFlags(&options.log);
  const auto run = flags->Parse(argc, argv);
  if (!run.ok()) return Fail(run.status());
  if (!*run) return 0;
  flags.reset();
  const Status status = options.mysql.Prepare();
  if (!status.ok()) return Fail(status);
  CustomQueries queries;
  if (!options.mysql.queries_file.empty()) {
    auto loaded = LoadCustomQueries(options.mysql.queries_file, {});
    if (!loaded.ok()) return Fail(loaded.status());
    queries = std::move(*loaded);
  }
  return Serve(options, queries);
}

}  // namespace
}  // namespace narthex::exporters

int main(int argc, char** argv) { return narthex::exporters::Main(argc, argv); }
