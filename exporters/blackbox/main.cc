// narthex-blackbox-exporter: probes what is reached over a network, as metrics.
#include <curl/curl.h>
#include <malloc.h>

#include <condition_variable>
#include <iostream>
#include <mutex>
#include <thread>

#include "common/bytes/numbers.h"
#include "common/cli/service.h"
#include "common/http_server/lifecycle.h"
#include "common/http_server/serve_until_stopped.h"
#include "common/http_server/standard_pages.h"
#include "common/http_server/web_paths.h"
#include "common/io_loop/fibers.h"
#include "exporters/blackbox/probe_api.h"

namespace narthex::blackbox {
namespace {

constexpr int kFlagError = 1;
constexpr size_t kThreads = 4;               // for all probes
constexpr size_t kStackBytes = 256UL << 10;  // of a probe; what it touches of it costs memory

struct Options {
  LogOptions log;
  LogLevel probe_level = LogLevel::kInfo;
  HttpServerOptions web{.listen_addresses = {":9115"}, .max_connections = 2000};
  std::string config_file = "blackbox.yml";
  bool config_check = false;
  bool auto_reload = false;
  int64_t auto_reload_seconds = 30;
  std::string timeout_offset = "0.5";
  int64_t history_limit = 100;
  std::string external_url;
  bool failure_info = false;
  bool certificate_days = false;
  bool refuse_local = false;
  std::vector<std::string> allowed_networks;
  std::vector<std::string> url_parameters;
};

void AddProbeFlags(Options& options, cli::Flags& flags) {
  flags.Add("timeout-offset", &options.timeout_offset,
            "Seconds by which a probe ends before the scraper stops waiting.", "SECONDS");
  flags.Add("history.limit", &options.history_limit,
            "Probes whose logs are kept, and as many failures beyond them.");
  flags.Add("probe.failure-info", &options.failure_info,
            "Show of a failed probe in which phase it failed, and why: probe_failure_info.");
  flags.Add("probe.certificate-days", &options.certificate_days,
            "Show the days until the chain of certificates expires: "
            "probe_ssl_days_until_clients_fail.");
  flags.Add("probe.refuse-local-addresses", &options.refuse_local,
            "Probe no loopback and link-local addresses, no addresses where clouds keep metadata, "
            "and no Unix sockets, neither at once nor behind a name or a redirect.");
  flags.Add("probe.allow-network", &options.allowed_networks,
            "An address or a network that is probed all the same. May be repeated.", "NETWORK");
  flags.Add("probe.url-parameter", &options.url_parameters,
            "A field of modules that a URL parameter of the same name may change for one probe: "
            "http.method, dns.query_name. May be repeated.",
            "FIELD");
}

void AddFlags(Options& options, cli::Flags& flags) {
  options.web.AddFlags(flags);
  flags.Add("web.external-url", &options.external_url,
            "URL under which others reach the exporter; its path is the default of "
            "--web.route-prefix.",
            "URL");
  flags.Add("web.route-prefix", &options.web.route_prefix, "What all paths begin with.", "PATH");
  flags.Add("config.file", &options.config_file, "The modules, in the format of blackbox_exporter.",
            "FILE");
  flags.Add("config.check", &options.config_check, "Check the modules, and exit.");
  flags.Add("config.enable-auto-reload", &options.auto_reload,
            "Read the modules again when their file has changed.");
  flags.Add("config.auto-reload-interval", &options.auto_reload_seconds,
            "Seconds between two looks at the file.");
  AddProbeFlags(options, flags);
  flags.AddLogFlags(&options.log);
  flags.Add("log.prober", &options.probe_level, "Level from which probes write to the log.");
}

Status Prepare(const Options& options, ProbeOptions& probes, ProbeApiOptions& api) {
  const auto offset = ParseDouble(options.timeout_offset);
  if (!offset || !(*offset >= 0))
    return InvalidArgument("flag --timeout-offset: want seconds, got ",
                           Quote(options.timeout_offset));
  if (options.history_limit < 0 || options.history_limit > 100'000)
    return InvalidArgument("flag --history.limit: want 0 to 100000");
  if (options.auto_reload_seconds < 1)
    return InvalidArgument("flag --config.auto-reload-interval: want at least 1");
  if (!options.allowed_networks.empty() && !options.refuse_local)
    return InvalidArgument("flag --probe.allow-network goes with --probe.refuse-local-addresses");
  if (options.refuse_local) {
    ASSIGN_OR_RETURN(
        probes.rules,
        AddressRules::RefuseLocal(options.allowed_networks).Prefixed("flag --probe.allow-network"));
  }
  probes.log = {options.probe_level, options.log.format};
  probes.shows_failure_info = options.failure_info;
  probes.shows_days_until_failure = options.certificate_days;
  api.timeout_offset_seconds = *offset;
  api.url_parameters = options.url_parameters;
  api.prefix = options.web.route_prefix;
  return {};
}

// Looks at the file again and again, on a thread of its own.
class AutoReload {
 public:
  AutoReload(int64_t interval_seconds, std::function<void()> reload)
      : interval_(interval_seconds), reload_(std::move(reload)), thread_([this] { Run(); }) {}
  ~AutoReload() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stopped_.notify_all();
    thread_.join();
  }
  AutoReload(const AutoReload&) = delete;
  AutoReload& operator=(const AutoReload&) = delete;

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (!stopped_.wait_for(lock, interval_, [this] { return stopping_; })) reload_();
  }

  const std::chrono::seconds interval_;
  const std::function<void()> reload_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::thread thread_;
};

Status ReloadAndLog(ModuleStore& store, const Logger& log) {
  const auto changed = store.Reload();
  if (!changed.ok()) {
    log.Error("configuration is not taken, the old one stays", {{"err", changed.status()}});
    return changed.status();
  }
  if (*changed) log.Info("configuration read");
  return {};
}

void AddPages(Routes& routes, ModuleStore& store, const Registry& registry, const Logger& log) {
  for (const char* page : {"/-/healthy", "/-/ready"}) {
    routes.Get(page, [](const HttpRequest&, HttpResponse& response) {
      response.Send(200, kPlainText, "OK\n");
    });
  }
  routes.Get("/metrics", [&registry](const HttpRequest& request, HttpResponse& response) {
    SendExposition(request, response,
                   [&](openmetrics::ExpositionWriter& out) { registry.Write(out); });
  });
  AddLifecyclePages(
      routes, {.enabled = true, .reload = [&store, log] { return ReloadAndLog(store, log); }});
}

// A heap for each thread would hold the same memory again and again.
void KeepHeapSmall() {
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
  ::mallopt(M_TRIM_THRESHOLD, 256 << 10);
}

int Serve(const Options& options, const ProbeOptions& probe_options,
          const ProbeApiOptions& api_options, cli::Service& service) {
  const Logger log(options.log);
  const SystemClock clock;
  FiberThreads fibers(clock, kThreads, kStackBytes);
  Registry registry;
  AddProcessMetrics(registry, "blackbox_exporter");
  ModuleStore store(options.config_file, clock, log, registry);
  if (const auto read = store.Reload(); !read.ok()) {
    log.Error("cannot start: the configuration cannot be used", {{"err", read.status()}});
    return kFlagError;
  }
  if (options.config_check) {
    log.Info("the configuration is valid", {{"file", options.config_file}});
    return 0;
  }
  const ProbeRunner runner(probe_options, clock, Logger(probe_options.log));
  History history(static_cast<size_t>(options.history_limit));
  ProbeApi api(api_options, store, runner, history, registry);
  Routes routes;
  AddPages(routes, store, registry, log);
  api.AddRoutes(routes);
  HttpServerOptions web = options.web;
  web.fibers = &fibers;
  HttpServer server(web, std::move(routes), log, registry);
  std::optional<AutoReload> auto_reload;
  if (options.auto_reload)
    auto_reload.emplace(options.auto_reload_seconds, [&] { (void)ReloadAndLog(store, log); });
  return ServeUntilStopped(service, server, log, [&] { (void)ReloadAndLog(store, log); });
}

int Main(int argc, char** argv) {
  KeepHeapSmall();
  cli::Service service;
  Options options;
  cli::Flags flags("narthex-blackbox-exporter",
                   "Probes targets over HTTP, TCP, DNS, ICMP, gRPC, Unix sockets and websockets.");
  AddFlags(options, flags);
  const auto run = flags.Parse(argc, argv);
  if (run.ok() && !*run) return 0;
  ProbeOptions probe_options;
  ProbeApiOptions api_options;
  Status status = run.status();
  options.web.route_prefix = RoutePrefix(options.web.route_prefix, options.external_url);
  if (status.ok()) status = Prepare(options, probe_options, api_options);
  if (!status.ok()) {
    std::cerr << "narthex-blackbox-exporter: " << status.message() << "\n";
    return kFlagError;
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  return Serve(options, probe_options, api_options, service);
}

}  // namespace
}  // namespace narthex::blackbox

int main(int argc, char** argv) { return narthex::blackbox::Main(argc, argv); }
