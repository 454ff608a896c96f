#include "common/http_client/curl_transfers.h"

#include <curl/curl.h>

#include <algorithm>

#include "common/http_client/curl_tls.h"

namespace narthex {
namespace {

constexpr long kReceiveBytes = 256L * 1024;  // most bodies in one piece
constexpr size_t kMaxKeptHandles = 64;       // an easy handle takes some 15 kB
constexpr long kIdleConnectionSeconds = 300;

std::string HeaderValue(CURL* easy, const char* name) {
  curl_header* header = nullptr;
  if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return {};
  return header->value;
}

bool RenamesHost(const HttpJob& job) {
  return job.ready && job.authority.scheme == "https" &&
         !job.ready->config.tls_config.server_name.empty();
}

}  // namespace

struct CurlTransfers::Transfer {
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  curl_slist* addresses = nullptr;
  curl_slist* connect_to = nullptr;
  curl_slist* proxy_headers = nullptr;
  std::shared_ptr<HttpJob> job;
  std::string body;
  bool too_large = false;
  bool head_ended = false;  // the blank line behind the headers came
  char error[CURL_ERROR_SIZE] = "";

  ~Transfer() {
    curl_slist_free_all(headers);
    curl_slist_free_all(addresses);
    curl_slist_free_all(connect_to);
    curl_slist_free_all(proxy_headers);
  }

  void ApplyAddresses(const Resolver::Addresses& found);
  void ApplySettings();
  static size_t OnHeader(char* data, size_t size, size_t count, void* user);
  static size_t OnBody(char* data, size_t size, size_t count, void* user);
  Status StatusOf(CURLcode code) const;
  HttpFailure FailureOf(CURLcode code) const;
  std::string RedirectOf() const;
};

void CurlTransfers::Transfer::ApplyAddresses(const Resolver::Addresses& found) {
  if (found.front() == job->connect.host) return;
  std::string entry = "+" + job->connect.host + ":" + job->connect.port + ":";
  for (size_t i = 0; i < found.size(); ++i) {
    const bool v6 = found[i].find(':') != std::string::npos;
    entry += (i == 0 ? "" : ",") + (v6 ? "[" + found[i] + "]" : found[i]);
  }
  addresses = curl_slist_append(nullptr, entry.c_str());
}

// What libcurl does not copy lives in the job, which the transfer keeps.
void CurlTransfers::Transfer::ApplySettings() {
  const bool trusted = job->trusted();
  if (trusted) {
    for (const std::string& header : job->ready->headers)
      headers = curl_slist_append(headers, header.c_str());
    if (!job->token.empty()) headers = curl_slist_append(headers, job->token.c_str());
  }
  SetTls(easy, *job->ready, trusted);
  if (!job->proxy.empty() && job->authority.scheme == "https") {
    for (const auto& [name, values] : job->ready->config.proxy.proxy_connect_header) {
      for (const config::Secret& value : values) {
        const std::string line = name + ": " + value.reveal();
        proxy_headers = curl_slist_append(proxy_headers, line.c_str());
      }
    }
  }
  // libcurl asks for and checks the URL's host: so that has to be the name, and the rest to say
  // where it is.
  if (!RenamesHost(*job)) return;
  const std::string host = "Host: " + job->authority.HostHeader();
  headers = curl_slist_append(headers, host.c_str());
  connect_to = curl_slist_append(nullptr, ("::" + job->authority.HostAndPort()).c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to);
}

// libcurl takes an answer that ends among its headers for one without a body.
size_t CurlTransfers::Transfer::OnHeader(char* data, size_t size, size_t count, void* user) {
  const std::string_view line(data, size * count);
  static_cast<Transfer*>(user)->head_ended = line == "\r\n" || line == "\n";
  return line.size();
}

size_t CurlTransfers::Transfer::OnBody(char* data, size_t size, size_t count, void* user) {
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

// Where the answer sends us, empty when nowhere, or when that is not followed.
std::string CurlTransfers::Transfer::RedirectOf() const {
  if (!job->follows_redirects()) return {};
  const char* location = nullptr;
  curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &location);
  if (location == nullptr) return {};
  if (!RenamesHost(*job)) return location;
  // A relative one was completed with the name that stands for the host.
  const auto there = AuthorityOf(location);
  const bool here = there.ok() && there->scheme == "https" && there->port == job->authority.port &&
                    there->host == job->ready->config.tls_config.server_name;
  return here ? WithHost(location, job->authority.host) : location;
}

Status CurlTransfers::Transfer::StatusOf(CURLcode code) const {
  if (code == CURLE_OK) {
    return head_ended ? Status() : Unavailable("the answer ends among its headers");
  }
  if (too_large) return job->TooLarge();
  if (code == CURLE_OPERATION_TIMEDOUT) return job->TooLate();
  long os_error = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
  if (code == CURLE_COULDNT_CONNECT && os_error != 0)
    return ErrnoStatus("connect", static_cast<int>(os_error));
  return Unavailable(error[0] != '\0' ? error : curl_easy_strerror(code));
}

HttpFailure CurlTransfers::Transfer::FailureOf(CURLcode code) const {
  if (code == CURLE_OK) return head_ended ? HttpFailure::kNone : HttpFailure::kProtocol;
  if (too_large) return HttpFailure::kTooLarge;
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

CurlTransfers::CurlTransfers(IoLoop& loop, long max_idle_connections, TransferEnded ended)
    : loop_(loop),
      ended_(std::move(ended)),
      multi_(loop, max_idle_connections,
             [this](CURL* easy, CURLcode code) { Finish(easy, code); }) {}

CurlTransfers::~CurlTransfers() {
  multi_.BeginClosing();
  for (Transfer* transfer : transfers_) {
    multi_.Remove(transfer->easy);
    Release(transfer);
  }
  for (CURL* easy : kept_) curl_easy_cleanup(easy);
}

void CurlTransfers::Begin(const std::shared_ptr<HttpJob>& job, const Resolver::Addresses& addresses,
                          std::string body) {
  auto* transfer = new Transfer;
  transfer->job = job;
  transfer->easy = TakeHandle();
  transfer->body = std::move(body);
  for (const std::string& header : job->request.headers)
    transfer->headers = curl_slist_append(transfer->headers, header.c_str());
  transfer->ApplyAddresses(addresses);
  if (job->ready) transfer->ApplySettings();
  Configure(*transfer);
  transfers_.insert(transfer);
  multi_.Add(transfer->easy);
}

void CurlTransfers::Configure(Transfer& transfer) const {
  CURL* easy = transfer.easy;
  const HttpJob& job = *transfer.job;
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
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, Transfer::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Transfer::OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
}

void CurlTransfers::Finish(CURL* easy, CURLcode code) {
  Transfer* transfer = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
  HttpResult result;
  long http_status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http_status);
  result.http_status = static_cast<int>(http_status);
  result.content_type = HeaderValue(easy, "Content-Type");
  result.content_encoding = HeaderValue(easy, "Content-Encoding");
  result.body = std::move(transfer->body);
  result.status = transfer->StatusOf(code);
  result.failure = transfer->FailureOf(code);
  std::string location = result.status.ok() ? transfer->RedirectOf() : std::string();
  const std::shared_ptr<HttpJob> job = std::move(transfer->job);
  multi_.Remove(easy);
  transfers_.erase(transfer);
  Release(transfer);
  ended_(job, std::move(result), std::move(location));
}

CURL* CurlTransfers::TakeHandle() {
  if (kept_.empty()) return curl_easy_init();
  CURL* easy = kept_.back();
  kept_.pop_back();
  return easy;
}

void CurlTransfers::Release(Transfer* transfer) {
  if (kept_.size() < kMaxKeptHandles) {
    curl_easy_reset(transfer->easy);
    kept_.push_back(transfer->easy);
  } else {
    curl_easy_cleanup(transfer->easy);
  }
  delete transfer;
}

}  // namespace narthex
