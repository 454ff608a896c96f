#include "common/http_client/resolver.h"

#include <absl/container/flat_hash_map.h>
#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cassert>

#include "common/http_client/dns_records.h"

namespace narthex {
namespace {

constexpr size_t kMaxCached = 20'000;
constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kMinTtlSeconds = 5;
constexpr int64_t kMaxTtlSeconds = 300;
constexpr int64_t kTickNs = kNsPerSecond / 10;  // how often timeouts of lookups are looked after

bool IsNumeric(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

// Such names are this machine's and are not asked for on the network (RFC 6761, 6.3).
bool IsLocalhost(std::string_view host) {
  constexpr std::string_view kLocal = "localhost";
  return host == kLocal || host.ends_with(".localhost");
}

std::string ToText(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address->sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text,
                sizeof text);
  } else {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text,
                sizeof text);
  }
  return text;
}

}  // namespace

class Resolver::Impl {
 public:
  explicit Impl(IoLoop& loop) : loop_(loop) {
    [[maybe_unused]] const int library = ares_library_init(ARES_LIB_INIT_ALL);
    assert(library == ARES_SUCCESS);
    ares_options options{};
    options.sock_state_cb = OnSocketState;
    options.sock_state_cb_data = this;
    options.timeout = 2000;
    options.tries = 2;
    usable_ = ares_init_options(&channel_, &options,
                                ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) ==
              ARES_SUCCESS;
  }

  ~Impl() {
    closing_ = true;
    if (usable_) ares_destroy(channel_);
    ares_library_cleanup();
  }

  void Resolve(const std::string& host, Done done) {
    if (IsNumeric(host)) return done(Addresses{host});
    if (IsLocalhost(host)) return done(Addresses{"127.0.0.1", "::1"});
    if (!usable_)
      return done(Unavailable("resolve ", Quote(host), ": resolver could not be set up"));
    const auto cached = cache_.find(host);
    if (cached != cache_.end() && cached->second.expires_ns > loop_.clock().MonotonicNs()) {
      return done(cached->second.addresses);
    }
    auto& waiting = waiting_[host];
    waiting.push_back(std::move(done));
    if (waiting.size() > 1) return;  // the lookup under way answers all
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, OnAnswer, new Lookup{this, host});
    Tick();
  }

  void Query(const std::string& name, DnsType type, RecordsDone done) {
    if (!usable_)
      return done(Unavailable("look up ", Quote(name), ": resolver could not be set up"));
    ++queries_;
    ares_search(channel_, name.c_str(), ns_c_in, NumberOf(type), OnRecords,
                new RecordsQuery{this, name, type, std::move(done)});
    Tick();
  }

 private:
  struct Lookup {
    Impl* self;
    std::string host;
  };
  struct Cached {
    Addresses addresses;
    int64_t expires_ns = 0;
  };

  struct RecordsQuery {
    Impl* self;
    std::string name;
    DnsType type;
    RecordsDone done;
  };

  static void OnRecords(void* data, int status, int /*timeouts*/, unsigned char* answer, int size) {
    const std::unique_ptr<RecordsQuery> query(static_cast<RecordsQuery*>(data));
    if (query->self->closing_) return;
    --query->self->queries_;
    if (status == ARES_ENOTFOUND || status == ARES_ENODATA) return query->done(Records{});
    if (status != ARES_SUCCESS)
      return query->done(Unavailable("look up ", Quote(query->name), ": ", ares_strerror(status)));
    query->done(ParseDnsAnswer(answer, size, query->type));
  }

  static void OnSocketState(void* data, ares_socket_t fd, int readable, int writable) {
    auto* self = static_cast<Impl*>(data);
    if (readable == 0 && writable == 0) return self->loop_.Unwatch(fd);
    const uint32_t events = (readable != 0 ? EPOLLIN : 0U) | (writable != 0 ? EPOLLOUT : 0U);
    self->loop_.Watch(fd, events, [self, fd](uint32_t ready) {
      const bool failed = (ready & (EPOLLERR | EPOLLHUP)) != 0;
      ares_process_fd(self->channel_, failed || (ready & EPOLLIN) != 0 ? fd : ARES_SOCKET_BAD,
                      (ready & EPOLLOUT) != 0 ? fd : ARES_SOCKET_BAD);
    });
  }

  static void OnAnswer(void* data, int status, int /*timeouts*/, ares_addrinfo* answer) {
    const std::unique_ptr<Lookup> lookup(static_cast<Lookup*>(data));
    const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned(answer,
                                                                             ares_freeaddrinfo);
    if (!lookup->self->closing_) lookup->self->Answer(lookup->host, status, answer);
  }

  void Answer(const std::string& host, int status, const ares_addrinfo* answer) {
    Addresses addresses;
    int64_t ttl_seconds = kMaxTtlSeconds;
    for (const ares_addrinfo_node* node = answer != nullptr ? answer->nodes : nullptr;
         node != nullptr; node = node->ai_next) {
      addresses.push_back(ToText(node->ai_addr));
      ttl_seconds = std::min<int64_t>(ttl_seconds, node->ai_ttl);
    }
    Result<Addresses> result =
        Unavailable("resolve ", Quote(host), ": ",
                    status == ARES_SUCCESS ? "no address" : ares_strerror(status));
    if (!addresses.empty()) {
      ttl_seconds = std::max(ttl_seconds, kMinTtlSeconds);
      Remember(host, {addresses, loop_.clock().MonotonicNs() + ttl_seconds * kNsPerSecond});
      result = std::move(addresses);
    }
    const auto waiting = waiting_.extract(host);
    if (waiting.empty()) return;
    for (const Done& done : waiting.mapped()) done(result);
  }

  void Remember(const std::string& host, Cached entry) {
    if (cache_.size() >= kMaxCached) {
      const int64_t now_ns = loop_.clock().MonotonicNs();
      absl::erase_if(cache_,
                     [now_ns](const auto& cached) { return cached.second.expires_ns <= now_ns; });
      if (cache_.size() >= kMaxCached) cache_.clear();
    }
    cache_[host] = std::move(entry);
  }

  // While lookups are under way, lets c-ares see that time passes.
  void Tick() {
    if (ticking_) return;
    ticking_ = true;
    loop_.RunAt(loop_.clock().MonotonicNs() + kTickNs, [this] {
      ticking_ = false;
      ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      if (!waiting_.empty() || queries_ > 0) Tick();
    });
  }

  IoLoop& loop_;
  ares_channel channel_ = nullptr;
  bool usable_ = false;
  bool closing_ = false;
  bool ticking_ = false;
  size_t queries_ = 0;  // for records, under way
  absl::flat_hash_map<std::string, Cached> cache_;
  absl::flat_hash_map<std::string, std::vector<Done>> waiting_;
};

Resolver::Resolver(IoLoop& loop) : impl_(std::make_unique<Impl>(loop)) {}
Resolver::~Resolver() = default;

void Resolver::Resolve(const std::string& host, Done done) {
  impl_->Resolve(host, std::move(done));
}

void Resolver::Query(const std::string& name, DnsType type, RecordsDone done) {
  impl_->Query(name, type, std::move(done));
}

}  // namespace narthex
