#include "common/http_server/server.h"

#include <Poco/Exception.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <Poco/Runnable.h>
#include <Poco/ThreadPool.h>
#include <Poco/URI.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <optional>

#include "common/http_server/acceptor.h"
#include "common/http_server/access.h"
#include "common/http_server/connections.h"
#include "common/http_server/gzip.h"
#include "common/http_server/listeners.h"
#include "common/http_server/request_reader.h"
#include "common/http_server/response_writer.h"
#include "common/http_server/self_check.h"
#include "common/http_server/web_paths.h"
#include "common/io_loop/fibers.h"

namespace narthex {
namespace {

namespace net = Poco::Net;

constexpr int64_t kMaxConnections = 30'000;  // each has a thread
constexpr int kThreadsBeyondLimit = 8;       // tell clients beyond the limit so
constexpr int kThreadStackBytes = 1 << 20;   // address space; only what is touched costs memory
constexpr auto kHandshakeTime = std::chrono::seconds(10);
constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

// Requests by handler, as the options want them.
class RequestMetrics {
 public:
  RequestMetrics(Registry& registry, const HttpServerOptions& options)
      : requests_(registry.AddCounterFamily(options.RequestsMetric(), "HTTP requests answered.",
                                            {"handler", "code"})) {
    if (!options.request_histograms) return;
    const std::string prefix = options.metrics_prefix;
    seconds_ = &registry.AddHistogramFamily(prefix + "_http_request_duration_seconds",
                                            "Time from a request read to its answer written.",
                                            {"handler"}, {0.1, 0.2, 0.4, 1, 3, 8, 20, 60, 120});
    bytes_ = &registry.AddHistogramFamily(prefix + "_http_response_size_bytes",
                                          "Size of answers as written, without their heads.",
                                          {"handler"}, {1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9});
  }

  void Count(std::string_view handler, int http_status) {
    requests_.With({handler, std::to_string(http_status)}).Add();
  }
  void Observe(std::string_view handler, std::chrono::steady_clock::time_point begin,
               uint64_t bytes) {
    if (seconds_ == nullptr) return;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    seconds_->With({handler}).Observe(seconds.count());
    bytes_->With({handler}).Observe(static_cast<double>(bytes));
  }

 private:
  CounterFamily& requests_;
  HistogramFamily* seconds_ = nullptr;
  HistogramFamily* bytes_ = nullptr;
};

struct Shared {
  HttpServerOptions options;
  Routes routes;
  Logger log;
  RequestMetrics requests;
  Connections connections;
  Access access;
};

// Path below the prefix and parameters of a target, and those of a form body, unless the route
// takes it raw. The path is empty where it is not below the prefix.
Status Translate(const RequestHead& head, const Shared& shared, std::string body, HttpRequest& to) {
  to.method = head.method;
  to.headers = head.headers;
  to.body = std::move(body);
  const std::string& target = head.target;
  const size_t question = std::min(target.find('?'), target.size());
  try {
    Poco::URI::decode(target.substr(0, question), to.path);
  } catch (const Poco::Exception&) {
    return InvalidArgument("broken escape in the path");
  }
  if (question < target.size())
    RETURN_IF_ERROR(to.parameters.Add(std::string_view(target).substr(question + 1)));
  if (!TakeRoutePrefix(shared.options.route_prefix, to.path)) to.path.clear();
  const Route* route = shared.routes.Find(to.path);
  if (route != nullptr && route->raw_body) return {};
  if (head.Header("Content-Type").substr(0, kFormType.size()) == kFormType) {
    RETURN_IF_ERROR(to.parameters.Add(to.body));
    to.body.clear();
  }
  return {};
}

// Serves one connection, on a thread of the pool or a fiber, and deletes itself. It counts from its
// accept on: were it entered by its thread, one that came earlier could pass for the newer.
class Connection : public Poco::Runnable {
 public:
  // Closes `fd` in the end.
  Connection(int fd, Shared& shared)
      : socket_(new net::StreamSocketImpl(fd)),
        shared_(shared),
        entry_(shared.connections, socket_) {}

  void run() override {
    const std::unique_ptr<Connection> self(this);
    try {
      if (const auto stream = Open()) Serve(*stream);
    } catch (const Poco::Exception& e) {
      shared_.log.Error("request failed", {{"err", e.displayText()}});
    } catch (const std::exception& e) {
      shared_.log.Error("request failed", {{"err", e.what()}});
    }
  }

 private:
  using State = Connections::Entry::State;

  // The stream of this connection; null when it is not to be served.
  std::unique_ptr<Stream> Open() {
    auto plain = NewPlainStream(socket_.impl()->sockfd());
    const auto rules = shared_.access.Rules();
    if (entry_.beyond_limit()) {
      if (!rules->tls)
        Refuse(*plain, {503, "too many requests at once, see --web.max-connections"});
      return nullptr;
    }
    if (!rules->tls) return plain;
    const auto limit = std::min<std::chrono::milliseconds>(
        kHandshakeTime, std::chrono::milliseconds(shared_.options.read_timeout.ms));
    auto stream =
        rules->tls->Accept(socket_.impl()->sockfd(), std::chrono::steady_clock::now() + limit);
    if (stream.ok()) return *std::move(stream);
    shared_.log.Debug("TLS handshake failed",
                      {{"err", stream.status()}, {"client", socket_.peerAddress().toString()}});
    if (stream.code() == Code::kInvalidArgument)
      Refuse(*plain, {400, "this port speaks HTTPS, the request was plain HTTP"});
    return nullptr;
  }

  // Answers a request that is not read, or not to its end; the connection is over.
  void Refuse(Stream& stream, const Refusal& refusal) {
    if (refusal.http_status == 0) return;
    ResponseWriter answer(stream, {.timeout = shared_.options.read_timeout});
    if (refusal.http_status == 503) answer.SetHeader("Retry-After", "1");
    answer.Send(refusal.http_status, kPlainText, refusal.reason + "\n");
    shared_.requests.Count("none", refusal.http_status);
    EndAfterRefusal(stream);
  }

  void EndAfterRefusal(Stream& stream) {
    socket_.shutdownSend();
    RequestReader(stream, {}).Drain();
  }

  void Serve(Stream& stream) {
    const HttpServerOptions& options = shared_.options;
    RequestReader reader(stream,
                         {.body_bytes = options.max_body.bytes, .timeout = options.read_timeout});
    while (reader.WaitForNext()) {
      entry_.Set(State::kReceiving);
      RequestHead head;
      if (const auto refusal = reader.ReadHead(head)) return Refuse(stream, *refusal);
      if (!ServeOne(stream, reader, head)) return;
      entry_.Set(State::kIdle);
    }
  }

  // False where the connection is to end.
  bool ServeOne(Stream& stream, RequestReader& reader, const RequestHead& head) {
    ResponseWriter answer(stream,
                          {.head_only = head.method == "HEAD",
                           .gzip = AcceptsGzip(head.Header("Accept-Encoding")),
                           .http_1_0 = head.minor_version == 0,
                           .keep_alive = head.keep_alive && !shared_.connections.NearLimit(),
                           .timeout = shared_.options.read_timeout});
    const auto rules = shared_.access.Rules();
    for (const auto& [name, value] : rules->config.http_server_config.headers) {
      if (!value.empty()) answer.FixHeader(name, value);
    }
    if (const int verdict = shared_.access.Check(*rules, head.Header("Authorization"));
        verdict != 200) {
      const bool has_body = head.chunked || head.content_length.value_or(0) > 0;
      if (has_body) answer.EndConnection();
      Deny(answer, verdict);
      if (has_body) EndAfterRefusal(stream);
      return answer.keep_alive();
    }
    std::string body;
    if (const auto refusal = reader.ReadBody(head, body)) {
      Refuse(stream, *refusal);
      return false;
    }
    entry_.Set(State::kAnswering);
    Answer(head, std::move(body), answer);
    return answer.keep_alive();
  }

  void Deny(ResponseWriter& answer, int http_status) {
    if (http_status == 401) answer.SetHeader("WWW-Authenticate", "Basic");
    if (http_status == 503) answer.SetHeader("Retry-After", "1");
    answer.Send(http_status, kPlainText,
                http_status == 401   ? "user or password is missing or wrong\n"
                : http_status == 429 ? "too many requests\n"
                                     : "too many passwords to check, try again\n");
    shared_.requests.Count("none", http_status);
  }

  void Answer(const RequestHead& head, std::string body, ResponseWriter& answer) {
    const auto begin = std::chrono::steady_clock::now();
    HttpRequest request;
    request.remote_address = socket_.peerAddress().toString();
    const Status status = Translate(head, shared_, std::move(body), request);
    if (!status.ok()) {
      answer.Send(400, kPlainText, std::string(status.message()) + "\n");
    } else if (request.path.empty()) {
      AnswerOutside(head.target, answer);
    } else {
      shared_.routes.Serve(request, answer);
      if (answer.status() == 0) answer.Send(500, kPlainText, "no answer\n");
      answer.Finish();
    }
    const Route* route = shared_.routes.Find(request.path);
    const std::string_view handler = route == nullptr ? "none" : std::string_view(route->pattern);
    shared_.requests.Count(handler, answer.status());
    shared_.requests.Observe(handler, begin, answer.body_bytes());
  }

  // What is not below the prefix.
  void AnswerOutside(std::string_view target, ResponseWriter& answer) {
    const std::string& prefix = shared_.options.route_prefix;
    if (target != "/" && target != prefix)
      return answer.Send(404, kPlainText, "all pages are below " + prefix + "/\n");
    answer.SetHeader("Location", prefix + "/");
    answer.Send(302, kPlainText, "see " + prefix + "/\n");
  }

  net::StreamSocket socket_;
  Shared& shared_;
  Connections::Entry entry_;
};

}  // namespace

void HttpServerOptions::AddFlags(cli::Flags& flags) {
  flags.Add("web.listen-address", &listen_addresses,
            "Where to listen: HOST:PORT, an empty host for every address, or unix:///PATH. May be "
            "repeated.",
            "ADDRESS");
  flags.Add("web.systemd-socket", &systemd_socket,
            "Listen on the sockets that systemd passes instead of --web.listen-address.");
  flags.Add("web.config.file", &config_file,
            "TLS, users, headers and rate limit, in the format of the exporter toolkit; empty for "
            "plain HTTP open to all.",
            "FILE");
  flags.Add("web.max-connections", &max_connections, "Connections served at once.");
  flags.Add("web.read-timeout", &read_timeout,
            "How long a request may take to arrive, and an idle connection is kept.");
}

class HttpServer::Impl {
 public:
  Impl(const HttpServerOptions& options, Routes routes, const Logger& log, Registry& registry)
      : shared_{options,
                std::move(routes),
                log,
                RequestMetrics(registry, options),
                Connections(static_cast<size_t>(options.max_connections)),
                Access(options.config_file, log, registry)} {
    if (options.fibers == nullptr) threads_.emplace(1, max_threads(), 60, kThreadStackBytes);
    registry.AddComputed([this](openmetrics::ExpositionWriter& out) {
      out.Add("narthex_http_connections", openmetrics::Type::kGauge, "Open HTTP connections.")
          .Sample({}, static_cast<double>(shared_.connections.count()));
      out.Add("narthex_http_connections_limit", openmetrics::Type::kGauge,
              "HTTP connections served at once.")
          .Sample({}, static_cast<double>(shared_.options.max_connections));
    });
  }

  Status Start() {
    const HttpServerOptions& options = shared_.options;
    if (options.max_connections < 1 || options.max_connections > kMaxConnections) {
      return InvalidArgument("--web.max-connections: want 1 to ", std::to_string(kMaxConnections),
                             ", got ", std::to_string(options.max_connections));
    }
    RETURN_IF_ERROR(shared_.access.Load());
    if (options.systemd_socket) {
      ASSIGN_OR_RETURN(listeners_, PassedListeners());
    } else {
      for (const std::string& address : options.listen_addresses) {
        ASSIGN_OR_RETURN(Listener listener, Listen(address));
        listeners_.push_back(std::move(listener));
      }
    }
    for (const Listener& listener : listeners_) {
      shared_.log.Info("listening", {{"address", listener.address},
                                     {"tls", shared_.access.Rules()->tls ? "on" : "off"}});
    }
    acceptor_.emplace(listeners_, [this](int fd) { Take(fd); });
    return {};
  }

  void Stop() {
    acceptor_.reset();
    // A request that is being answered gets a second; then its connection is cut.
    shared_.connections.EndAll(false);
    shared_.connections.AwaitNone(std::chrono::seconds(1));
    shared_.connections.EndAll(true);
    while (shared_.connections.count() > 0) shared_.connections.AwaitNone(std::chrono::hours(1));
    if (threads_) threads_->joinAll();
    for (const Listener& listener : listeners_) {
      if (!listener.path_to_free.empty()) ::unlink(listener.path_to_free.c_str());
    }
    listeners_.clear();
  }

  std::vector<int> ports() const {
    std::vector<int> ports;
    for (const Listener& listener : listeners_) ports.push_back(listener.socket.address().port());
    return ports;
  }

  Status CheckAnswers(Duration patience) const {
    assert(!listeners_.empty());
    return narthex::CheckAnswers(listeners_.front().socket.impl()->sockfd(), patience);
  }

 private:
  // Beyond the threads for connections above the limit, a connection is closed unanswered.
  void Take(int fd) {
    auto connection = std::make_unique<Connection>(fd, shared_);
    if (shared_.options.fibers != nullptr) {
      shared_.options.fibers->Start([served = connection.release()] { served->run(); });
      return;
    }
    try {
      threads_->start(*connection);
      static_cast<void>(connection.release());  // its run() deletes it
    } catch (const Poco::NoThreadAvailableException&) {
      return;
    }
  }

  int max_threads() const {
    return kThreadsBeyondLimit + static_cast<int>(std::clamp<int64_t>(
                                     shared_.options.max_connections, 1, kMaxConnections));
  }

  Shared shared_;
  std::optional<Poco::ThreadPool> threads_;  // without fibers
  std::vector<Listener> listeners_;
  std::optional<Acceptor> acceptor_;
};

HttpServer::HttpServer(const HttpServerOptions& options, Routes routes, const Logger& log,
                       Registry& registry)
    : impl_(std::make_unique<Impl>(options, std::move(routes), log, registry)) {}

HttpServer::~HttpServer() { Stop(); }

Status HttpServer::Start() { return impl_->Start(); }
void HttpServer::Stop() { impl_->Stop(); }
std::vector<int> HttpServer::ports() const { return impl_->ports(); }
Status HttpServer::CheckAnswers(Duration patience) const { return impl_->CheckAnswers(patience); }

}  // namespace narthex
