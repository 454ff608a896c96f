#include "common/http_client/http_client.h"

#include <absl/container/flat_hash_set.h>
#include <curl/curl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>

#include "common/bytes/numbers.h"
#include "common/http_client/resolver.h"

namespace narthex {
namespace {

constexpr long kMaxRedirects = 10;
constexpr long kReceiveBytes = 256L * 1024;  // most bodies in one piece
constexpr size_t kMaxKeptHandles = 64;       // an easy handle takes some 15 kB
constexpr long kIdleConnectionSeconds = 300;
constexpr size_t kMaxSpareBodies = 16;
constexpr size_t kMaxSpareBytes = 1 << 20;

// Host and port of a URL, as libcurl reads it.
struct Authority {
  std::string host;
  std::string port;
};

Result<Authority> AuthorityOf(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return InvalidArgument("not a URL: ", Quote(url));
  }
  const auto part = [&](CURLUPart which, unsigned flags) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, flags) != CURLUE_OK) return std::string();
    std::string copy = text;
    curl_free(text);
    return copy;
  };
  Authority authority{part(CURLUPART_HOST, 0), part(CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  if (authority.host.empty()) return InvalidArgument("URL without host: ", Quote(url));
  if (authority.host.front() == '[')
    authority.host = authority.host.substr(1, authority.host.size() - 2);
  return authority;
}

std::string HeaderValue(CURL* easy, const char* name) {
  curl_header* header = nullptr;
  if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return {};
  return header->value;
}

}  // namespace

class HttpClient::Impl {
 public:
  Impl(IoLoop& loop, long max_idle_connections) : loop_(loop), resolver_(loop) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_ = curl_multi_init();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, max_idle_connections);
  }

  ~Impl() {
    closing_ = true;
    for (Transfer* transfer : transfers_) {
      curl_multi_remove_handle(multi_, transfer->easy);
      Release(transfer);
    }
    for (CURL* easy : kept_) curl_easy_cleanup(easy);
    curl_multi_cleanup(multi_);
    curl_global_cleanup();
  }

  void Get(HttpGet request, Done done) {
    auto authority = AuthorityOf(request.url);
    if (!authority.ok()) return done(HttpResult{.status = authority.status()});
    ++resolving_;
    const int64_t started_ns = loop_.clock().MonotonicNs();
    const std::string host = authority->host;
    auto shared = std::make_shared<Pending>(
        Pending{std::move(request), std::move(done), *std::move(authority)});
    // Whichever is first: the addresses or the deadline.
    shared->deadline =
        loop_.RunAt(started_ns + shared->request.timeout_ms * 1'000'000, [this, shared] {
          if (std::exchange(shared->ended, true)) return;
          --resolving_;
          shared->done(HttpResult{
              .status = Timeout("resolve ", Quote(shared->authority.host), ": no answer in time")});
        });
    resolver_.Resolve(
        host, [this, shared, started_ns](const Result<Resolver::Addresses>& addresses) {
          if (std::exchange(shared->ended, true)) return;
          --resolving_;
          loop_.Cancel(shared->deadline);
          if (!addresses.ok()) return shared->done(HttpResult{.status = addresses.status()});
          shared->request.timeout_ms -= (loop_.clock().MonotonicNs() - started_ns) / 1'000'000;
          Begin(*shared, *addresses);
        });
  }

  void Recycle(std::string body) {
    if (spare_bodies_.size() >= kMaxSpareBodies || body.capacity() > kMaxSpareBytes) return;
    body.clear();
    spare_bodies_.push_back(std::move(body));
  }

  size_t in_flight() const { return transfers_.size() + resolving_; }

 private:
  struct Pending {
    HttpGet request;
    Done done;
    Authority authority;
    IoLoop::TimerId deadline;
    bool ended = false;
  };

  struct Transfer {
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    curl_slist* addresses = nullptr;
    HttpGet request;
    Done done;
    std::string body;
    bool too_large = false;
  };

  void Begin(Pending& pending, const Resolver::Addresses& addresses) {
    auto* transfer = new Transfer;
    transfer->request = std::move(pending.request);
    transfer->done = std::move(pending.done);
    transfer->easy = TakeHandle();
    if (!spare_bodies_.empty()) {
      transfer->body = std::move(spare_bodies_.back());
      spare_bodies_.pop_back();
    }
    for (const std::string& header : transfer->request.headers) {
      transfer->headers = curl_slist_append(transfer->headers, header.c_str());
    }
    if (addresses.front() != pending.authority.host) {
      std::string entry = "+" + pending.authority.host + ":" + pending.authority.port + ":";
      for (size_t i = 0; i < addresses.size(); ++i) {
        const bool v6 = addresses[i].find(':') != std::string::npos;
        entry += (i == 0 ? "" : ",") + (v6 ? "[" + addresses[i] + "]" : addresses[i]);
      }
      transfer->addresses = curl_slist_append(nullptr, entry.c_str());
    }
    Configure(*transfer);
    transfers_.insert(transfer);
    curl_multi_add_handle(multi_, transfer->easy);
  }

  static void Configure(Transfer& transfer) {
    CURL* easy = transfer.easy;
    const HttpGet& request = transfer.request;
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers);
    if (transfer.addresses != nullptr) curl_easy_setopt(easy, CURLOPT_RESOLVE, transfer.addresses);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(std::max<int64_t>(request.timeout_ms, 1)));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::max<int64_t>(request.timeout_ms, 1)));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, request.follow_redirects ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, kMaxRedirects);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kIdleConnectionSeconds);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceiveBytes);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  }

  static size_t OnBody(char* data, size_t size, size_t count, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    const size_t bytes = size * count;
    if (transfer.body.empty()) {
      curl_off_t announced = -1;
      curl_easy_getinfo(transfer.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
      const auto limit =
          static_cast<curl_off_t>(std::min<uint64_t>(transfer.request.max_body_bytes, 64UL << 20));
      if (announced > 0) transfer.body.reserve(static_cast<size_t>(std::min(announced, limit)));
    }
    transfer.too_large = transfer.body.size() + bytes > transfer.request.max_body_bytes;
    if (transfer.too_large) return CURL_WRITEFUNC_ERROR;
    transfer.body.append(data, bytes);
    return bytes;
  }

  static int OnSocket(CURL* /*easy*/, curl_socket_t fd, int what, void* user,
                      void* /*socket_data*/) {
    auto* self = static_cast<Impl*>(user);
    if (self->closing_) return 0;
    if (what == CURL_POLL_REMOVE) {
      self->loop_.Unwatch(fd);
      return 0;
    }
    const uint32_t events =
        ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
    self->loop_.Watch(fd, events, [self, fd](uint32_t ready) {
      const int mask = ((ready & (EPOLLIN | EPOLLHUP)) != 0 ? CURL_CSELECT_IN : 0) |
                       ((ready & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                       ((ready & EPOLLERR) != 0 ? CURL_CSELECT_ERR : 0);
      self->Act(fd, mask);
    });
    return 0;
  }

  static int OnTimer(CURLM* /*multi*/, long timeout_ms, void* user) {
    auto* self = static_cast<Impl*>(user);
    if (self->closing_) return 0;
    self->loop_.Cancel(self->timer_);
    if (timeout_ms < 0) return 0;
    const int64_t at_ns =
        self->loop_.clock().MonotonicNs() + static_cast<int64_t>(timeout_ms) * 1'000'000;
    self->timer_ = self->loop_.RunAt(at_ns, [self] { self->Act(CURL_SOCKET_TIMEOUT, 0); });
    return 0;
  }

  void Act(curl_socket_t fd, int mask) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, mask, &running);
    int queued = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
      if (message->msg == CURLMSG_DONE) Finish(message->easy_handle, message->data.result);
    }
  }

  void Finish(CURL* easy, CURLcode code) {
    Transfer* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    HttpResult result;
    long http_status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http_status);
    result.http_status = static_cast<int>(http_status);
    result.content_type = HeaderValue(easy, "Content-Type");
    result.content_encoding = HeaderValue(easy, "Content-Encoding");
    result.body = std::move(transfer->body);
    result.status = StatusOf(*transfer, code);
    curl_multi_remove_handle(multi_, easy);
    transfers_.erase(transfer);
    const Done done = std::move(transfer->done);
    Release(transfer);
    done(std::move(result));
  }

  static Status StatusOf(const Transfer& transfer, CURLcode code) {
    if (code == CURLE_OK) return {};
    if (transfer.too_large) {
      return LimitReached("body exceeds ", std::to_string(transfer.request.max_body_bytes),
                          " bytes");
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
      return Timeout("no complete answer within ", std::to_string(transfer.request.timeout_ms),
                     " ms");
    }
    long os_error = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_OS_ERRNO, &os_error);
    if (code == CURLE_COULDNT_CONNECT && os_error != 0)
      return ErrnoStatus("connect", static_cast<int>(os_error));
    return Unavailable(curl_easy_strerror(code));
  }

  CURL* TakeHandle() {
    if (kept_.empty()) return curl_easy_init();
    CURL* easy = kept_.back();
    kept_.pop_back();
    return easy;
  }

  void Release(Transfer* transfer) {
    if (kept_.size() < kMaxKeptHandles) {
      curl_easy_reset(transfer->easy);
      kept_.push_back(transfer->easy);
    } else {
      curl_easy_cleanup(transfer->easy);
    }
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->addresses);
    delete transfer;
  }

  IoLoop& loop_;
  Resolver resolver_;
  CURLM* multi_ = nullptr;
  bool closing_ = false;
  size_t resolving_ = 0;
  IoLoop::TimerId timer_{-1, 0};
  absl::flat_hash_set<Transfer*> transfers_;
  std::vector<CURL*> kept_;
  std::vector<std::string> spare_bodies_;
};

HttpClient::HttpClient(IoLoop& loop, long max_idle_connections)
    : impl_(std::make_unique<Impl>(loop, max_idle_connections)) {}
HttpClient::~HttpClient() = default;

void HttpClient::Get(HttpGet request, Done done) {
  impl_->Get(std::move(request), std::move(done));
}
void HttpClient::Recycle(std::string body) { impl_->Recycle(std::move(body)); }
size_t HttpClient::in_flight() const { return impl_->in_flight(); }

}  // namespace narthex
