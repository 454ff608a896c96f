// The flags of narthex-server.
#ifndef NARTHEX_SERVER_FLAGS_SERVER_FLAGS_H_
#define NARTHEX_SERVER_FLAGS_SERVER_FLAGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/cli/flags.h"
#include "common/http_server/server.h"
#include "common/regex/regex.h"
#include "server/config/config.h"
#include "server/promql/engine.h"
#include "server/tsdb/database.h"

namespace narthex::server {

struct Options {
  LogOptions log;
  HttpServerOptions web{
      .listen_addresses = {":9090"}, .metrics_prefix = "prometheus", .request_histograms = true};
  std::string external_url;
  bool enable_lifecycle = false;
  std::string cors_origin = ".*";
  std::optional<Regex> cors_origins;  // what CheckOptions() made of it
  bool auto_reload = false;
  Duration auto_reload_interval = Duration::Seconds(30);
  std::string config_file = "prometheus.yml";
  ConfigOptions config;
  tsdb::DatabaseOptions storage{.directory = "data/"};
  std::string retention_time;  // empty: as CheckOptions() chooses
  bool wal_compression = true;
  std::string wal_compression_type = "snappy";
  bool adjust_timestamps = true;
  Duration timestamp_tolerance{2};
  promql::EngineOptions query;
  int64_t max_samples = 50'000'000;
  int64_t max_concurrency = 20;
  bool enable_admin_api = false;
  ByteSize max_bytes;
  std::vector<std::string> features;
  bool keep_exemplars = false;  // by features, as is the next
  bool search = false;
  std::vector<std::string> notes;  // by CheckOptions(), for the operator
  int64_t max_search_limit = 10'000;
  int64_t max_notifications_subscribers = 16;

  // How far a scrape's timestamp may be moved to its planned time.
  Duration scrape_tolerance() const {
    return adjust_timestamps ? timestamp_tolerance : Duration{0};
  }
};

// `options` must outlive the flags.
cli::Flags DeclareFlags(Options& options);

// After parsing: checks what flags cannot check one by one, and fills what follows from them.
// kInvalidArgument names the flag.
Status CheckOptions(Options& options);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_FLAGS_SERVER_FLAGS_H_
