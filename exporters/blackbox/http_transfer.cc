#include "exporters/blackbox/http_transfer.h"

#include <curl/curl.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>

#include "common/bytes/ignore_case.h"
#include "common/bytes/trim.h"
#include "exporters/blackbox/transfer_loop.h"

namespace narthex::blackbox {
namespace {

constexpr size_t kMaxHeaderBytes = 1 << 20;
constexpr long kReceiveBytes = 4L * 1024;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

List ListOf(const std::vector<std::string>& lines) {
  List list;
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) break;
    (void)list.release();
    list.reset(longer);
  }
  return list;
}

// What callbacks of libcurl and OpenSSL fill.
struct State {
  const HttpTransferRequest& request;
  HttpTransferAnswer& answer;
  bool head_ended = false;
  bool body_refused = false;
  bool shakes_hands = false;  // for TLS, at present
  size_t header_bytes = 0;
  int contexts_to_skip = 0;  // that of an HTTPS proxy comes first
};

int StateIndex() {
  static const int kIndex = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

void OnSslInfo(const SSL* session, int where, int /*value*/) {
  auto* state = static_cast<State*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), StateIndex()));
  if (state == nullptr) return;
  if ((where & SSL_CB_HANDSHAKE_START) != 0) state->shakes_hands = true;
  if ((where & SSL_CB_HANDSHAKE_DONE) == 0) return;
  state->shakes_hands = false;
  state->answer.tls = DetailsOf(const_cast<SSL*>(session));
}

CURLcode OnSslContext(CURL* /*easy*/, void* context, void* user) {
  auto& state = *static_cast<State*>(user);
  if (state.contexts_to_skip > 0) {
    --state.contexts_to_skip;
    return CURLE_OK;
  }
  auto* ssl_context = static_cast<SSL_CTX*>(context);
  state.request.tls->ApplyTo(ssl_context, state.request.tls_name, state.request.trusted);
  SSL_CTX_set_ex_data(ssl_context, StateIndex(), &state);
  SSL_CTX_set_info_callback(ssl_context, OnSslInfo);
  return CURLE_OK;
}

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto& state = *static_cast<State*>(user);
  const std::string_view line(data, size * count);
  state.header_bytes += line.size();
  if (state.header_bytes > kMaxHeaderBytes) return 0;
  if (line.starts_with("HTTP/")) {  // another head follows an interim one
    state.answer.headers.clear();
    state.head_ended = false;
    return line.size();
  }
  if (line == "\r\n" || line == "\n") {
    state.head_ended = true;
    return line.size();
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.remove_suffix(1);
  auto& list = state.head_ended ? state.answer.trailers : state.answer.headers;
  list.emplace_back(line.substr(0, colon), TrimBlanks(value));
  return line.size();
}

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  auto& state = *static_cast<State*>(user);
  if (state.request.on_body && !state.request.on_body({data, size * count})) {
    state.body_refused = true;
    return CURL_WRITEFUNC_ERROR;
  }
  return size * count;
}

double Seconds(CURL* easy, CURLINFO info) {
  curl_off_t us = 0;
  curl_easy_getinfo(easy, info, &us);
  return static_cast<double>(us) / 1e6;
}

std::string VersionText(CURL* easy) {
  long version = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
  switch (version) {
    case CURL_HTTP_VERSION_1_0:
      return "HTTP/1.0";
    case CURL_HTTP_VERSION_1_1:
      return "HTTP/1.1";
    case CURL_HTTP_VERSION_2_0:
      return "HTTP/2.0";
    default:
      return "unknown";
  }
}

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string UrlPart(const Url& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

}  // namespace

class HttpTransfers::Impl {
 public:
  Impl() : easy_(curl_easy_init()) {}
  ~Impl() { curl_easy_cleanup(easy_); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  HttpTransferAnswer Run(const HttpTransferRequest& request, const Deadline& deadline) {
    HttpTransferAnswer answer;
    State state{request, answer};
    curl_easy_reset(easy_);
    error_[0] = '\0';
    const List headers = ListOf(request.headers);
    const List connect_to = ListOf({"::" + request.connect_to});
    const List names = ListOf({"+" + request.proxy_host_entry});
    const List proxy_headers = ListOf(request.proxy_headers);
    Configure(request, state);
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers.get());
    if (!request.connect_to.empty()) curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, connect_to.get());
    if (!request.proxy_host_entry.empty()) curl_easy_setopt(easy_, CURLOPT_RESOLVE, names.get());
    if (proxy_headers) {
      curl_easy_setopt(easy_, CURLOPT_PROXYHEADER, proxy_headers.get());
      curl_easy_setopt(easy_, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    }
    Drive(deadline, state);
    return answer;
  }

 private:
  void Configure(const HttpTransferRequest& request, State& state) {
    curl_easy_setopt(easy_, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_.data());
    curl_easy_setopt(easy_, CURLOPT_COOKIEFILE, "");  // keeps them, in memory
    // libcurl cannot tell connections of different trust apart: what one is verified by is set in a
    // callback.
    curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy_, CURLOPT_BUFFERSIZE, kReceiveBytes);
    curl_easy_setopt(easy_, CURLOPT_PROXY, request.proxy.c_str());
    curl_easy_setopt(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, OnHeader);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, &state);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, OnBody);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &state);
    constexpr long kVersions[] = {CURL_HTTP_VERSION_1_1, CURL_HTTP_VERSION_2TLS,
                                  CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE};
    curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, kVersions[static_cast<size_t>(request.versions)]);
    ConfigureMethod(request);
    if (request.tls) ConfigureTls(request, state);
  }

  void ConfigureMethod(const HttpTransferRequest& request) {
    const std::string& method = request.method;
    const bool sends = request.has_body || method == "POST" || method == "PUT" || method == "PATCH";
    if (method == "HEAD" && !sends) {
      curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
      return;
    }
    if (sends) {
      curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
  }

  // Roots, versions, certificates and the check of the name are set in the callback.
  void ConfigureTls(const HttpTransferRequest& request, State& state) {
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, request.tls->verifies() ? 1L : 0L);
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(easy_, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy_, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    // It would keep the roots that the callback set for one module, and trust them for the next.
    curl_easy_setopt(easy_, CURLOPT_CA_CACHE_TIMEOUT, 0L);
    curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, OnSslContext);
    curl_easy_setopt(easy_, CURLOPT_SSL_CTX_DATA, &state);
    state.contexts_to_skip = StartsIgnoringCase(request.proxy, "https:") ? 1 : 0;
  }

  void Drive(const Deadline& deadline, State& state) {
    curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(std::max<int64_t>(deadline.LeftMs(), 1)));
    const Result<CURLcode> code = TransferLoop::OfThisThread().Run(easy_, deadline);
    Status waited = code.status();
    if (code.ok() && *code == CURLE_OPERATION_TIMEDOUT)
      waited = Timeout("the time for the probe is over");
    Finish(code.ok() ? *code : CURLE_ABORTED_BY_CALLBACK, waited, state);
  }

  void Finish(CURLcode code, const Status& waited, State& state) {
    HttpTransferAnswer& answer = state.answer;
    long http_status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &http_status);
    answer.has_head = state.head_ended;
    if (answer.has_head) {
      answer.http_status = static_cast<int>(http_status);
      answer.version = VersionText(easy_);
    }
    Measure(state);
    if (code != CURLE_OK) {
      answer.failure = FailureOf(code, waited, state);
    } else if (!answer.has_head) {
      answer.failure =
          Failed(Phase::kReceive, Reason::kProtocol, "the answer ends among its headers");
    }
  }

  void Measure(State& state) {
    HttpTransferAnswer& answer = state.answer;
    const double connected = Seconds(easy_, CURLINFO_CONNECT_TIME_T);
    const double secured = Seconds(easy_, CURLINFO_APPCONNECT_TIME_T);
    const double answered = Seconds(easy_, CURLINFO_STARTTRANSFER_TIME_T);
    const bool secure = StartsIgnoringCase(state.request.url, "https:");
    if (connected == 0 || (secure && secured == 0)) return;
    answer.connect = connected - Seconds(easy_, CURLINFO_NAMELOOKUP_TIME_T);
    if (secured > 0) answer.tls_handshake = secured - connected;
    if (answered == 0) return;
    answer.processing = answered - std::max(connected, secured);
    answer.transfer = Seconds(easy_, CURLINFO_TOTAL_TIME_T) - answered;
  }

  // How far it came.
  Phase PhaseNow(const State& state) {
    if (state.shakes_hands) return Phase::kTls;
    return Seconds(easy_, CURLINFO_CONNECT_TIME_T) == 0 ? Phase::kConnect : Phase::kReceive;
  }

  Failure FailureOf(CURLcode code, const Status& waited, const State& state) {
    const Phase phase = PhaseNow(state);
    if (!waited.ok()) return FailedWait(phase, waited);
    const std::string detail = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
    if (state.body_refused)
      return Failed(Phase::kReceive, Reason::kTooLarge, "the body was not wanted any more");
    if (state.header_bytes > kMaxHeaderBytes)
      return Failed(Phase::kReceive, Reason::kTooLarge, "headers of more than 1 MB");
    long os_error = 0;
    curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &os_error);
    switch (code) {
      case CURLE_COULDNT_CONNECT:
        if (os_error != 0)
          return FailedSystem(Phase::kConnect, "connect", static_cast<int>(os_error));
        return Failed(Phase::kConnect, Reason::kRefused, detail);
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_RESOLVE_PROXY:
        return Failed(Phase::kResolve, Reason::kNameNotFound, detail);
      case CURLE_PEER_FAILED_VERIFICATION:
        return Failed(Phase::kTls, VerificationReason(), detail);
      case CURLE_SSL_CONNECT_ERROR:
      case CURLE_SSL_CIPHER:
      case CURLE_SSL_CERTPROBLEM:
      case CURLE_SSL_ISSUER_ERROR:
        return Failed(Phase::kTls, Reason::kHandshake, detail);
      case CURLE_RECV_ERROR:
      case CURLE_SEND_ERROR:
        return Failed(phase, Reason::kReset, detail);
      case CURLE_GOT_NOTHING:
      case CURLE_PARTIAL_FILE:
        return Failed(Phase::kReceive, Reason::kClosed, detail);
      default:
        return Failed(phase, Reason::kProtocol, detail);
    }
  }

  Reason VerificationReason() {
    long result = 0;
    curl_easy_getinfo(easy_, CURLINFO_SSL_VERIFYRESULT, &result);
    return ReasonOfVerification(result);
  }

  CURL* const easy_;
  std::array<char, CURL_ERROR_SIZE> error_{};
};

HttpTransfers::HttpTransfers() : impl_(std::make_unique<Impl>()) {}
HttpTransfers::~HttpTransfers() = default;

HttpTransferAnswer HttpTransfers::Run(const HttpTransferRequest& request,
                                      const Deadline& deadline) {
  return impl_->Run(request, deadline);
}

const std::string* HttpTransferAnswer::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (EqualIgnoringCase(key, name)) return &value;
  }
  return nullptr;
}

std::optional<int64_t> HttpTimeSeconds(const std::string& text) {
  const time_t time = curl_getdate(text.c_str(), nullptr);
  if (time == -1) return std::nullopt;
  return time;
}

std::string PathOf(const std::string& url) {
  const Url parsed(curl_url(), curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_URLENCODE) != CURLUE_OK)
    return "/";
  const std::string query = UrlPart(parsed, CURLUPART_QUERY);
  return UrlPart(parsed, CURLUPART_PATH) + (query.empty() ? "" : "?" + query);
}

std::string ResolveUrl(const std::string& url, const std::string& location) {
  const Url parsed(curl_url(), curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_set(parsed.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE) != CURLUE_OK)
    return {};
  return UrlPart(parsed, CURLUPART_URL);
}

}  // namespace narthex::blackbox
