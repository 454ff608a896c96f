// narthex-server: scrapes targets, stores their samples, answers queries.
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

#include "common/bytes/numbers.h"
#include "common/cli/service.h"
#include "common/fs/disk_size.h"
#include "common/http_server/json_response.h"
#include "common/http_server/lifecycle.h"
#include "common/http_server/server.h"
#include "common/http_server/standard_pages.h"
#include "server/api/active_queries_api.h"
#include "server/api/admin_api.h"
#include "server/api/config_api.h"
#include "server/api/cors.h"
#include "server/api/exemplars_api.h"
#include "server/api/features_api.h"
#include "server/api/federate.h"
#include "server/api/metadata_api.h"
#include "server/api/notifications_api.h"
#include "server/api/openapi.h"
#include "server/api/query_api.h"
#include "server/api/query_log.h"
#include "server/api/query_metrics.h"
#include "server/api/replay_api.h"
#include "server/api/search_api.h"
#include "server/api/self_metrics_api.h"
#include "server/api/status_api.h"
#include "server/api/storage_api.h"
#include "server/config/config_reloader.h"
#include "server/config/config_watcher.h"
#include "server/discovery/discovery_manager.h"
#include "server/flags/server_flags.h"
#include "server/storage/start_queue.h"
#include "server/tsdb/database.h"
#include "server/ui/ui.h"

namespace narthex::server {
namespace {

constexpr int kFlagError = 1;
constexpr int kConfigError = 2;

// As the reference spells it: "15d or 10GiB or 80%".
std::string TextOf(const tsdb::RetentionLimits& limits) {
  std::vector<std::string> parts;
  if (limits.time.ms > 0) parts.push_back(FormatDuration(limits.time));
  if (limits.size.bytes > 0) parts.push_back(FormatByteSize(limits.size));
  if (limits.disk_percentage > 0) parts.push_back(ApiDouble(limits.disk_percentage) + "%");
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : " or ") + part;
  return out;
}

// Everything that lives between start and stop, in the order of its making.
class Server {
 public:
  Server(const Options& options, std::map<std::string, std::string> flags, const Logger& log)
      : options_(options),
        flags_(std::move(flags)),
        log_(log),
        config_(options.config_file, options.config, clock_, log, registry_),
        files_(NewSystemFiles()) {
    AddProcessMetrics(registry_, "prometheus");
  }

  // Reads the configuration, at the start and whenever asked to.
  Status LoadConfiguration() { return config_.Load(); }

  // Listens at once; the database is opened behind that.
  Status Listen() {
    ReplayApi{replay_}.AddRoutes(start_routes_);
    NotificationsApi{config_, stopping_,
                     static_cast<size_t>(options_.max_notifications_subscribers)}
        .AddRoutes(start_routes_);
    Routes routes;
    AddUi(routes, "");
    AddHealthPages(routes, "Narthex server", [this] { return ready_.load(); });
    AddLifecyclePages(routes, {options_.enable_lifecycle, [this] { return LoadConfiguration(); },
                               [] { ::kill(::getpid(), SIGTERM); }});
    routes.Get("/metrics", [this](const HttpRequest& request, HttpResponse& response) {
      SendExposition(request, response,
                     [this](openmetrics::ExpositionWriter& out) { registry_.Write(out); });
    });
    routes.Add({"GET", "POST", "PUT", "OPTIONS"}, "/api/v1/*",
               [this](const HttpRequest& request, HttpResponse& response) {
                 SetCorsHeaders(request, *options_.cors_origins, response);
                 if (request.method == "OPTIONS") return response.Send(204, kPlainText, "");
                 if (start_routes_.Find(request.path) != nullptr)
                   return start_routes_.Serve(request, response);
                 if (!ready_)
                   return SendJsonError(response, 503, "unavailable", "the server is starting");
                 api_routes_.Serve(request, response);
               });
    routes.Get("/version",
               [](const HttpRequest&, HttpResponse& response) { SendVersion(response); });
    routes.Get("/federate", [this](const HttpRequest& request, HttpResponse& response) {
      if (!ready_) return response.Send(503, kPlainText, "the server is starting\n");
      Federation{*database_, clock_, options_.query.lookback, config_.external_labels()}.Send(
          request, response);
    });
    http_ = std::make_unique<HttpServer>(options_.web, std::move(routes), log_, registry_);
    return http_->Start();
  }

  // Scrapes from the start: what comes in waits until the database knows its series.
  void Scrape() {
    scrapes_ = std::make_unique<ScrapeEngine>(
        queue_, clock_, log_, registry_,
        ScrapeEngineOptions{
            Cores(),
            options_.scrape_tolerance(),
            {.start_times = options_.storage.start_times || options_.storage.start_zeros,
             .type_and_unit_labels = options_.query.features.type_and_unit_labels}});
    discovery_ = std::make_unique<DiscoveryManager>(
        [this](const std::string& job, const std::vector<TargetGroup>& groups) {
          scrapes_->SetGroups(job, groups);
        },
        clock_, log_, registry_);
    config_.Follow([this](const Config& config) {
      ApplyToStorage(config);
      scrapes_->Apply(config);
      discovery_->Apply(config);
      const Status opened = query_log_.Open(config.global.query_log_file);
      if (!opened.ok()) log_.Error("queries are not logged", {{"err", opened}});
    });
    if (options_.auto_reload)
      watcher_ = std::make_unique<ConfigWatcher>(config_, options_.auto_reload_interval);
  }

  // Opens the database, which may take a while after a crash.
  Status Open() {
    tsdb::DatabaseOptions storage = options_.storage;
    storage.progress = &replay_;
    {
      const std::lock_guard lock(settings_mutex_);
      storage.max_exemplars = settings_.max_exemplars;
      storage.out_of_order_window = settings_.out_of_order_window;
      storage.float_encoding = settings_.float_encoding;
      storage.retention = settings_.retention;
      storage.stale_threshold = settings_.stale_threshold;
    }
    storage.disk_size = [path = storage.directory] { return DiskSize(path); };
    auto database = tsdb::Database::OpenForAppends(storage, *files_, clock_, log_, registry_);
    if (!database.ok()) return database.status();
    {
      const std::lock_guard lock(settings_mutex_);
      database_ = *std::move(database);
      ApplySettings();  // they may have changed meanwhile
    }
    if (const Status waited = queue_.Open(*database_); !waited.ok())
      log_.Error("scrapes from before the database was open are not stored", {{"err", waited}});
    RETURN_IF_ERROR(database_->ReadSamples());
    Answer();
    ready_ = true;
    return {};
  }

  // What the watchdog relies on: requests are answered, and scrapes go on.
  Status Check(Duration patience) {
    RETURN_IF_ERROR(http_->CheckAnswers(patience));
    return scrapes_->CheckTurns(patience);
  }

  void Stop() {
    stopping_ = true;
    if (engine_) engine_->Stop();
    http_->Stop();
    watcher_.reset();
    config_.Follow({});
    discovery_.reset();
    scrapes_->Stop();
    scrapes_.reset();
    engine_.reset();
    database_.reset();
  }

 private:
  // What the configuration says of storage.
  struct StorageSettings {
    size_t max_exemplars = 0;
    Duration out_of_order_window = {0};
    tsdb::FloatEncoding float_encoding = tsdb::FloatEncoding::kXor;
    tsdb::RetentionLimits retention;
    double stale_threshold = 0;
  };

  // Everything that is answered from the database.
  void Answer() {
    promql::EngineOptions query = options_.query;
    query.ended = [this](const promql::QueryIdentity& identity, const promql::QueryStats& stats,
                         const Status& outcome) {
      query_log_.Write(identity, stats, outcome);
      query_metrics_.Count(stats);
    };
    engine_ = std::make_unique<promql::Engine>(*database_, clock_, std::move(query), Cores());
    AddQueryMetrics();
    QueryApi{*engine_, *database_, clock_}.AddRoutes(api_routes_);
    ActiveQueriesApi{engine_->active(), options_.enable_admin_api}.AddRoutes(api_routes_);
    AdminApi{*database_, options_.enable_admin_api}.AddRoutes(api_routes_);
    StatusApi{*scrapes_, RuntimeInfo()}.AddRoutes(api_routes_);
    MetadataApi{*scrapes_}.AddRoutes(api_routes_);
    ConfigApi{config_, *scrapes_, flags_}.AddRoutes(api_routes_);
    StorageApi{*database_}.AddRoutes(api_routes_);
    ExemplarsApi{*database_, options_.query.parser}.AddRoutes(api_routes_);
    SelfMetricsApi{registry_}.AddRoutes(api_routes_);
    OpenApi{options_.web.route_prefix}.AddRoutes(api_routes_);
    SearchApi{.storage = *database_,
              .scrapes = *scrapes_,
              .clock = clock_,
              .enabled = options_.search,
              .max_limit = options_.max_search_limit}
        .AddRoutes(api_routes_);
    FeaturesApi{.query = options_.query,
                .admin = options_.enable_admin_api,
                .lifecycle = options_.enable_lifecycle,
                .auto_reload = options_.auto_reload,
                .exemplars = options_.keep_exemplars,
                .start_times = options_.storage.start_times,
                .start_zeros = options_.storage.start_zeros,
                .search = options_.search}
        .AddRoutes(api_routes_);
  }

  void ApplyToStorage(const Config& config) {
    const std::lock_guard lock(settings_mutex_);
    settings_ = {.max_exemplars = MaxExemplars(config),
                 .out_of_order_window = config.storage.value.tsdb.out_of_order_time_window,
                 .float_encoding = FloatEncodingOf(config),
                 .retention = RetentionOf(config),
                 .stale_threshold = config.storage.value.tsdb.stale_series_compaction_threshold};
    if (database_) ApplySettings();
  }

  // With settings_mutex_, once there is a database.
  void ApplySettings() {
    database_->SetMaxExemplars(settings_.max_exemplars);
    database_->SetFloatEncoding(settings_.float_encoding);
    database_->SetRetention(settings_.retention);
    database_->SetStaleThreshold(settings_.stale_threshold);
    const Status status = database_->SetOutOfOrderWindow(settings_.out_of_order_window);
    if (!status.ok()) log_.Error("out_of_order_time_window is not in force", {{"err", status}});
  }

  static size_t Cores() { return std::max(1U, std::thread::hardware_concurrency()); }

  static tsdb::FloatEncoding FloatEncodingOf(const Config& config) {
    return config.storage.value.tsdb.chunk_encoding.floats == "xor2" ? tsdb::FloatEncoding::kXor2
                                                                     : tsdb::FloatEncoding::kXor;
  }

  // A section of the configuration stands for both flags.
  tsdb::RetentionLimits RetentionOf(const Config& config) const {
    const std::optional<RetentionConfig>& section = config.storage.value.tsdb.retention;
    return section ? tsdb::RetentionLimits{section->time, section->size, section->percentage}
                   : options_.storage.retention;
  }

  size_t MaxExemplars(const Config& config) const {
    const int64_t wanted = config.storage.value.exemplars.max_exemplars;
    return options_.keep_exemplars && wanted > 0 ? static_cast<size_t>(wanted) : 0;
  }

  RuntimeStatus RuntimeInfo() const {
    return {.start_ms = start_ms_,
            .retention = [this] { return TextOf(database_->retention()); },
            .last_reload = [this] { return config_.report(); }};
  }

  // Of the engine, which lives until the server has answered its last request.
  void AddQueryMetrics() {
    registry_.AddComputed([this](openmetrics::ExpositionWriter& out) {
      const auto gauge = [&](std::string_view name, std::string_view help, double value) {
        out.Add(name, openmetrics::Type::kGauge, help).Sample({}, value);
      };
      const promql::ActiveQueries* active = ready_ ? &engine_->active() : nullptr;
      gauge("prometheus_ready", "1 once everything is answered.", ready_ ? 1 : 0);
      gauge("prometheus_engine_queries", "Queries under way or waiting.",
            active != nullptr ? static_cast<double>(active->count()) : 0);
      gauge("prometheus_engine_queries_concurrent_max", "Queries that may run at once.",
            static_cast<double>(options_.query.max_concurrency));
      gauge("prometheus_engine_query_log_enabled", "Whether queries are logged.",
            query_log_.enabled() ? 1 : 0);
      out.Add("prometheus_engine_query_log_failures_total", openmetrics::Type::kCounter,
              "Queries that could not be logged.")
          .Sample({}, static_cast<double>(query_log_.failures()));
    });
  }

  const Options& options_;
  const std::map<std::string, std::string> flags_;
  const Logger log_;
  const SystemClock clock_;
  const int64_t start_ms_ = clock_.NowMs();
  Registry registry_;
  ConfigReloader config_;
  const std::unique_ptr<Files> files_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> stopping_{false};
  storage::ReplayProgress replay_;
  storage::StartQueue queue_{clock_, registry_};
  std::mutex settings_mutex_;
  StorageSettings settings_;                  // guarded by settings_mutex_
  std::unique_ptr<tsdb::Database> database_;  // made with settings_mutex_
  QueryLog query_log_{clock_};
  QueryMetrics query_metrics_{registry_};
  std::unique_ptr<promql::Engine> engine_;
  std::unique_ptr<ScrapeEngine> scrapes_;
  std::unique_ptr<DiscoveryManager> discovery_;
  std::unique_ptr<ConfigWatcher> watcher_;
  Routes start_routes_;  // of the API, served from the start
  Routes api_routes_;    // complete before ready_ is set
  std::unique_ptr<HttpServer> http_;
};

// Queries take and give back memory by the megabyte. Giving each of them back to the kernel, to get
// it again page by page for the next, costs more than to keep this much.
void KeepFreedMemory() {
  constexpr int kKeptBytes = 16 << 20;
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  mallopt(M_MMAP_THRESHOLD, kKeptBytes);
}

int Main(int argc, char** argv) {
  KeepFreedMemory();
  cli::Service service;
  Options options;
  cli::Flags flags = DeclareFlags(options);
  const auto run = flags.Parse(argc, argv);
  if (!run.ok()) {
    std::cerr << "narthex-server: " << run.message() << "\n";
    return kFlagError;
  }
  if (!*run) return 0;
  const std::map<std::string, std::string> flag_values = flags.Values();
  if (const Status status = CheckOptions(options); !status.ok()) {
    std::cerr << "narthex-server: " << status.message() << "\n";
    return kFlagError;
  }
  const Logger log(options.log);
  for (const std::string& note : options.notes) log.Warn(note);
  Server server(options, flag_values, log);
  if (const Status status = server.LoadConfiguration(); !status.ok()) {
    std::cerr << "narthex-server: " << status.message() << "\n";
    return kConfigError;
  }
  if (const Status status = server.Listen(); !status.ok()) {
    log.Error("cannot start", {{"err", status}});
    return kFlagError;
  }
  server.Scrape();
  std::atomic<bool> opened{false};
  std::atomic<bool> failed{false};
  std::thread opener([&] {
    if (const Status status = server.Open(); !status.ok()) {
      log.Error("cannot open the database", {{"err", status}});
      failed = true;
      ::kill(::getpid(), SIGTERM);
      return;
    }
    opened = true;
    log.Info("ready to receive web requests");
    service.NotifyReady();
  });
  service.Watch([&](Duration patience) { return server.Check(patience); }, log);
  service.RunUntilStopped([&] { (void)server.LoadConfiguration(); });  // it logs
  log.Info("stopping");
  if (!opened && !failed) {
    // Still replaying the log, which changes nothing that matters, and what was scraped meanwhile
    // is logged: no need to wait for its end.
    log.Info("stopped while opening the database");
    std::_Exit(0);
  }
  opener.join();
  server.Stop();
  log.Info("stopped");
  return failed ? kFlagError : 0;
}

}  // namespace
}  // namespace narthex::server

int main(int argc, char** argv) { return narthex::server::Main(argc, argv); }
