// narthex-pushgateway: takes the metrics of jobs that end before they can be scraped, and shows
// them to the scraper.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <iostream>
#include <thread>

#include "common/cli/service.h"
#include "common/http_server/lifecycle.h"
#include "common/http_server/server.h"
#include "common/http_server/web_paths.h"
#include "pushgateway/exposition.h"
#include "pushgateway/page/page.h"
#include "pushgateway/persistence.h"
#include "pushgateway/push_api.h"
#include "pushgateway/query_api.h"

namespace narthex::pushgateway {
namespace {

constexpr int kFlagError = 1;

struct Options {
  LogOptions log;
  HttpServerOptions web{.listen_addresses = {":9091"}, .max_body = {64UL << 20}};
  std::string telemetry_path = "/metrics";
  std::string external_url;
  bool lifecycle = false;
  PersistenceOptions persistence;
  PushApiOptions push;
};

cli::Flags DeclareFlags(Options& options) {
  cli::Flags flags("narthex-pushgateway",
                   "Takes pushed metrics and shows them to a scraper, as the Pushgateway does.");
  options.web.AddFlags(flags);
  flags.Add("web.telemetry-path", &options.telemetry_path, "Path of the metrics.", "PATH");
  flags.Add("web.external-url", &options.external_url,
            "URL under which others reach the pushgateway.", "URL");
  flags.Add("web.route-prefix", &options.web.route_prefix,
            "What all paths begin with; by default the path of --web.external-url.", "PATH");
  flags.Add("web.enable-lifecycle", &options.lifecycle, "Stop on a PUT or POST of /-/quit.");
  flags.Add("web.enable-admin-api", &options.push.admin,
            "Delete all groups on a PUT of /api/v1/admin/wipe.");
  flags.Add("persistence.file", &options.persistence.file,
            "File that keeps the metrics over a restart; without it they are in memory only.",
            "FILE");
  flags.Add(
      "persistence.interval", &options.persistence.interval,
      "How often the file is rewritten without what has been replaced, if that is half of it; "
      "sooner once it is four times what it holds and over 64MB. Pushes are written at once.");
  flags.Add("persistence.sync-interval", &options.persistence.sync_interval,
            "How often the file is synced to disk, against power cuts; 0 leaves it to the kernel.");
  flags.Add(
      "push.disable-consistency-check", &options.push.answer_unchecked,
      "Answer 202 to a push before it is checked. One that is inconsistent is still left out, "
      "and noted in push_failure_time_seconds and the log.");
  flags.Add("push.enable-utf8-names", &options.push.utf8_names,
            "Take any UTF-8 in names of metrics and labels.");
  flags.Add("push.max-size", &options.web.max_body, "Largest push, as sent and once decompressed.");
  flags.AddLogFlags(&options.log);
  return flags;
}

// Everything that lives between start and stop, in the order of its making.
class Gateway {
 public:
  Gateway(const Options& options, const cli::Flags& flags, const Logger& log)
      : options_(options),
        flags_(flags),
        log_(log),
        files_(NewSystemFiles()),
        metrics_(registry_, clock_),
        persistence_(options.persistence, *files_, clock_, log) {
    AddProcessMetrics(registry_, "pushgateway");
    registry_.AddComputed([this](openmetrics::ExpositionWriter& out) { WriteSizes(out); });
  }

  // Listens at once; what is persisted is read behind that.
  Status Listen() {
    Routes routes;
    routes.AddRaw({"GET", "PUT", "POST", "DELETE", "OPTIONS"}, "/*",
                  [this](const HttpRequest& request, HttpResponse& response) {
                    if (!ready_) return response.Send(503, kPlainText, "starting\n");
                    routes_.Serve(request, response);
                  });
    http_ = std::make_unique<HttpServer>(options_.web, std::move(routes), log_, registry_);
    return http_->Start();
  }

  // Reads what is persisted and begins to answer.
  Status Open() {
    RETURN_IF_ERROR(persistence_.Open(registry_));
    Store::OwnTypes own = TypesOf(registry_);
    own.emplace(options_.web.RequestsMetric(), openmetrics::Type::kCounter);  // not yet counted
    store_ = std::make_unique<Store>(std::move(own), clock_, persistence_.log());
    persistence_.Load(*store_);
    persistence_.Start(*store_);
    PushApiOptions push = options_.push;
    push.max_body_bytes = options_.web.max_body.bytes;
    push_api_ = std::make_unique<PushApi>(push, *store_, log_);
    query_api_ =
        std::make_unique<QueryApi>(*store_, clock_, flags_.Values(), options_.push.utf8_names);
    AddRoutes();
    ready_ = true;
    return {};
  }

  Status CheckAnswers(Duration patience) const { return http_->CheckAnswers(patience); }

  void Stop() {
    http_->Stop();
    persistence_.Stop();
  }

 private:
  void AddRoutes() {
    const auto answer_ok = [](const HttpRequest&, HttpResponse& response) {
      response.Send(200, kPlainText, "OK\n");
    };
    routes_.Get("/-/healthy", metrics_.Counted("healthy", answer_ok));
    routes_.Get("/-/ready", metrics_.Counted("ready", answer_ok));
    AddLifecyclePages(routes_,
                      {.enabled = options_.lifecycle, .quit = [] { ::kill(::getpid(), SIGTERM); }});
    routes_.Get(options_.telemetry_path,
                [this](const HttpRequest& request, HttpResponse& response) {
                  const auto exposition = NegotiatePage(request.Header("Accept"));
                  response.Send(200, openmetrics::ContentType(exposition),
                                WritePage(*store_, registry_, exposition));
                });
    push_api_->AddRoutes(routes_, metrics_);
    query_api_->AddRoutes(routes_, metrics_);
    for (const StaticFile& file : PageFiles()) {
      if (file.name != "index.html") {
        routes_.Get("/static/" + std::string(file.name),
                    metrics_.Counted("static", ServeStaticFile(file)));
        continue;
      }
      routes_.Get("/", metrics_.Counted("status", ServeStaticFile(file)));
      routes_.Get("/status", metrics_.Counted("status", ServeStaticFile(file)));
    }
  }

  void WriteSizes(openmetrics::ExpositionWriter& out) const {
    const Store::Sizes sizes = store_ ? store_->sizes() : Store::Sizes{};
    const auto gauge = [&](std::string_view name, std::string_view help, size_t value) {
      out.Add(name, openmetrics::Type::kGauge, help).Sample({}, static_cast<double>(value));
    };
    gauge("narthex_pushgateway_groups", "Groups that have been pushed to.", sizes.groups);
    gauge("narthex_pushgateway_families", "Families of all groups together.", sizes.families);
    gauge("narthex_pushgateway_series", "Pushed metrics of all groups together.", sizes.series);
  }

  const Options& options_;
  const cli::Flags& flags_;
  const Logger log_;
  const SystemClock clock_;
  const std::unique_ptr<Files> files_;
  Registry registry_;
  GatewayMetrics metrics_;
  Persistence persistence_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<PushApi> push_api_;
  std::unique_ptr<QueryApi> query_api_;
  Routes routes_;  // complete before ready_ is set
  std::atomic<bool> ready_{false};
  std::unique_ptr<HttpServer> http_;
};

// Pages and rewrites are large and rare: what they took goes back to the system at once. By default
// each thread would keep a heap of its own, and there is a thread for each connection.
void LimitHeaps() {
  const auto cores = static_cast<int>(std::max(2U, std::thread::hardware_concurrency()));
  ::mallopt(M_ARENA_MAX, cores);
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

int Main(int argc, char** argv) {
  LimitHeaps();
  cli::Service service;
  Options options;
  cli::Flags flags = DeclareFlags(options);
  const auto run = flags.Parse(argc, argv);
  if (!run.ok()) {
    std::cerr << "narthex-pushgateway: " << run.message() << "\n";
    return kFlagError;
  }
  if (!*run) return 0;
  options.web.route_prefix = RoutePrefix(options.web.route_prefix, options.external_url);
  const Logger log(options.log);
  Gateway gateway(options, flags, log);
  if (const Status status = gateway.Listen(); !status.ok()) {
    log.Error("cannot start", {{"err", status}});
    return kFlagError;
  }
  std::atomic<bool> failed{false};
  std::thread opener([&] {
    if (const Status status = gateway.Open(); !status.ok()) {
      log.Error("cannot use the persistence file", {{"err", status}});
      failed = true;
      ::kill(::getpid(), SIGTERM);
      return;
    }
    log.Info("ready to take pushes");
    service.NotifyReady();
  });
  service.Watch([&](Duration patience) { return gateway.CheckAnswers(patience); }, log);
  service.RunUntilStopped([] {});
  log.Info("stopping");
  opener.join();
  gateway.Stop();
  log.Info("stopped");
  return failed ? kFlagError : 0;
}

}  // namespace
}  // namespace narthex::pushgateway

int main(int argc, char** argv) { return narthex::pushgateway::Main(argc, argv); }
