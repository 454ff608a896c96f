#include "common/http_client/http_client.h"

#include "common/http_client/curl_transfers.h"
#include "common/http_client/http_job.h"
#include "common/http_client/plain_transfers.h"
#include "common/http_client/proxy_choice.h"
#include "common/http_client/resolver.h"
#include "common/http_client/url_authority.h"

namespace narthex {
namespace {

constexpr int kMaxRedirects = 10;
constexpr size_t kMaxSpareBodies = 16;
constexpr size_t kMaxSpareBytes = 1 << 20;

}  // namespace

class HttpClient::Impl {
 public:
  Impl(IoLoop& loop, long max_idle_connections)
      : loop_(loop),
        resolver_(loop),
        plain_(loop, static_cast<size_t>(max_idle_connections), Ended()),
        curl_(loop, max_idle_connections, Ended()) {}

  void Get(HttpGet request, Done done) {
    auto job = std::make_shared<HttpJob>();
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

  size_t in_flight() const { return plain_.in_flight() + curl_.in_flight() + resolving_; }

 private:
  TransferEnded Ended() {
    return [this](const std::shared_ptr<HttpJob>& job, HttpResult result, std::string location) {
      End(job, std::move(result), std::move(location));
    };
  }

  static void Fail(const HttpJob& job, Status status, HttpFailure failure) {
    job.done(HttpResult{.status = std::move(status), .failure = failure});
  }

  // Whichever is first: the token or the deadline.
  void AwaitToken(const std::shared_ptr<HttpJob>& job) {
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
  void Resolve(const std::shared_ptr<HttpJob>& job) {
    auto authority = AuthorityOf(job->request.url);
    if (!authority.ok()) return Fail(*job, authority.status(), HttpFailure::kSettings);
    job->authority = *std::move(authority);
    if (!job->origin) job->origin = job->authority;
    if (const Status status = ChooseWay(*job); !status.ok())
      return Fail(*job, status, HttpFailure::kSettings);
    ++resolving_;
    job->resolved = false;
    resolver_.Resolve(job->connect.host, [this, job](const Result<Resolver::Addresses>& found) {
      if (std::exchange(job->resolved, true)) return;
      --resolving_;
      loop_.Cancel(job->timer);
      if (!found.ok()) return Fail(*job, found.status(), HttpFailure::kResolve);
      Begin(job, *found);
    });
    if (job->resolved) return;  // at once: what follows comes from the loop
    job->timer = loop_.RunAt(job->deadline_ns, [this, job] {
      if (std::exchange(job->resolved, true)) return;
      --resolving_;
      Fail(*job, Timeout("resolve ", Quote(job->connect.host), ": no answer in time"),
           HttpFailure::kResolve);
    });
  }

  // Directly, or by a proxy, which then looks up the URL's host.
  static Status ChooseWay(HttpJob& job) {
    job.connect = job.authority;
    if (!job.ready) return {};
    job.proxy = ProxyFor(job.ready->config.proxy, job.authority);
    if (job.proxy.empty()) return {};
    ASSIGN_OR_RETURN(ProxyAddress proxy, ReadProxy(job.proxy));
    job.proxy = std::move(proxy.url);
    job.connect = std::move(proxy.authority);
    return {};
  }

  void Begin(const std::shared_ptr<HttpJob>& job, const Resolver::Addresses& addresses) {
    std::string body;
    if (!spare_bodies_.empty()) {
      body = std::move(spare_bodies_.back());
      spare_bodies_.pop_back();
    }
    if (plain_.Begin(job, addresses, body)) return;
    curl_.Begin(job, addresses, std::move(body));
  }

  void End(const std::shared_ptr<HttpJob>& job, HttpResult result, std::string location) {
    if (location.empty()) return job->done(std::move(result));
    Recycle(std::move(result.body));
    if (++job->redirects > kMaxRedirects) {
      return Fail(*job, Unavailable("more than ", std::to_string(kMaxRedirects), " redirects"),
                  HttpFailure::kRedirects);
    }
    job->request.url = std::move(location);
    Resolve(job);
  }

  IoLoop& loop_;
  Resolver resolver_;
  PlainTransfers plain_;
  CurlTransfers curl_;
  size_t resolving_ = 0;
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
