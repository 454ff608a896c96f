// The http prober: one request, with the redirects that it meets, and the rules for its answer.
// Each step of the way is a connection of its own. Semantics follow blackbox_exporter.
#include <algorithm>

#include "common/bytes/ignore_case.h"
#include "common/bytes/numbers.h"
#include "common/client/registry.h"
#include "common/fs/files.h"
#include "common/http_client/proxy_choice.h"
#include "common/http_client/url_authority.h"
#include "exporters/blackbox/address_choice.h"
#include "exporters/blackbox/http_answer_rules.h"
#include "exporters/blackbox/http_transfer.h"

namespace narthex::blackbox {
namespace {

constexpr Metric kDuration{"probe_http_duration_seconds", "Time by phase, over all redirects."};
constexpr Metric kContentLength{"probe_http_content_length", "Length that the answer announces."};
constexpr Metric kBodyLength{"probe_http_uncompressed_body_length", "Length of the decoded body."};
constexpr Metric kRedirects{"probe_http_redirects", "Redirects met on the way."};
constexpr Metric kSsl{"probe_http_ssl", "Whether the final answer came over TLS."};
constexpr Metric kStatusCode{"probe_http_status_code", "Status of the final answer."};
constexpr Metric kVersion{"probe_http_version", "Version of HTTP of the final answer."};
constexpr Metric kLastModified{"probe_http_last_modified_timestamp_seconds",
                               "Unix time that Last-Modified says."};

constexpr int kMaxRedirects = 10;

bool IsRedirect(int http_status) {
  return http_status == 301 || http_status == 302 || http_status == 303 || http_status == 307 ||
         http_status == 308;
}

// Headers that are not for another host than the first.
bool IsCredential(std::string_view name) {
  return EqualIgnoringCase(name, "Authorization") || EqualIgnoringCase(name, "Cookie") ||
         EqualIgnoringCase(name, "Cookie2") || EqualIgnoringCase(name, "Www-Authenticate") ||
         EqualIgnoringCase(name, "Proxy-Authorization");
}

bool IsSame(const UrlAuthority& a, const UrlAuthority& b) {
  return a.scheme == b.scheme && EqualIgnoringCase(a.host, b.host) && a.port == b.port;
}

double ContentLengthOf(const HttpTransferAnswer& answer, const HttpBody& body) {
  if (answer.http_status == 204 || answer.http_status / 100 == 1) return 0;
  const std::string* length = answer.Header("Content-Length");
  const bool chunked = answer.Header("Transfer-Encoding") != nullptr;
  if (length == nullptr || chunked)
    return answer.version == "HTTP/2.0" && body.size_bytes() == 0 && !answer.failure ? 0 : -1;
  return static_cast<double>(ParseUnsigned(*length).value_or(0));
}

class HttpRun {
 public:
  explicit HttpRun(Probe& probe) : probe_(probe), rules_(probe.module().http) {}

  Outcome Run() {
    ShowNothing();
    if (Outcome failure = Begin()) return failure;
    for (;;) {
      HttpBody body(rules_);
      HttpTransferAnswer answer;
      if (Outcome failure = OneStep(body, answer)) return failure;
      if (answer.failure && !answer.has_head) return answer.failure;
      Outcome failure;
      if (Redirects(answer, failure)) continue;
      if (failure) return failure;
      AddDuration("transfer", answer.transfer);
      Show(answer, body);
      return Judge(answer, body);
    }
  }

 private:
  void ShowNothing() {
    for (const Metric* metric : {&kContentLength, &kBodyLength, &kRedirects, &kSsl, &kStatusCode,
                                 &kVersion, &kFailedByRegex})
      probe_.metrics.Set(*metric, 0);
    if (rules_.fail_if_body_json_matches_cel.given() ||
        rules_.fail_if_body_json_not_matches_cel.given())
      probe_.metrics.Set(kFailedByCel, 0);
  }

  void AddDuration(const char* phase, double seconds) {
    probe_.metrics.Add(kDuration, seconds, {{"phase", phase}});
  }

  // Reads the target and the settings, finds the first address.
  Outcome Begin() {
    if (rules_.enable_http3) {
      return Failed(Phase::kSetup, Reason::kConfiguration,
                    "enable_http3: HTTP/3 is not built in, because Debian's libcurl has none");
    }
    url_ = probe_.target;
    const bool has_scheme =
        StartsIgnoringCase(url_, "http://") || StartsIgnoringCase(url_, "https://");
    if (!has_scheme) url_ = "http://" + url_;
    auto authority = AuthorityOf(url_);
    if (!authority.ok()) return Failed(Phase::kSetup, Reason::kBadTarget, authority.message());
    origin_ = *std::move(authority);
    authority_ = origin_;
    const ProxyConfig& proxy = rules_.client.proxy;
    const bool has_proxy = !proxy.proxy_url.empty() || proxy.proxy_from_environment;
    if (!rules_.skip_resolve_phase_with_proxy || !has_proxy) {
      double seconds = 0;
      Outcome failure = ChooseAddress(probe_, rules_.ip, origin_.host, address_, seconds);
      AddDuration("resolve", seconds);
      if (failure) return failure;
    }
    for (const char* phase : {"connect", "tls", "processing", "transfer"}) AddDuration(phase, 0);
    method_ = rules_.method.empty() ? "GET" : rules_.method;
    if (Outcome failure = ReadSettings()) return failure;
    return ReadBody();
  }

  Outcome ReadSettings() {
    auto ready = probe_.runtime.Settings();
    if (!ready.ok()) return Failed(Phase::kSetup, Reason::kConfiguration, ready.message());
    ready_ = *std::move(ready);
    auto token = probe_.runtime.Token(probe_.deadline);
    if (!token.ok()) {
      const bool waited = token.code() == Code::kTimeout || token.code() == Code::kCancelled;
      if (waited) return FailedWait(Phase::kSetup, token.status());
      return Failed(Phase::kSetup, Reason::kConfiguration, token.message());
    }
    token_ = *std::move(token);
    host_header_ = probe_.hostname;
    for (const auto& [name, value] : rules_.headers) {
      if (EqualIgnoringCase(name, "Host")) host_header_ = value;
    }
    return {};
  }

  Outcome ReadBody() {
    body_ = rules_.body;
    has_body_ = !body_.empty();
    if (rules_.body_file.empty()) return {};
    const Status status = ReadFile(rules_.body_file, body_);
    if (!status.ok())
      return Failed(Phase::kSetup, Reason::kConfiguration, status.Prefixed("body_file").message());
    has_body_ = true;
    return {};
  }

  // One request. The failure returned is one before anything was sent.
  Outcome OneStep(HttpBody& body, HttpTransferAnswer& answer) {
    HttpTransferRequest request;
    request.method = method_;
    request.has_body = has_body_;
    if (has_body_) request.body = body_;
    request.versions = rules_.client.enable_http2 ? HttpVersions::k2OverTls : HttpVersions::k11;
    request.trusted = KeepsCredentials(origin_, authority_);
    AddHeaders(request);
    if (Outcome failure = SetWay(request)) return failure;
    if (Outcome failure = SetProxy(request)) return failure;
    request.on_body = [&body](std::string_view piece) { return body.Take(piece); };
    probe_.log.Debug("request", LogField("url", url_), LogField("address", address_.text),
                     LogField("method", method_));
    answer = transfers_.Run(request, probe_.deadline);
    if (!answer.failure) body.Finish();
    if (answer.connect) {
      AddDuration("connect", *answer.connect);
      AddDuration("tls", answer.tls_handshake.value_or(0));
    }
    if (answer.processing) AddDuration("processing", *answer.processing);
    probe_.log.Debug("answer", LogField("status", answer.http_status),
                     LogField("version", answer.version));
    return {};
  }

  void AddHeaders(HttpTransferRequest& request) {
    bool has_agent = false;
    bool has_accept = false;
    for (const auto& [name, value] : rules_.headers) {
      if (EqualIgnoringCase(name, "Host")) continue;
      if (!request.trusted && IsCredential(name)) continue;
      has_agent = has_agent || EqualIgnoringCase(name, "User-Agent");
      has_accept = has_accept || EqualIgnoringCase(name, "Accept");
      has_type_ = has_type_ || EqualIgnoringCase(name, "Content-Type");
      has_authorization_ = has_authorization_ || EqualIgnoringCase(name, "Authorization");
      request.headers.push_back(value.empty() ? name + ";" : name + ": " + value);
    }
    for (const std::string& line : ready_->headers) {
      const bool authorization = StartsIgnoringCase(line, "Authorization:");
      if (!request.trusted || (authorization && has_authorization_)) continue;
      has_accept = has_accept || StartsIgnoringCase(line, "Accept:");
      request.headers.push_back(line);
    }
    if (request.trusted && !token_.empty() && !has_authorization_)
      request.headers.push_back("Authorization: " + token_);
    if (!has_agent)
      request.headers.push_back("User-Agent: Blackbox-Exporter/" + std::string(Version()));
    if (!has_accept) request.headers.emplace_back("Accept:");
    if (!has_type_) request.headers.emplace_back("Content-Type:");
    request.headers.emplace_back("Expect:");
    request.headers.emplace_back("Connection: close");
  }

  // Where the connection leads, under which name, and which name TLS asks for.
  Outcome SetWay(HttpTransferRequest& request) {
    const bool secure = authority_.scheme == "https";
    if (secure) {
      auto tls = probe_.runtime.Tls();
      if (!tls.ok()) return Failed(Phase::kSetup, Reason::kConfiguration, tls.message());
      request.tls = *std::move(tls);
    }
    const bool at_origin = IsSame(origin_, authority_);
    const bool keeps_host = at_origin && !host_header_.empty();
    std::string name = authority_.host;
    if (at_origin && !host_header_.empty()) name = NameIn(host_header_);
    const std::string& configured = rules_.client.tls_config.server_name;
    if (at_origin && !configured.empty()) name = configured;
    request.tls_name = name;
    request.url = url_;
    const bool renames = secure && name != authority_.host;
    if (renames) request.url = WithHost(url_, name);
    if (keeps_host || renames) {
      request.headers.push_back("Host: " + (keeps_host ? host_header_ : authority_.HostHeader()));
      sends_host_ = true;
    } else {
      sends_host_ = false;
    }
    if (!address_.text.empty()) request.connect_to = address_.InUrl() + ":" + authority_.port;
    return {};
  }

  // The host of a Host header, which may have a port.
  static std::string NameIn(const std::string& header) {
    const auto split = SplitHostAndPort(header);
    return split && ParseUnsigned(split->port) ? split->host : header;
  }

  Outcome SetProxy(HttpTransferRequest& request) {
    const ProxyConfig& config = rules_.client.proxy;
    UrlAuthority by_address = authority_;
    by_address.host = address_.text;
    std::string proxy = ProxyFor(config, authority_);
    if (!address_.text.empty() && ProxyFor(config, by_address).empty()) proxy.clear();
    if (proxy.empty()) return FindUnresolved(request);
    auto read = ReadProxy(proxy);
    if (!read.ok()) return Failed(Phase::kSetup, Reason::kConfiguration, read.message());
    request.proxy = read->url;
    std::vector<Address> addresses;
    if (Outcome failure = FindAddresses({}, read->authority.host, probe_.deadline, addresses))
      return failure;
    if (addresses.front().text != read->authority.host)
      request.proxy_host_entry = read->authority.HostAndPort() + ":" + addresses.front().InUrl();
    const bool tunnels =
        authority_.scheme == "https" || read->authority.scheme.starts_with("socks");
    if (tunnels) {
      for (const auto& [name, values] : config.proxy_connect_header) {
        for (const config::Secret& value : values)
          request.proxy_headers.push_back(name + ": " + value.reveal());
      }
      return {};
    }
    // To a proxy that is no tunnel the way is told in the URL.
    request.connect_to.clear();
    if (address_.text.empty()) return {};
    request.url = WithHost(url_, address_.text);
    if (!sends_host_) request.headers.push_back("Host: " + authority_.HostHeader());
    return {};
  }

  // A proxy was to look the name up, but this URL is reached directly.
  Outcome FindUnresolved(HttpTransferRequest& request) {
    if (!address_.text.empty()) return {};
    if (Outcome failure = FindAddress(probe_, rules_.ip, authority_.host, address_)) return failure;
    request.connect_to = address_.InUrl() + ":" + authority_.port;
    return {};
  }

  // Whether to go on to another URL; sets the URL, or the failure of a redirect that leads nowhere.
  bool Redirects(const HttpTransferAnswer& answer, Outcome& failure) {
    const std::string* location = answer.Header("Location");
    if (!IsRedirect(answer.http_status) || location == nullptr || location->empty()) return false;
    const bool repeats = answer.http_status == 307 || answer.http_status == 308;
    // As Go does not, which cannot read the file twice.
    if (repeats && !rules_.body_file.empty()) return false;
    probe_.metrics.Set(kRedirects, ++redirects_);
    probe_.log.Info("redirect", LogField("location", *location));
    if (redirects_ > kMaxRedirects || !rules_.client.follow_redirects) {
      probe_.log.Info("redirect is not followed");
      stopped_ = true;
      return false;
    }
    failure = FollowTo(*location);
    if (failure) return false;
    if (!repeats) {
      if (method_ != "HEAD") method_ = "GET";
      has_body_ = false;
    }
    return true;
  }

  Outcome FollowTo(const std::string& location) {
    const std::string next = ResolveUrl(url_, location);
    auto authority = AuthorityOf(next);
    if (next.empty() || !authority.ok() ||
        (authority->scheme != "http" && authority->scheme != "https"))
      return Failed(Phase::kCheck, Reason::kRedirect, "redirect to " + Quote(location));
    const bool same_host = EqualIgnoringCase(authority->host, authority_.host);
    url_ = next;
    authority_ = *std::move(authority);
    if (same_host || address_.text.empty()) return {};
    const int64_t begin_ns = probe_.deadline.NowNs();
    Outcome failure = FindAddress(probe_, rules_.ip, authority_.host, address_);
    AddDuration("resolve", probe_.deadline.SecondsSince(begin_ns));
    return failure;
  }

  void Show(const HttpTransferAnswer& answer, const HttpBody& body) {
    ProbeMetrics& metrics = probe_.metrics;
    metrics.Set(kStatusCode, answer.http_status);
    metrics.Set(kContentLength, ContentLengthOf(answer, body));
    metrics.Set(kBodyLength, stopped_ ? 0 : static_cast<double>(body.size_bytes()));
    if (answer.version.size() > 5)
      metrics.Set(kVersion, ParseDouble(std::string_view(answer.version).substr(5)).value_or(0));
    if (const std::string* modified = answer.Header("Last-Modified")) {
      if (const auto seconds = HttpTimeSeconds(*modified))
        metrics.Set(kLastModified, static_cast<double>(*seconds));
    }
    if (!answer.tls) return;
    metrics.Set(kSsl, 1);
    ShowTls(*answer.tls, {.cipher = true, .days_until_failure = probe_.shows_days_until_failure},
            probe_.now_ms, metrics);
  }

  Outcome Judge(const HttpTransferAnswer& answer, const HttpBody& body) {
    Outcome failure = JudgeContent(answer, body);
    if (!failure) failure = CheckVersion(rules_, answer.version);
    if (!failure && answer.tls && rules_.fail_if_ssl)
      failure = Failed(Phase::kCheck, Reason::kTlsPresent, "the answer came over TLS");
    if (!failure && !answer.tls && rules_.fail_if_not_ssl)
      failure = Failed(Phase::kCheck, Reason::kTlsAbsent, "the answer did not come over TLS");
    return failure;
  }

  Outcome JudgeContent(const HttpTransferAnswer& answer, const HttpBody& body) {
    if (Outcome failure = CheckStatus(rules_, answer.http_status)) return failure;
    if (Outcome failure = CheckHeaderRules(rules_, answer)) {
      probe_.metrics.Set(kFailedByRegex, 1);
      return failure;
    }
    Outcome broken = body.failure() ? body.failure() : answer.failure;
    const bool has_text_rules = !rules_.fail_if_body_matches_regexp.empty() ||
                                !rules_.fail_if_body_not_matches_regexp.empty();
    if (has_text_rules) {
      Outcome failure = broken ? broken : CheckBodyText(rules_, body.text());
      probe_.metrics.Set(kFailedByRegex, failure ? 1 : 0);
      if (failure) return failure;
    }
    if (rules_.fail_if_body_json_matches_cel.given() ||
        rules_.fail_if_body_json_not_matches_cel.given()) {
      Outcome failure = broken ? broken : CheckBodyJson(rules_, body.text(), probe_.deadline);
      probe_.metrics.Set(kFailedByCel, failure ? 1 : 0);
      if (failure) return failure;
    }
    return broken;
  }

  Probe& probe_;
  const HttpProbe& rules_;
  ModuleRuntime::Ready ready_;
  std::string token_;        // of an Authorization header
  std::string host_header_;  // of the first step; empty: the URL's
  std::string url_;          // of the present step
  UrlAuthority origin_, authority_;
  Address address_;  // empty where a proxy looks the name up
  std::string method_;
  std::string body_;
  bool has_body_ = false;
  bool has_type_ = false;
  bool has_authorization_ = false;
  bool sends_host_ = false;
  int redirects_ = 0;
  bool stopped_ = false;  // at a redirect
  HttpTransfers transfers_;
};

}  // namespace

Outcome ProbeHttp(Probe& probe) { return HttpRun(probe).Run(); }

}  // namespace narthex::blackbox
