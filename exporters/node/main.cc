// narthex-node-exporter: what the Linux kernel tells of a machine, as metrics.
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <iostream>

#include "common/cli/service.h"
#include "common/http_server/serve_until_stopped.h"
#include "common/http_server/standard_pages.h"
#include "exporters/kit/small_heap.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr int kFlagError = 1;

struct Options {
  LogOptions log;
  HttpServerOptions web{.listen_addresses = {":9100"}};
  std::string telemetry_path = "/metrics";
  std::string proc = "/proc";
  std::string sys = "/sys";
  std::string root = "/";
  std::string udev_data = "/run/udev/data";
  bool disable_exporter_metrics = false;
  int64_t max_requests = 40;
};

void AddFlags(Options& options, cli::Flags& flags) {
  options.web.AddFlags(flags);
  flags.Add("web.telemetry-path", &options.telemetry_path, "Path of the metrics.", "PATH");
  flags.Add("web.disable-exporter-metrics", &options.disable_exporter_metrics,
            "Leave out the metrics of the exporter itself.");
  flags.Add("web.max-requests", &options.max_requests,
            "Scrapes answered at once; 0 means any number.");
  flags.Add("path.procfs", &options.proc, "Where procfs is mounted.", "PATH");
  flags.Add("path.sysfs", &options.sys, "Where sysfs is mounted.", "PATH");
  flags.Add("path.rootfs", &options.root, "Where the root file system is mounted.", "PATH");
  flags.Add("path.udev.data", &options.udev_data, "Where udev keeps its device data.", "PATH");
  flags.AddLogFlags(&options.log);
  flags.AddWithoutEffect("runtime.gomaxprocs", false, "there is no Go runtime");
}

// One scrape: 400 where it asks for collectors that are not there.
void AnswerScrape(const HttpRequest& request, HttpResponse& response, CollectorSet& collectors,
                  const Registry* registry, const Logger& log) {
  const auto choice = collectors.Choose(request.parameters.GetAll("collect[]"),
                                        request.parameters.GetAll("exclude[]"));
  if (!choice.ok()) return response.Send(400, kPlainText, std::string(choice.message()) + "\n");
  const Duration budget = collectors.Budget(request.Header("X-Prometheus-Scrape-Timeout-Seconds"));
  SendExposition(request, response, [&](openmetrics::ExpositionWriter& out) {
    if (registry != nullptr) registry->Write(out);
    collectors.Collect(*choice, budget, out, log);
  });
}

Routes MakeRoutes(const Options& options, CollectorSet& collectors, const Registry& registry,
                  const Logger& log) {
  Routes routes;
  auto scrapes = std::make_shared<std::atomic<int64_t>>(0);
  const Registry* own_metrics = options.disable_exporter_metrics ? nullptr : &registry;
  routes.Get(options.telemetry_path,
             [=, &options, &collectors](const HttpRequest& request, HttpResponse& response) {
               const int64_t present = scrapes->fetch_add(1) + 1;
               if (options.max_requests > 0 && present > options.max_requests) {
                 response.Send(503, kPlainText,
                               "limit of concurrent scrapes reached, see --web.max-requests\n");
               } else {
                 AnswerScrape(request, response, collectors, own_metrics, log);
               }
               scrapes->fetch_sub(1);
             });
  AddHealthPages(routes, "Narthex node exporter", [] { return true; });
  if (options.telemetry_path != "/") {
    AddLandingPage(routes, "Narthex node exporter",
                   "What the Linux kernel tells of this machine, as metrics.",
                   {{options.telemetry_path, "Metrics"}, {"/-/healthy", "Health"}});
  }
  return routes;
}

int Main(int argc, char** argv) {
  KeepHeapSmall();
  cli::Service service;
  Options options;
  SystemPaths paths;
  auto flags = std::make_unique<cli::Flags>(
      "narthex-node-exporter", "Exposes what the Linux kernel tells of this machine, as metrics.");
  AddFlags(options, *flags);
  CollectorSet collectors(NodeCollectors(), paths, "node", *flags);
  const auto run = flags->Parse(argc, argv);
  Status status = run.status();
  if (run.ok() && !*run) return 0;
  paths = SystemPaths{Directory(options.proc), Directory(options.sys), Directory(options.root),
                      Directory(options.udev_data)};
  if (status.ok()) status = collectors.Prepare(*flags);
  if (!status.ok()) {
    std::cerr << "narthex-node-exporter: " << status.message() << "\n";
    return kFlagError;
  }
  flags.reset();  // some hundred with their help

  const Logger log(options.log);
  Registry registry;
  AddProcessMetrics(registry, "node_exporter");
  collectors.AddMetrics(registry);
  if (::geteuid() == 0) log.Warn("running as root; no collector needs it");
  HttpServer server(options.web, MakeRoutes(options, collectors, registry, log), log, registry);
  const int code = ServeUntilStopped(service, server, log, [] {});
  if (collectors.HasStuckRuns()) std::_Exit(code);  // they use what a return would destroy
  return code;
}

}  // namespace
}  // namespace narthex::exporters

int main(int argc, char** argv) { return narthex::exporters::Main(argc, argv); }
