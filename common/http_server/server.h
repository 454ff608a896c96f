// An HTTP server: listens, gives each connection a thread or a fiber, and answers through Routes.
//
//   HttpServer server(options, std::move(routes), log, registry);
//   RETURN_IF_ERROR(server.Start());
//   …
//   server.Stop();   // also by the destructor; returns within two seconds
//
// At most `max_connections` are served at once. Near that limit answers end their connection, and
// the connections idle longest are closed first; when none is, a new one is told 503.
#ifndef NARTHEX_COMMON_HTTP_SERVER_SERVER_H_
#define NARTHEX_COMMON_HTTP_SERVER_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/bytes/duration.h"
#include "common/cli/flags.h"
#include "common/client/registry.h"
#include "common/http_server/routes.h"
#include "common/log/logger.h"

namespace narthex {

class FiberThreads;

struct HttpServerOptions {
  std::vector<std::string> listen_addresses;  // "127.0.0.1:9090", ":9090", "unix:///run/x.sock"
  bool systemd_socket = false;                // listen on what systemd passes instead
  std::string config_file;                    // see web_config.h; empty for plain HTTP, open to all
  int64_t max_connections = 512;
  Duration read_timeout = Duration::Seconds(300);  // also how long an idle connection is kept
  ByteSize max_body{16UL << 20};
  // What all paths begin with, as RoutePrefix() gives it: routes know nothing of it. What asks for
  // "/" is led to it, all else outside is answered 404.
  std::string route_prefix;
  // How the names of metrics of requests by handler begin: those of their count by code, and where
  // wanted of histograms of their durations and of the sizes of answers.
  std::string metrics_prefix = "narthex";
  bool request_histograms = false;
  // Where connections are served, for handlers that wait long and give way meanwhile: borrowed,
  // outlives the server. Null: each connection has a thread.
  FiberThreads* fibers = nullptr;

  std::string RequestsMetric() const { return metrics_prefix + "_http_requests_total"; }

  // --web.listen-address, --web.systemd-socket, --web.config.file, --web.max-connections,
  // --web.read-timeout.
  void AddFlags(cli::Flags& flags);
};

class HttpServer {
 public:
  HttpServer(const HttpServerOptions& options, Routes routes, const Logger& log,
             Registry& registry);
  ~HttpServer();

  // kUnavailable when an address is taken or not ours; kInvalidArgument when it is none, or when
  // the web configuration is broken.
  Status Start();
  void Stop();

  // The ports listened on, in the order of the addresses: what port 0 became; 0 for Unix sockets.
  std::vector<int> ports() const;

  // Whether the server answers a request to its own first address: what a watchdog may rely on.
  // kUnavailable. Between Start() and Stop().
  Status CheckAnswers(Duration patience) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_SERVER_H_
