#include "common/http_server/server.h"

#include <Poco/DeflatingStream.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponseImpl.h>
#include <Poco/Net/HTTPServerSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "common/bytes/numbers.h"
#include "common/http_server/connections.h"
#include "common/http_server/gzip.h"

namespace narthex {
namespace {

namespace net = Poco::Net;

constexpr size_t kWorthCompressing = 1024;   // bytes
constexpr int64_t kMaxConnections = 30'000;  // each has a thread
constexpr int kThreadStackBytes = 1 << 20;   // address space; only what is touched costs memory
constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

class PocoResponse : public HttpResponse {
 public:
  PocoResponse(net::HTTPServerResponse& response, bool head, bool gzip)
      : response_(response), head_(head), gzip_(gzip) {}

  void SetHeader(std::string_view name, std::string_view value) override {
    response_.set(std::string(name), std::string(value));
  }

  void Send(int status, std::string_view content_type, std::string_view body) override {
    std::string compressed;
    if (gzip_ && body.size() >= kWorthCompressing) compressed = Gzip(body);
    if (!compressed.empty()) {
      response_.set("Content-Encoding", "gzip");
      body = compressed;
    }
    SetHead(status, content_type);
    response_.setContentLength64(static_cast<Poco::Int64>(body.size()));
    std::ostream& out = response_.send();
    if (!head_) out.write(body.data(), static_cast<std::streamsize>(body.size()));
    out.flush();
  }

  void Begin(int status, std::string_view content_type) override {
    if (gzip_) response_.set("Content-Encoding", "gzip");
    SetHead(status, content_type);
    response_.setChunkedTransferEncoding(true);
    stream_ = &response_.send();
    if (gzip_) {
      deflate_.emplace(*stream_, Poco::DeflatingStreamBuf::STREAM_GZIP, 1);
      stream_ = &*deflate_;
    }
  }

  bool Write(std::string_view piece) override {
    if (!head_) stream_->write(piece.data(), static_cast<std::streamsize>(piece.size()));
    return stream_->good();
  }

  int status() const override { return status_; }

  // Ends a streamed answer.
  void Finish() {
    if (deflate_) deflate_->close();
  }

 private:
  void SetHead(int status, std::string_view content_type) {
    status_ = status;
    response_.setStatusAndReason(static_cast<net::HTTPResponse::HTTPStatus>(status));
    response_.setContentType(std::string(content_type));
    response_.set("X-Content-Type-Options", "nosniff");
    response_.set("Vary", "Accept-Encoding");
  }

  net::HTTPServerResponse& response_;
  bool head_;
  bool gzip_;
  int status_ = 0;
  std::ostream* stream_ = nullptr;
  std::optional<Poco::DeflatingOutputStream> deflate_;
};

struct Shared {
  HttpServerOptions options;
  Routes routes;
  Logger log;
  CounterFamily& requests;
  Connections connections;
};

Result<std::string> ReadBody(net::HTTPServerRequest& request, uint64_t limit_bytes) {
  std::string body;
  const auto announced = request.getContentLength64();
  if (announced > 0 && static_cast<uint64_t>(announced) > limit_bytes)
    return LimitReached("body too large");
  char buffer[16 * 1024];
  std::istream& in = request.stream();
  while (in.good()) {
    in.read(buffer, sizeof buffer);
    body.append(buffer, static_cast<size_t>(in.gcount()));
    if (body.size() > limit_bytes) return LimitReached("body too large");
  }
  return body;
}

// Path, parameters, headers and body of a request.
Status Translate(net::HTTPServerRequest& from, const Routes& routes, uint64_t limit_bytes,
                 HttpRequest& to) {
  to.method = from.getMethod();
  to.remote_address = from.clientAddress().toString();
  for (const auto& [name, value] : from) to.headers.emplace_back(name, value);
  const std::string& uri = from.getURI();
  const size_t question = std::min(uri.find('?'), uri.size());
  try {
    Poco::URI::decode(uri.substr(0, question), to.path);
  } catch (const Poco::Exception&) {
    return InvalidArgument("broken escape in the path");
  }
  if (question < uri.size())
    RETURN_IF_ERROR(to.parameters.Add(std::string_view(uri).substr(question + 1)));
  if (!from.hasContentLength() && !from.getChunkedTransferEncoding()) return {};
  ASSIGN_OR_RETURN(to.body, ReadBody(from, limit_bytes));
  const Route* route = routes.Find(to.path);
  if (route != nullptr && route->raw_body) return {};
  if (from.getContentType().compare(0, kFormType.size(), kFormType) == 0) {
    RETURN_IF_ERROR(to.parameters.Add(to.body));
    to.body.clear();
  }
  return {};
}

class Connection : public net::TCPServerConnection {
 public:
  Connection(const net::StreamSocket& socket, Shared& shared, net::HTTPServerParams::Ptr params)
      : TCPServerConnection(socket), shared_(shared), params_(std::move(params)) {}

  void run() override {
    Connections::Entry entry(shared_.connections, socket());
    try {
      net::HTTPServerSession session(socket(), params_);
      // A peer that does not read its answer must not hold the thread.
      socket().setSendTimeout(params_->getTimeout());
      for (;;) {
        entry.Set(State::kIdle);
        if (!session.hasMoreRequests()) break;
        entry.Set(State::kReceiving);
        if (!ServeOne(session, entry)) break;
      }
    } catch (const Poco::Exception& e) {
      // A peer that sends garbage or hangs up is daily business.
      shared_.log.Debug("connection ended", {{"err", e.displayText()}});
    } catch (const std::exception& e) {
      shared_.log.Error("request failed", {{"err", e.what()}});
    }
  }

 private:
  using State = Connections::Entry::State;

  // False where the connection is to end.
  bool ServeOne(net::HTTPServerSession& session, Connections::Entry& entry) {
    net::HTTPServerResponseImpl response(session);
    std::optional<net::HTTPServerRequestImpl> parsed;
    try {
      parsed.emplace(response, session, params_.get());
    } catch (const net::NoMessageException&) {
      return false;  // it hung up
    } catch (const net::MessageException& e) {
      response.setVersion(net::HTTPMessage::HTTP_1_1);
      response.setKeepAlive(false);
      PocoResponse(response, false, false).Send(400, kPlainText, e.displayText() + "\n");
      return false;
    }
    net::HTTPServerRequestImpl& request = *parsed;
    const bool keep =
        request.getKeepAlive() && session.canKeepAlive() && !shared_.connections.NearLimit();
    response.setVersion(request.getVersion());
    response.setKeepAlive(keep);
    if (request.getExpectContinue()) response.sendContinue();
    const bool gzip = AcceptsGzip(request.get("Accept-Encoding", ""));
    PocoResponse answer(response, request.getMethod() == "HEAD", gzip);
    Answer(request, response, answer, entry);
    session.setKeepAlive(response.getKeepAlive());
    return true;
  }

  void Answer(net::HTTPServerRequest& request, net::HTTPServerResponse& response,
              PocoResponse& answer, Connections::Entry& entry) {
    HttpRequest translated;
    const Status status =
        Translate(request, shared_.routes, shared_.options.max_body.bytes, translated);
    entry.Set(State::kAnswering);
    if (!status.ok()) {
      response.setKeepAlive(false);  // what is left of the request was not read
      answer.Send(status.code() == Code::kLimit ? 413 : 400, kPlainText,
                  std::string(status.message()) + "\n");
    } else {
      shared_.routes.Serve(translated, answer);
      if (answer.status() == 0) answer.Send(500, kPlainText, "no answer\n");
      answer.Finish();
    }
    const Route* route = shared_.routes.Find(translated.path);
    shared_.requests
        .With({route == nullptr ? "none" : route->pattern, std::to_string(answer.status())})
        .Add();
  }

  Shared& shared_;
  net::HTTPServerParams::Ptr params_;
};

class ConnectionFactory : public net::TCPServerConnectionFactory {
 public:
  ConnectionFactory(Shared& shared, net::HTTPServerParams::Ptr params)
      : shared_(shared), params_(std::move(params)) {}

  net::TCPServerConnection* createConnection(const net::StreamSocket& socket) override {
    return new Connection(socket, shared_, params_);
  }

 private:
  Shared& shared_;
  net::HTTPServerParams::Ptr params_;
};

// Opens a listening socket. An address without host takes IPv6 and IPv4 alike. The address may be
// one that a stopped process just left (SO_REUSEADDR), never one that is in use: Poco's short forms
// of bind set SO_REUSEPORT too, with which two servers would share the connections.
Result<net::ServerSocket> Listen(const std::string& address) {
  const size_t colon = address.rfind(':');
  const auto port =
      colon == std::string::npos ? std::nullopt : ParseUnsigned(address.substr(colon + 1));
  if (!port || *port > 65535)
    return InvalidArgument("listen address ", Quote(address), ": want HOST:PORT");
  try {
    net::ServerSocket socket;
    if (colon == 0) {
      socket.bind6(net::SocketAddress(net::IPAddress(net::IPAddress::IPv6),
                                      static_cast<Poco::UInt16>(*port)),
                   /*reuseAddress=*/true, /*reusePort=*/false, /*ipV6Only=*/false);
    } else {
      socket.bind(net::SocketAddress(address), /*reuseAddress=*/true, /*reusePort=*/false);
    }
    socket.listen(1024);
    return socket;
  } catch (const Poco::Exception& e) {
    return Unavailable("listen on ", address, ": ", e.displayText());
  }
}

}  // namespace

void HttpServerOptions::AddFlags(cli::Flags& flags) {
  flags.Add("web.listen-address", &listen_addresses,
            "Where to listen; an empty host means every address. May be repeated.", "HOST:PORT");
  flags.Add("web.max-connections", &max_connections, "Connections served at once.");
  flags.Add("web.read-timeout", &read_timeout,
            "How long a request may take to arrive, and an idle connection is kept.");
}

class HttpServer::Impl {
 public:
  Impl(const HttpServerOptions& options, Routes routes, Logger log, Registry& registry)
      : shared_{options, std::move(routes), std::move(log), AddRequests(registry, options),
                Connections(static_cast<size_t>(options.max_connections))},
        params_(new net::HTTPServerParams),
        threads_(1, max_threads() + 1, 60, kThreadStackBytes) {
    const Poco::Timespan timeout(shared_.options.read_timeout.ms * 1000);
    params_->setTimeout(timeout);
    params_->setKeepAliveTimeout(timeout);
    params_->setMaxKeepAliveRequests(0);
    params_->setMaxThreads(max_threads());
    params_->setMaxQueued(64);
    registry.AddComputed([this](openmetrics::ExpositionWriter& out) {
      out.Add("narthex_http_connections", openmetrics::Type::kGauge, "Open HTTP connections.")
          .Sample({}, static_cast<double>(shared_.connections.count()));
      out.Add("narthex_http_connections_limit", openmetrics::Type::kGauge,
              "HTTP connections served at once.")
          .Sample({}, static_cast<double>(shared_.options.max_connections));
    });
  }

  Status Start() {
    if (shared_.options.max_connections != max_threads()) {
      return InvalidArgument("--web.max-connections: want 1 to ", std::to_string(kMaxConnections),
                             ", got ", std::to_string(shared_.options.max_connections));
    }
    for (const std::string& address : shared_.options.listen_addresses) {
      ASSIGN_OR_RETURN(const net::ServerSocket socket, Listen(address));
      ports_.push_back(socket.address().port());
      // The server deletes its factory.
      servers_.push_back(std::make_unique<net::TCPServer>(new ConnectionFactory(shared_, params_),
                                                          threads_, socket, params_));
    }
    for (auto& server : servers_) server->start();
    return {};
  }

  void Stop() {
    for (auto& server : servers_) server->stop();
    // A request that is being answered gets a second; then its connection is cut.
    shared_.connections.EndAll(false);
    for (int i = 0; i < 100 && shared_.connections.count() > 0; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    shared_.connections.EndAll(true);
    threads_.joinAll();
    servers_.clear();
  }

  const std::vector<int>& ports() const { return ports_; }

 private:
  static CounterFamily& AddRequests(Registry& registry, const HttpServerOptions& options) {
    return registry.AddCounterFamily(options.requests_metric, "HTTP requests answered.",
                                     {"handler", "code"});
  }

  int max_threads() const {
    return static_cast<int>(
        std::clamp<int64_t>(shared_.options.max_connections, 1, kMaxConnections));
  }

  Shared shared_;
  net::HTTPServerParams::Ptr params_;
  Poco::ThreadPool threads_;
  std::vector<std::unique_ptr<net::TCPServer>> servers_;
  std::vector<int> ports_;
};

HttpServer::HttpServer(const HttpServerOptions& options, Routes routes, Logger log,
                       Registry& registry)
    : impl_(std::make_unique<Impl>(options, std::move(routes), std::move(log), registry)) {}

HttpServer::~HttpServer() { Stop(); }

Status HttpServer::Start() { return impl_->Start(); }
void HttpServer::Stop() { impl_->Stop(); }
std::vector<int> HttpServer::ports() const { return impl_->ports(); }

}  // namespace narthex
