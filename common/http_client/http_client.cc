#include "common/http_client/http_client.h"

#include <absl/container/flat_hash_set.h>
#include <curl/curl.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>

#include "common/bytes/numbers.h"
#include "common/http_client/curl_multi.h"
#include "common/http_client/curl_tls.h"
#include "common/http_client/proxy_choice.h"
#include "common/http_client/resolver.h"
#include "common/http_client/url_authority.h"

namespace narthex {
namespace {

constexpr int kMaxRedirects = 10;
constexpr long kReceiveBytes = 256L * 1024;  // most bodies in one piece
constexpr size_t kMaxKeptHandles = 64;       // an easy handle takes some 15 kB
constexpr long kIdleConnectionSeconds = 300;
constexpr size_t kMaxSpareBodies = 16;
constexpr size_t kMaxSpareBytes = 1 << 20;

std::string HeaderValue(CURL* easy, const char* name) {
  curl_header* header = nullptr;
  if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return {};
  return header->value;
}

}  // namespace

class HttpClient::Impl {
 public:
  Impl(IoLoop& loop, long max_idle_connections)
      : loop_(loop),
        resolver_(loop),
        multi_(loop, max_idle_connections,
               [this](CURL* easy, CURLcode code) { Finish(easy, code); }) {}

  ~Impl() {
    multi_.BeginClosing();
    for (Transfer* transfer : transfers_) {
      multi_.Remove(transfer->easy);
      Release(transfer);
    }
    for (CURL* easy : kept_) curl_easy_cleanup(easy);
  }

  void Get(HttpGet request, Done done) {
    auto job = std::make_shared<Job>();
    job->deadline_ns = loop_.clock().MonotonicNs() + request.timeout_ms * 1'000'000;
    job->request = std::move(request);
    job->done = std::move(done);
    if (job->request.settings) {
      auto ready = job->request.settings->Get();
      if (!ready.ok()) return Fail(*job, ready.status(), HttpFailure::kSettings);
      job->ready = *std::move(ready);
      if (job->request.settings->tokens()) return AwaitToken(job);
    }
    Resolve(job);
  }

  void Recycle(std::string body) {
    if (spare_bodies_.size() >= kMaxSpareBodies || body.capacity() > kMaxSpareBytes) return;
    body.clear();
    spare_bodies_.push_back(std::move(body));
  }

  size_t in_flight() const { return transfers_.size() + resolving_; }

 private:
  // One Get with the redirects that it meets.
  struct Job {
    HttpGet request;  // its URL is the present one
    Done done;
    std::shared_ptr<const HttpSettings::Ready> ready;  // null without settings
    UrlAuthority authority;                            // of the present URL
    std::optional<UrlAuthority> origin;                // of the first
    std::string token;                                 // header of OAuth 2, empty without
    std::string proxy;                                 // URL; empty for the direct way
    UrlAuthority connect;  // where the connection goes: the proxy's, or the URL's
    int redirects = 0;
    int64_t deadline_ns = 0;
    IoLoop::TimerId timer;
    bool resolved = false;  // or given up
  };

  struct Transfer {
    CURL* easy = nullptr;
    curl_slist* headers = nullptr;
    curl_slist* addresses = nullptr;
    curl_slist* connect_to = nullptr;
    curl_slist* proxy_headers = nullptr;
    std::shared_ptr<Job> job;
    std::string body;
    bool too_large = false;
    bool head_ended = false;  // the blank line behind the headers came
    char error[CURL_ERROR_SIZE] = "";
  };

  static void Fail(const Job& job, Status status, HttpFailure failure) {
    job.done(HttpResult{.status = std::move(status), .failure = failure});
  }

  // Whichever is first: the token or the deadline.
  void AwaitToken(const std::shared_ptr<Job>& job) {
    ++resolving_;
    job->timer = loop_.RunAt(job->deadline_ns, [this, job] {
      if (std::exchange(job->resolved, true)) return;
      --resolving_;
      Fail(*job, Timeout("oauth2: no token in time"), HttpFailure::kSettings);
    });
    const auto send = [this](HttpGet request, Done done) {
      Get(std::move(request), std::move(done));
    };
    job->request.settings->tokens()->Get(
        send, loop_.clock().NowMs(), [this, job](const Result<std::string>& token) {
          if (std::exchange(job->resolved, true)) return;
          --resolving_;
          loop_.Cancel(job->timer);
          if (!token.ok()) return Fail(*job, token.status(), HttpFailure::kSettings);
          job->token = "Authorization: " + *token;
          Resolve(job);
        });
  }

  // Whichever is first: the addresses or the deadline.
  void Resolve(const std::shared_ptr<Job>& job) {
    auto authority = AuthorityOf(job->request.url);
    if (!authority.ok()) return Fail(*job, authority.status(), HttpFailure::kSettings);
    job->authority = *std::move(authority);
    if (!job->origin) job->origin = job->authority;
    if (const Status status = ChooseWay(*job); !status.ok())
      return Fail(*job, status, HttpFailure::kSettings);
    ++resolving_;
    job->resolved = false;
    job->timer = loop_.RunAt(job->deadline_ns, [this, job] {
      if (std::exchange(job->resolved, true)) return;
      --resolving_;
      Fail(*job, Timeout("resolve ", Quote(job->connect.host), ": no answer in time"),
           HttpFailure::kResolve);
    });
    resolver_.Resolve(job->connect.host, [this, job](const Result<Resolver::Addresses>& found) {
      if (std::exchange(job->resolved, true)) return;
      --resolving_;
      loop_.Cancel(job->timer);
      if (!found.ok()) return Fail(*job, found.status(), HttpFailure::kResolve);
      Begin(job, *found);
    });
  }

  // Directly, or by a proxy, which then looks up the URL's host.
  static Status ChooseWay(Job& job) {
    job.connect = job.authority;
    if (!job.ready) return {};
    job.proxy = ProxyFor(job.ready->config.proxy, job.authority);
    if (job.proxy.empty()) return {};
    ASSIGN_OR_RETURN(ProxyAddress proxy, ReadProxy(job.proxy));
    job.proxy = std::move(proxy.url);
    job.connect = std::move(proxy.authority);
    return {};
  }

  void Begin(const std::shared_ptr<Job>& job, const Resolver::Addresses& addresses) {
    auto* transfer = new Transfer;
    transfer->job = job;
    transfer->easy = TakeHandle();
    if (!spare_bodies_.empty()) {
      transfer->body = std::move(spare_bodies_.back());
      spare_bodies_.pop_back();
    }
    for (const std::string& header : job->request.headers) {
      transfer->headers = curl_slist_append(transfer->headers, header.c_str());
    }
    if (addresses.front() != job->connect.host) {
      std::string entry = "+" + job->connect.host + ":" + job->connect.port + ":";
      for (size_t i = 0; i < addresses.size(); ++i) {
        const bool v6 = addresses[i].find(':') != std::string::npos;
        entry += (i == 0 ? "" : ",") + (v6 ? "[" + addresses[i] + "]" : addresses[i]);
      }
      transfer->addresses = curl_slist_append(nullptr, entry.c_str());
    }
    if (job->ready) ApplySettings(*transfer);
    Configure(*transfer);
    transfers_.insert(transfer);
    multi_.Add(transfer->easy);
  }

  // What libcurl does not copy lives in the job, which the transfer keeps.
  static void ApplySettings(Transfer& transfer) {
    const Job& job = *transfer.job;
    const bool trusted = KeepsCredentials(*job.origin, job.authority);
    if (trusted) {
      for (const std::string& header : job.ready->headers)
        transfer.headers = curl_slist_append(transfer.headers, header.c_str());
      if (!job.token.empty())
        transfer.headers = curl_slist_append(transfer.headers, job.token.c_str());
    }
    SetTls(transfer.easy, *job.ready, trusted);
    if (!job.proxy.empty() && job.authority.scheme == "https") {
      for (const auto& [name, values] : job.ready->config.proxy.proxy_connect_header) {
        for (const config::Secret& value : values) {
          const std::string line = name + ": " + value.reveal();
          transfer.proxy_headers = curl_slist_append(transfer.proxy_headers, line.c_str());
        }
      }
    }
    // libcurl asks for and checks the URL's host: so that has to be the name, and the rest to say
    // where it is.
    if (!RenamesHost(job)) return;
    const std::string host = "Host: " + job.authority.HostHeader();
    transfer.headers = curl_slist_append(transfer.headers, host.c_str());
    transfer.connect_to = curl_slist_append(nullptr, ("::" + job.authority.HostAndPort()).c_str());
    curl_easy_setopt(transfer.easy, CURLOPT_CONNECT_TO, transfer.connect_to);
  }

  static bool RenamesHost(const Job& job) {
    return job.ready && job.authority.scheme == "https" &&
           !job.ready->config.tls_config.server_name.empty();
  }

  void Configure(Transfer& transfer) const {
    CURL* easy = transfer.easy;
    const Job& job = *transfer.job;
    const std::string& url = job.request.url;
    const int64_t left_ms = (job.deadline_ns - loop_.clock().MonotonicNs()) / 1'000'000;
    const auto timeout_ms = static_cast<long>(std::max<int64_t>(left_ms, 1));
    if (RenamesHost(job)) {
      const std::string renamed = WithHost(url, job.ready->config.tls_config.server_name);
      curl_easy_setopt(easy, CURLOPT_URL, renamed.c_str());
    } else {
      curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers);
    if (!job.request.form.empty()) {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(job.request.form.size()));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, job.request.form.c_str());
    }
    if (transfer.addresses != nullptr) curl_easy_setopt(easy, CURLOPT_RESOLVE, transfer.addresses);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, job.proxy.c_str());
    if (transfer.proxy_headers != nullptr) {
      curl_easy_setopt(easy, CURLOPT_PROXYHEADER, transfer.proxy_headers);
      curl_easy_setopt(easy, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    }
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kIdleConnectionSeconds);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceiveBytes);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  }

  // libcurl takes an answer that ends among its headers for one without a body.
  static size_t OnHeader(char* data, size_t size, size_t count, void* user) {
    const std::string_view line(data, size * count);
    static_cast<Transfer*>(user)->head_ended = line == "\r\n" || line == "\n";
    return line.size();
  }

  static size_t OnBody(char* data, size_t size, size_t count, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    const size_t bytes = size * count;
    if (transfer.body.empty()) {
      curl_off_t announced = -1;
      curl_easy_getinfo(transfer.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
      const auto limit = static_cast<curl_off_t>(
          std::min<uint64_t>(transfer.job->request.max_body_bytes, 64UL << 20));
      if (announced > 0) transfer.body.reserve(static_cast<size_t>(std::min(announced, limit)));
    }
    transfer.too_large = transfer.body.size() + bytes > transfer.job->request.max_body_bytes;
    if (transfer.too_large) return CURL_WRITEFUNC_ERROR;
    transfer.body.append(data, bytes);
    return bytes;
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
    result.failure = FailureOf(*transfer, code);
    const std::shared_ptr<Job> job = std::move(transfer->job);
    const std::string location = result.status.ok() ? RedirectOf(easy, *job) : std::string();
    multi_.Remove(easy);
    transfers_.erase(transfer);
    Release(transfer);
    if (location.empty()) return job->done(std::move(result));
    Recycle(std::move(result.body));
    if (++job->redirects > kMaxRedirects) {
      return Fail(*job, Unavailable("more than ", std::to_string(kMaxRedirects), " redirects"),
                  HttpFailure::kRedirects);
    }
    job->request.url = location;
    Resolve(job);
  }

  // Where the answer sends us, empty when nowhere, or when that is not followed.
  static std::string RedirectOf(CURL* easy, const Job& job) {
    if (job.ready && !job.ready->config.follow_redirects) return {};
    if (!job.request.form.empty()) return {};
    const char* location = nullptr;
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &location);
    if (location == nullptr) return {};
    if (!RenamesHost(job)) return location;
    // A relative one was completed with the name that stands for the host.
    const auto there = AuthorityOf(location);
    const bool here = there.ok() && there->scheme == "https" && there->port == job.authority.port &&
                      there->host == job.ready->config.tls_config.server_name;
    return here ? WithHost(location, job.authority.host) : location;
  }

  static Status StatusOf(const Transfer& transfer, CURLcode code) {
    if (code == CURLE_OK) {
      return transfer.head_ended ? Status() : Unavailable("the answer ends among its headers");
    }
    if (transfer.too_large) {
      return LimitReached("body exceeds ", std::to_string(transfer.job->request.max_body_bytes),
                          " bytes");
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
      return Timeout("no complete answer within ", std::to_string(transfer.job->request.timeout_ms),
                     " ms");
    }
    long os_error = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_OS_ERRNO, &os_error);
    if (code == CURLE_COULDNT_CONNECT && os_error != 0)
      return ErrnoStatus("connect", static_cast<int>(os_error));
    return Unavailable(transfer.error[0] != '\0' ? transfer.error : curl_easy_strerror(code));
  }

  static HttpFailure FailureOf(const Transfer& transfer, CURLcode code) {
    if (code == CURLE_OK) return transfer.head_ended ? HttpFailure::kNone : HttpFailure::kProtocol;
    if (transfer.too_large) return HttpFailure::kTooLarge;
    switch (code) {
      case CURLE_OPERATION_TIMEDOUT:
        return HttpFailure::kTimeout;
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_RESOLVE_PROXY:
        return HttpFailure::kResolve;
      case CURLE_COULDNT_CONNECT:
        return HttpFailure::kConnect;
      case CURLE_SSL_CONNECT_ERROR:
      case CURLE_SSL_CERTPROBLEM:
      case CURLE_SSL_CIPHER:
      case CURLE_SSL_CACERT_BADFILE:
      case CURLE_SSL_ISSUER_ERROR:
      case CURLE_SSL_INVALIDCERTSTATUS:
      case CURLE_PEER_FAILED_VERIFICATION:
        return HttpFailure::kTls;
      default:
        return HttpFailure::kProtocol;
    }
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
    curl_slist_free_all(transfer->connect_to);
    curl_slist_free_all(transfer->proxy_headers);
    delete transfer;
  }

  IoLoop& loop_;
  Resolver resolver_;
  CurlMulti multi_;
  size_t resolving_ = 0;
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
