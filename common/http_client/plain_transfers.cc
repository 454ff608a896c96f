#include "common/http_client/plain_transfers.h"

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "common/bytes/ignore_case.h"
#include "common/fs/descriptor.h"
#include "common/http_client/response_reader.h"

namespace narthex {
namespace {

constexpr size_t kReceiveBytes = 256 * 1024;  // most bodies in one piece
constexpr int64_t kMaxIdleNs = 300'000'000'000;
constexpr int64_t kSweepNs = 60'000'000'000;

std::string RequestText(const HttpJob& job, const std::string& target) {
  std::string text = "GET " + target + " HTTP/1.1\r\n";
  bool names_host = false;
  const auto add = [&](const std::string& header) {
    names_host = names_host || StartsIgnoringCase(header, "host:");
    text.append(header);
    if (header.ends_with(';') && header.find(':') == std::string::npos)
      text.back() = ':';  // how libcurl is told of a header without a value
    text.append("\r\n");
  };
  for (const std::string& header : job.request.headers) add(header);
  if (job.ready && job.trusted()) {
    for (const std::string& header : job.ready->headers) add(header);
    if (!job.token.empty()) add(job.token);
  }
  if (!names_host) add("Host: " + job.authority.HostHeader());
  return text.append("\r\n");
}

// By which connections are kept.
std::string PlaceOf(const std::string& address, const std::string& port) {
  return address + " " + port;
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

// A socket on its way to a numeric address.
Result<Descriptor> BeginConnect(const std::string& address, const std::string& port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (::getaddrinfo(address.c_str(), port.c_str(), &hints, &list) != 0)
    return InvalidArgument("connect: no address: ", Quote(address));
  const std::unique_ptr<addrinfo, FreeAddresses> found(list);
  Descriptor socket(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.ok()) return ErrnoStatus("connect", errno);
  if (::connect(socket.get(), found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS)
    return ErrnoStatus("connect", errno);
  return socket;
}

}  // namespace

// A request and what has come of its answer.
struct PlainTransfers::Exchange {
  std::shared_ptr<HttpJob> job;
  std::string request;
  ResponseReader reader;
  size_t sent = 0;
  IoLoop::TimerId deadline{-1, 0};
};

struct PlainTransfers::Connection {
  Descriptor socket;
  const std::string address, port;
  bool connecting = true;
  bool awaits_room = true;  // to send; it awaits bytes otherwise
  bool kept = false;        // it has carried an exchange before
  int64_t idle_since_ns = 0;
  ExchangePtr exchange = nullptr;  // null while idle

  std::string Place() const { return PlaceOf(address, port); }
};

PlainTransfers::PlainTransfers(IoLoop& loop, size_t max_idle_connections, TransferEnded ended)
    : loop_(loop),
      max_idle_(max_idle_connections),
      ended_(std::move(ended)),
      received_(std::make_unique_for_overwrite<char[]>(kReceiveBytes)) {}

PlainTransfers::~PlainTransfers() = default;

bool PlainTransfers::Begin(const std::shared_ptr<HttpJob>& job,
                           const Resolver::Addresses& addresses, std::string& body) {
  const bool plain = job->authority.scheme == "http" && job->proxy.empty() &&
                     job->request.form.empty() && addresses.size() == 1;
  const auto target = plain ? RequestTarget(job->request.url) : std::nullopt;
  if (!target) return false;
  auto exchange = std::make_unique<Exchange>(
      Exchange{job, RequestText(*job, *target),
               ResponseReader(job->request.max_body_bytes, std::move(body))});
  const std::string& port = job->connect.port;
  if (Connection* idle = TakeIdle(PlaceOf(addresses.front(), port))) {
    Attach(*idle, std::move(exchange));
    Send(*idle);
  } else {
    Connect(addresses.front(), port, std::move(exchange));
  }
  return true;
}

// The one that was idle for the shortest time, so that the others can be closed.
PlainTransfers::Connection* PlainTransfers::TakeIdle(const std::string& place) {
  const auto idle = idle_.find(place);
  if (idle == idle_.end()) return nullptr;
  Connection* connection = idle->second.back();
  idle->second.pop_back();
  if (idle->second.empty()) idle_.erase(idle);
  --idle_count_;
  return connection;
}

void PlainTransfers::Connect(const std::string& address, const std::string& port,
                             ExchangePtr exchange) {
  auto socket = BeginConnect(address, port);
  if (!socket.ok()) {
    return ended_(exchange->job,
                  HttpResult{.status = socket.status(), .failure = HttpFailure::kConnect}, {});
  }
  auto owned = std::make_unique<Connection>(Connection{*std::move(socket), address, port});
  Connection& connection = *owned;
  connections_.emplace(&connection, std::move(owned));
  Attach(connection, std::move(exchange));
  loop_.Watch(connection.socket.get(), EPOLLOUT,
              [this, &connection](uint32_t) { OnReady(connection); });
}

void PlainTransfers::Attach(Connection& connection, ExchangePtr exchange) {
  exchange->deadline = loop_.RunAt(exchange->job->deadline_ns, [this, &connection] {
    Fail(connection, connection.exchange->job->TooLate(), HttpFailure::kTimeout);
  });
  connection.exchange = std::move(exchange);
}

PlainTransfers::ExchangePtr PlainTransfers::Detach(Connection& connection) {
  loop_.Cancel(connection.exchange->deadline);
  return std::move(connection.exchange);
}

void PlainTransfers::OnReady(Connection& connection) {
  if (connection.exchange == nullptr) {  // whatever an idle one says, it is of no use any more
    const auto idle = idle_.find(connection.Place());
    std::erase(idle->second, &connection);
    if (idle->second.empty()) idle_.erase(idle);
    --idle_count_;
    return Close(connection);
  }
  if (connection.connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(connection.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return Fail(connection, ErrnoStatus("connect", error), HttpFailure::kConnect);
    connection.connecting = false;
  }
  if (connection.exchange->sent < connection.exchange->request.size()) return Send(connection);
  Receive(connection);
}

void PlainTransfers::Send(Connection& connection) {
  Exchange& exchange = *connection.exchange;
  const std::string_view rest = std::string_view(exchange.request).substr(exchange.sent);
  const ssize_t sent = ::send(connection.socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR)
    return HangUp(connection, ErrnoStatus("send", errno));
  exchange.sent += static_cast<size_t>(std::max<ssize_t>(sent, 0));
  const bool room_is_due = exchange.sent < exchange.request.size();
  if (room_is_due == connection.awaits_room) return;
  connection.awaits_room = room_is_due;
  loop_.Watch(connection.socket.get(), room_is_due ? EPOLLOUT : EPOLLIN,
              [this, &connection](uint32_t) { OnReady(connection); });
}

void PlainTransfers::Receive(Connection& connection) {
  const ssize_t got = ::recv(connection.socket.get(), received_.get(), kReceiveBytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got < 0) return HangUp(connection, ErrnoStatus("receive", errno));
  ResponseReader& reader = connection.exchange->reader;
  if (got == 0) {
    if (const Status ended = reader.End(); !ended.ok()) return HangUp(connection, ended);
    return Finish(connection, false);
  }
  const std::string_view bytes(received_.get(), static_cast<size_t>(got));
  const Result<size_t> taken = reader.Take(bytes);
  if (taken.code() == Code::kLimit) return Fail(connection, taken.status(), HttpFailure::kTooLarge);
  if (!taken.ok())
    return Fail(connection, Unavailable(taken.status().message()), HttpFailure::kProtocol);
  if (reader.done()) Finish(connection, reader.keeps_alive() && *taken == bytes.size());
}

// The peer has ended the connection before its answer was whole. One that was kept may have been
// ended just when it was used again: that says nothing of the peer yet.
void PlainTransfers::HangUp(Connection& connection, const Status& status) {
  if (!connection.kept || connection.exchange->reader.begun())
    return Fail(connection, Unavailable(status.message()), HttpFailure::kProtocol);
  ExchangePtr exchange = Detach(connection);
  exchange->sent = 0;
  const auto [address, port] = std::pair(connection.address, connection.port);
  Close(connection);
  Connect(address, port, std::move(exchange));
}

void PlainTransfers::Fail(Connection& connection, const Status& status, HttpFailure failure) {
  const ExchangePtr exchange = Detach(connection);
  Close(connection);
  ended_(exchange->job, HttpResult{.status = status, .failure = failure}, {});
}

void PlainTransfers::Finish(Connection& connection, bool keep) {
  const ExchangePtr exchange = Detach(connection);
  if (keep && idle_count_ < max_idle_) {
    Keep(connection);
  } else {
    Close(connection);
  }
  const HttpJob& job = *exchange->job;
  const ResponseHead& head = exchange->reader.head();
  const bool redirects = head.status / 100 == 3 && !head.location.empty();
  std::string location;
  if (redirects && job.follows_redirects())
    location = RedirectTarget(job.request.url, head.location);
  HttpResult result{.http_status = head.status,
                    .content_type = head.content_type,
                    .content_encoding = head.content_encoding,
                    .body = exchange->reader.TakeBody()};
  ended_(exchange->job, std::move(result), std::move(location));
}

// It stays watched: the peer may end it.
void PlainTransfers::Keep(Connection& connection) {
  connection.kept = true;
  connection.idle_since_ns = loop_.clock().MonotonicNs();
  idle_[connection.Place()].push_back(&connection);
  ++idle_count_;
  if (std::exchange(sweeping_, true)) return;
  loop_.RunAt(connection.idle_since_ns + kSweepNs, [this] { CloseLongIdle(); });
}

void PlainTransfers::Close(Connection& connection) {
  loop_.Unwatch(connection.socket.get());
  connections_.erase(&connection);
}

void PlainTransfers::CloseLongIdle() {
  const int64_t now_ns = loop_.clock().MonotonicNs();
  for (auto place = idle_.begin(); place != idle_.end();) {
    const auto old = std::stable_partition(
        place->second.begin(), place->second.end(),
        [&](const Connection* idle) { return now_ns - idle->idle_since_ns < kMaxIdleNs; });
    std::for_each(old, place->second.end(), [this](Connection* idle) { Close(*idle); });
    idle_count_ -= static_cast<size_t>(place->second.end() - old);
    place->second.erase(old, place->second.end());
    if (place->second.empty()) {
      idle_.erase(place++);
    } else {
      ++place;
    }
  }
  sweeping_ = idle_count_ > 0;
  if (sweeping_) loop_.RunAt(now_ns + kSweepNs, [this] { CloseLongIdle(); });
}

}  // namespace narthex
