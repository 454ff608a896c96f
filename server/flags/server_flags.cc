#include "server/flags/server_flags.h"

#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>

#include "common/http_server/web_paths.h"
#include "server/promql/features.h"

namespace narthex::server {
namespace {

struct ForeignFeature {
  std::string_view name;
  bool is_refused;  // else it asks for what is so anyway
  std::string_view reason;
};

// Features of the reference that are no switches here.
constexpr ForeignFeature kForeignFeatures[] = {
    {"concurrent-rule-eval", true, "rules are not evaluated"},
    {"delayed-compaction", true, "compactions are not delayed"},
    {"memory-snapshot-on-shutdown", true, "the log is replayed instead"},
    {"fast-startup", true, "the log is replayed instead"},
    {"native-histograms", false, "they are always taken, see scrape_native_histograms"},
    {"old-ui", true, "there is one page"},
    {"ooo-native-histograms", false, "they are always taken"},
    {"otlp-deltatocumulative", true, "this server takes no OTLP"},
    {"otlp-native-delta-ingestion", true, "this server takes no OTLP"},
    {"promql-duration-expr", false, "computed durations are always taken"},
    {"use-uncached-io", true, "files are written through the page cache"},
};

// Features of the server itself; what is left over is of the query language.
std::vector<std::string> TakeOwnFeatures(const std::vector<std::string>& names, Options& options) {
  std::vector<std::string> rest;
  for (const std::string& name : names) {
    if (name == "exemplar-storage") {
      options.keep_exemplars = true;
    } else if (name == "search-api") {
      options.search = true;
    } else if (name == "extra-scrape-metrics") {
      options.config.extra_scrape_metrics = true;
    } else if (name == "auto-reload-config") {
      options.auto_reload = true;
    } else if (name == "st-storage") {
      options.storage.start_times = options.config.start_times = true;
    } else if (name == "created-timestamp-zero-ingestion") {
      options.storage.start_zeros = options.config.start_zeros = true;
    } else if (name == "histograms-st-encoding") {
      options.storage.histogram_start_times = true;
    } else if (name == "xor2-encoding") {
      options.config.xor2_default = true;
    } else {
      rest.push_back(name);
    }
  }
  return rest;
}

Status EnableFeatures(Options& options) {
  const std::vector<std::string> names =
      absl::StrSplit(absl::StrJoin(options.features, ","), ',', absl::SkipEmpty());
  for (const std::string& name : TakeOwnFeatures(names, options)) {
    const auto* foreign =
        std::find_if(std::begin(kForeignFeatures), std::end(kForeignFeatures),
                     [&](const ForeignFeature& feature) { return feature.name == name; });
    if (foreign == std::end(kForeignFeatures)) {
      RETURN_IF_ERROR(promql::EnableFeature(name, options.query));
    } else if (foreign->is_refused) {
      return InvalidArgument("feature ", Quote(name), ": ", foreign->reason);
    } else {
      options.notes.push_back("feature " + name +
                              " has no effect: " + std::string(foreign->reason));
    }
  }
  return {};
}

struct ForeignFlag {
  const char* name;
  bool is_bool;
  const char* reason;
};

// Flags of the reference that tune what is not here, or is done in another way.
constexpr ForeignFlag kWithoutEffect[] = {
    {"auto-gomaxprocs", true, "there is no Go runtime"},
    {"auto-gomemlimit", true, "there is no Go runtime"},
    {"auto-gomemlimit.ratio", false, "there is no Go runtime"},
    {"auto-gomemlimit.refresh-interval", false, "there is no Go runtime"},
    {"web.console.templates", false, "there are no consoles"},
    {"web.console.libraries", false, "there are no consoles"},
    {"storage.tsdb.head-chunks-write-queue-size", false, "finished chunks are written at once"},
    {"storage.tsdb.block-reload-interval", false, "blocks are known as they come and go"},
    {"storage.tsdb.allow-overlapping-blocks", true, "blocks may always overlap"},
    {"storage.remote.flush-deadline", false, "nothing is written to remote storage"},
    {"storage.remote.read-sample-limit", false, "remote reads are not answered"},
    {"storage.remote.read-concurrent-limit", false, "remote reads are not answered"},
    {"storage.remote.read-max-bytes-in-frame", false, "remote reads are not answered"},
    {"rules.alert.for-outage-tolerance", false, "rules are not evaluated"},
    {"rules.alert.for-grace-period", false, "rules are not evaluated"},
    {"rules.alert.resend-delay", false, "rules are not evaluated"},
    {"rules.max-concurrent-evals", false, "rules are not evaluated"},
    {"alertmanager.notification-queue-capacity", false, "no alerts are sent"},
    {"alertmanager.notification-batch-size", false, "no alerts are sent"},
    {"alertmanager.drain-notification-queue-on-shutdown", true, "no alerts are sent"},
    {"alertmanager.timeout", false, "no alerts are sent"},
    {"scrape.discovery-reload-interval", false, "targets are taken over as they are found"},
};

// Flags of the reference that ask for what this server does not do.
constexpr ForeignFlag kRefused[] = {
    {"agent", true, "there is no agent mode"},
    {"storage.agent.path", false, "there is no agent mode"},
    {"storage.agent.wal-compression", true, "there is no agent mode"},
    {"storage.agent.wal-compression-type", false, "there is no agent mode"},
    {"storage.agent.checkpoint-from-in-memory-series", true, "there is no agent mode"},
    {"storage.agent.checkpoint-batch-size", false, "there is no agent mode"},
    {"storage.agent.no-lockfile", true, "there is no agent mode"},
    {"web.enable-remote-write-receiver", true, "this server takes no remote writes"},
    {"web.enable-otlp-receiver", true, "this server takes no OTLP"},
    {"web.user-assets", false, "this server serves no files but its own"},
    {"web.page-title", false, "the page has the name of its server"},
    {"storage.tsdb.no-lockfile", true, "two servers would destroy one directory; leave it out"},
    {"storage.tsdb.allow-overlapping-compaction", true,
     "overlapping blocks are always merged; leave it out"},
    {"storage.tsdb.samples-per-chunk", false, "a chunk has 120 samples; leave it out"},
    {"storage.tsdb.delayed-compaction.max-percent", false,
     "compactions are not delayed; leave it out"},
};

void DeclareForeignFlags(cli::Flags& flags) {
  for (const auto& [name, is_bool, reason] : kWithoutEffect)
    flags.AddWithoutEffect(name, is_bool, reason);
  for (const auto& [name, is_bool, reason] : kRefused) flags.AddRefused(name, is_bool, reason);
}

Status Wrong(const char* flag, std::string_view what) {
  return InvalidArgument("--", flag, ": ", what);
}

Status ChooseRetention(Options& options) {
  tsdb::RetentionLimits& limits = options.storage.retention;
  if (options.retention_time.empty()) {
    if (limits.size.bytes > 0) limits.time = {0};
    return {};
  }
  const auto time = ParseDuration(options.retention_time);
  if (!time.ok()) return Wrong("storage.tsdb.retention.time", time.message());
  limits.time = *time;
  return {};
}

Status ChooseWalCompression(Options& options) {
  tsdb::WalCompression& chosen = options.storage.wal.compression;
  if (options.wal_compression_type == "snappy") {
    chosen = tsdb::WalCompression::kSnappy;
  } else if (options.wal_compression_type == "zstd") {
    chosen = tsdb::WalCompression::kZstd;
  } else {
    return Wrong("storage.tsdb.wal-compression-type", "want snappy or zstd");
  }
  if (!options.wal_compression) chosen = tsdb::WalCompression::kNone;
  return {};
}

}  // namespace

cli::Flags DeclareFlags(Options& options) {
  cli::Flags flags("narthex-server",
                   "Scrapes targets, stores their samples and answers PromQL queries.");
  flags.Add("config.file", &options.config_file, "Configuration, in the format of prometheus.yml.",
            "FILE");
  flags.Add("config.allow-inactive", &options.config.allow_inactive,
            "Start although the configuration has rules, alerting, remote write or remote read, on "
            "which this server does not act.");
  flags.Add("config.auto-reload", &options.auto_reload,
            "Load the configuration again when it or a file that it names has changed.");
  flags.Add("config.auto-reload-interval", &options.auto_reload_interval,
            "How often --config.auto-reload looks for changes.");
  options.web.AddFlags(flags);
  flags.Add("web.external-url", &options.external_url,
            "URL under which others reach this server, behind a reverse proxy for one.", "URL");
  flags.Add("web.route-prefix", &options.web.route_prefix,
            "What all paths begin with; by default the path of --web.external-url.", "PATH");
  flags.Add("web.search.max-limit", &options.max_search_limit,
            "Most results that a request to /api/v1/search/ may ask for; 0 for no limit.");
  flags.Add("web.max-notifications-subscribers", &options.max_notifications_subscribers,
            "Pages that may follow notifications at once.");
  flags.Add("web.cors.origin", &options.cors_origin,
            "Pages of which origins may read answers in a browser: a regular expression.", "REGEX");
  flags.Add("web.enable-lifecycle", &options.enable_lifecycle,
            "Stop by a POST to /-/quit, and reload by one to /-/reload.");
  flags.Add("web.enable-admin-api", &options.enable_admin_api,
            "Let requests end queries, delete series and make snapshots: /api/v1/admin/.");
  flags.Add("storage.tsdb.path", &options.storage.directory, "Folder of the database.", "DIR");
  flags.Add("storage.tsdb.retention.time", &options.retention_time,
            "Age at which data is removed; 0 keeps all. 15d where no size is given either. A "
            "retention in the configuration prevails, as over the next.",
            "DURATION");
  flags.Add("storage.tsdb.retention.size", &options.storage.retention.size,
            "Size of all data beyond which the oldest blocks are removed; 0 for no limit.");
  flags.Add("storage.tsdb.min-block-duration", &options.storage.block_range,
            "Time range of the blocks that are made of what is in memory. For tests.");
  flags.Add("storage.tsdb.max-block-duration", &options.storage.max_block_range,
            "Longest time range of blocks that are merged from others; 0 for a tenth of the "
            "retention, at most 31 days. For tests.");
  flags.Add(
      "storage.tsdb.delay-compact-file.path", &options.storage.uploads_file,
      "JSON file in which an uploader, such as the sidecar of Thanos, lists the blocks that it "
      "has: only these are merged, of those that memory was written to.",
      "FILE");
  flags.Add("storage.tsdb.wal-compression", &options.wal_compression,
            "Compress the write-ahead log.");
  flags.Add("storage.tsdb.wal-compression-type", &options.wal_compression_type,
            "How: snappy, or zstd, which takes less room and more time.", "TYPE");
  flags.Add("storage.tsdb.wal-sync-interval", &options.storage.wal_sync_interval,
            "How often the write-ahead log is synced to disk; 0 leaves it to the kernel.");
  flags.Add("scrape.adjust-timestamps", &options.adjust_timestamps,
            "Store a scrape that began within the tolerance of its planned time under that time, "
            "which takes less room.");
  flags.Add("scrape.timestamp-tolerance", &options.timestamp_tolerance,
            "How far --scrape.adjust-timestamps may move a timestamp; at most a hundredth of the "
            "interval.");
  flags.Add("query.lookback-delta", &options.query.lookback,
            "How far back a query looks for the newest sample.");
  flags.Add("query.timeout", &options.query.timeout, "Longest time that a query may take.");
  flags.Add("query.max-concurrency", &options.max_concurrency,
            "Queries evaluated at once; more wait for their turn.");
  flags.Add("query.max-samples", &options.max_samples, "Samples that one query may hold.");
  flags.Add("query.max-bytes", &options.max_bytes,
            "Memory that the operators of one query may hold; 0 for no limit.");
  flags.Add(
      "enable-feature", &options.features,
      "Features that are off by default, between commas; of the query language: "
      "promql-experimental-functions, promql-extended-range-selectors, "
      "promql-binop-fill-modifiers, promql-delayed-name-removal, promql-per-step-stats, "
      "use-start-timestamps, type-and-unit-labels; and exemplar-storage, which keeps exemplars; "
      "st-storage, histograms-st-encoding and xor2-encoding, which store since when samples "
      "count; search-api, for /api/v1/search/; extra-scrape-metrics, which is the default of "
      "extra_scrape_metrics then.",
      "NAME");
  DeclareForeignFlags(flags);
  flags.AddLogFlags(&options.log);
  return flags;
}

Status CheckOptions(Options& options) {
  if (options.max_concurrency < 1) return Wrong("query.max-concurrency", "want at least 1");
  if (options.max_notifications_subscribers < 0)
    return Wrong("web.max-notifications-subscribers", "want at least 0");
  if (options.max_search_limit < 0) return Wrong("web.search.max-limit", "want at least 0");
  if (options.auto_reload_interval.ms <= 0)
    return Wrong("config.auto-reload-interval", "want above 0");
  if (options.timestamp_tolerance.ms < 0)
    return Wrong("scrape.timestamp-tolerance", "want at least 0");
  const auto cors_origins = Regex::Compile(options.cors_origin);
  if (!cors_origins.ok()) return Wrong("web.cors.origin", cors_origins.message());
  options.cors_origins = *cors_origins;
  options.web.route_prefix = RoutePrefix(options.web.route_prefix, options.external_url);
  options.query.max_samples = static_cast<uint64_t>(options.max_samples);
  options.query.max_bytes = options.max_bytes.bytes;
  options.query.max_concurrency = static_cast<size_t>(options.max_concurrency);
  RETURN_IF_ERROR(ChooseRetention(options));
  RETURN_IF_ERROR(ChooseWalCompression(options));
  return EnableFeatures(options).Prefixed("--enable-feature");
}

}  // namespace narthex::server
