// narthex-container-exporter: what containers use, as metrics.
#include <cstdlib>
#include <iostream>

#include "common/cli/service.h"
#include "common/http_server/serve_until_stopped.h"
#include "common/http_server/standard_pages.h"
#include "exporters/container/collectors.h"
#include "exporters/kit/small_heap.h"

namespace narthex::exporters {
namespace {

constexpr int kFlagError = 1;
constexpr int64_t kPort = 9338;

struct Options {
  LogOptions log;
  HttpServerOptions web{.listen_addresses = {":" + std::to_string(kPort)}};
  int64_t port = kPort;
  std::string listen_ip;
  std::string endpoint = "/metrics";
  std::string base_prefix;
  std::string proc = "/proc";
  std::string sys = "/sys";
  std::string root = "/";
};

void AddFlags(Options& options, cli::Flags& flags) {
  options.web.AddFlags(flags);
  flags.Add("port", &options.port, "Port to listen on, where --web.listen-address is not given.");
  flags.Add("listen_ip", &options.listen_ip,
            "Address to listen on, where --web.listen-address is not given; all by default.",
            "ADDRESS");
  flags.Add("prometheus_endpoint", &options.endpoint, "Path of the metrics.", "PATH");
  flags.AddOldName("web.telemetry-path", "prometheus_endpoint");
  flags.Add("url_base_prefix", &options.base_prefix, "What all paths begin with.", "PATH");
  flags.Add("path.procfs", &options.proc, "Where procfs is mounted.", "PATH");
  flags.Add("path.sysfs", &options.sys, "Where sysfs is mounted.", "PATH");
  flags.Add("path.rootfs", &options.root,
            "Where the root file system is mounted, with what runtimes keep on disk.", "PATH");
  flags.AddLogFlags(&options.log);
}

// --port and --listen_ip are the original's way to say --web.listen-address.
Status ApplyAddress(const cli::Flags& flags, Options& options) {
  if (!flags.WasGiven("port") && !flags.WasGiven("listen_ip")) return {};
  if (flags.WasGiven("web.listen-address"))
    return InvalidArgument("--web.listen-address cannot be given with --port or --listen_ip");
  if (options.port < 0 || options.port > 65'535)
    return InvalidArgument("flag --port: want a number up to 65535");
  const bool is_ipv6 = options.listen_ip.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + options.listen_ip + "]" : options.listen_ip;
  options.web.listen_addresses = {host + ":" + std::to_string(options.port)};
  return {};
}

Routes MakeRoutes(const Options& options, CollectorSet& collectors, const Registry& registry,
                  const Logger& log) {
  Routes routes;
  const std::string endpoint = options.base_prefix + options.endpoint;
  routes.Get(endpoint,
             [&collectors, &registry, log](const HttpRequest& request, HttpResponse& response) {
               const Duration budget =
                   collectors.Budget(request.Header("X-Prometheus-Scrape-Timeout-Seconds"));
               SendExposition(request, response, [&](openmetrics::ExpositionWriter& out) {
                 registry.Write(out);
                 collectors.Collect(*collectors.Choose({}, {}), budget, out, log);
               });
             });
  const std::string program = "Narthex container exporter";
  AddHealthPages(routes, program, [] { return true; });
  if (endpoint != "/") {
    AddLandingPage(routes, program, "What containers use, as metrics.",
                   {{endpoint, "Metrics"}, {"/-/healthy", "Health"}});
  }
  return routes;
}

// The original takes flags with one dash too: "-port=8080".
std::vector<std::string> WithTwoDashes(int argc, char** argv) {
  std::vector<std::string> arguments(argv, argv + argc);
  for (size_t i = 1; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument.size() > 2 && argument[0] == '-' && argument[1] != '-')
      arguments[i] = "-" + argument;
  }
  return arguments;
}

int Main(int argc, char** argv) {
  KeepHeapSmall();
  cli::Service service;
  const SystemClock clock;
  Options options;
  ContainerOptions container_options(clock);
  SystemPaths paths;
  auto flags = std::make_unique<cli::Flags>("narthex-container-exporter",
                                            "Exposes what containers use, as metrics.");
  AddFlags(options, *flags);
  container_options.AddFlags(*flags);
  CollectorSet collectors(ContainerCollectors(container_options), paths, "container", *flags);
  const std::vector<std::string> arguments = WithTwoDashes(argc, argv);
  std::vector<const char*> pointers;
  pointers.reserve(arguments.size());
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  const auto run = flags->Parse(argc, pointers.data());
  Status status = run.status();
  if (run.ok() && !*run) return 0;
  paths = SystemPaths{Directory(options.proc), Directory(options.sys), Directory(options.root),
                      Directory("")};
  if (status.ok()) status = ApplyAddress(*flags, options);
  if (status.ok()) status = container_options.Prepare(*flags);
  if (status.ok()) status = collectors.Prepare(*flags);
  if (!status.ok()) {
    std::cerr << "narthex-container-exporter: " << status.message() << "\n";
    return kFlagError;
  }
  flags.reset();

  const Logger log(options.log);
  Registry registry;
  AddProcessMetrics(registry, "container_exporter");
  collectors.AddMetrics(registry);
  HttpServer server(options.web, MakeRoutes(options, collectors, registry, log), log, registry);
  const int code = ServeUntilStopped(service, server, log, [] {});
  if (collectors.HasStuckRuns()) std::_Exit(code);  // they use what a return would destroy
  return code;
}

}  // namespace
}  // namespace narthex::exporters

int main(int argc, char** argv) { return narthex::exporters::Main(argc, argv); }
