// The grpc prober: asks the health service of a server, over HTTP/2 with or without TLS.
#include "common/bytes/ignore_case.h"
#include "common/bytes/numbers.h"
#include "common/client/registry.h"
#include "common/http_client/url_authority.h"
#include "exporters/blackbox/address_choice.h"
#include "exporters/blackbox/grpc_health.h"
#include "exporters/blackbox/http_transfer.h"

namespace narthex::blackbox {
namespace {

constexpr Metric kDuration{"probe_grpc_duration_seconds", "Time of the check by phase."};
constexpr Metric kSsl{"probe_grpc_ssl", "Whether the check went over TLS."};
constexpr Metric kStatusCode{"probe_grpc_status_code", "Status of the call, as gRPC numbers them."};
constexpr Metric kState{"probe_grpc_healthcheck_response", "The state that the server gave, as 1."};

constexpr size_t kMaxAnswerBytes = 64 << 10;

enum GrpcCode : int {
  kOk = 0,
  kUnknown = 2,
  kDeadlineExceeded = 4,
  kPermissionDenied = 7,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kUnauthenticated = 16,
};

// What an answer without a status of its own stands for: gRPC's http-grpc-status-mapping.
int CodeOfHttp(int http_status) {
  switch (http_status) {
    case 400:
      return kInternal;
    case 401:
      return kUnauthenticated;
    case 403:
      return kPermissionDenied;
    case 404:
      return kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return kUnavailable;
    default:
      return kUnknown;
  }
}

const std::string* Find(const HttpHeaderList& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (EqualIgnoringCase(key, name)) return &value;
  }
  return nullptr;
}

int CodeOf(const HttpTransferAnswer& answer) {
  // Without a body it stands among the headers.
  const std::string* status = Find(answer.trailers, "grpc-status");
  if (status == nullptr) status = Find(answer.headers, "grpc-status");
  if (status != nullptr) return static_cast<int>(ParseInteger(*status).value_or(kUnknown));
  if (!answer.failure) return answer.http_status == 200 ? kUnknown : CodeOfHttp(answer.http_status);
  return answer.failure->reason == Reason::kTimeout ? kDeadlineExceeded : kUnavailable;
}

Outcome Judge(const HttpTransferAnswer& answer, int code, const std::string& body, Probe& probe) {
  if (code != kOk) {
    if (answer.failure) return answer.failure;
    const std::string* message = Find(answer.trailers, "grpc-message");
    if (message == nullptr) message = Find(answer.headers, "grpc-message");
    return Failed(Phase::kCheck, Reason::kNotServing,
                  "status " + std::to_string(code) + (message != nullptr ? ": " + *message : ""));
  }
  const auto state = ParseHealthAnswer(body);
  if (!state.ok()) return Failed(Phase::kReceive, Reason::kProtocol, state.message());
  const bool known = *state < std::size(kServingStates);
  const std::string name = known ? std::string(kServingStates[*state]) : std::to_string(*state);
  probe.metrics.Set(kState, 1, {{"serving_status", name}});
  if (*state == kServing) return {};
  return Failed(Phase::kCheck, Reason::kNotServing, "the service is " + name);
}

struct GrpcTarget {
  std::string host, port;
};

Result<GrpcTarget> ReadTarget(const std::string& target, bool tls) {
  const bool has_scheme = target.starts_with("http://") || target.starts_with("https://");
  const std::string url = has_scheme ? target : "http://" + target;
  ASSIGN_OR_RETURN(const UrlAuthority authority, AuthorityOf(url));
  const std::string rest = url.substr(url.find("://") + 3);
  const bool has_port = SplitHostAndPort(rest.substr(0, rest.find('/'))).has_value();
  return GrpcTarget{authority.host, has_port ? authority.port : tls ? "443" : "80"};
}

}  // namespace

Outcome ProbeGrpc(Probe& probe) {
  const GrpcProbe& grpc = probe.module().grpc;
  probe.metrics.Set(kDuration, 0, {{"phase", "resolve"}});
  probe.metrics.Set(kSsl, 0);
  probe.metrics.Set(kStatusCode, 0);
  const auto target = ReadTarget(probe.target, grpc.tls);
  if (!target.ok()) return Failed(Phase::kSetup, Reason::kBadTarget, target.message());
  auto tls = probe.runtime.Tls();
  if (!tls.ok()) return Failed(Phase::kSetup, Reason::kConfiguration, tls.message());
  Address address;
  double lookup_seconds = 0;
  if (Outcome failure = ChooseAddress(probe, grpc.ip, target->host, address, lookup_seconds))
    return failure;
  probe.metrics.Add(kDuration, lookup_seconds, {{"phase", "resolve"}});

  const int64_t begin_ns = probe.deadline.NowNs();
  HttpTransferRequest request;
  request.tls = *std::move(tls);
  request.tls_name = request.tls->server_name().empty() ? target->host : request.tls->server_name();
  const UrlAuthority authority{grpc.tls ? "https" : "http", request.tls_name, target->port};
  request.url = authority.scheme + "://" + authority.HostAndPort() + "/grpc.health.v1.Health/Check";
  request.method = "POST";
  request.body = EncodeHealthRequest(grpc.service);
  request.has_body = true;
  request.versions = grpc.tls ? HttpVersions::k2OverTls : HttpVersions::k2AtOnce;
  request.connect_to = address.InUrl() + ":" + target->port;
  request.headers = {"Content-Type: application/grpc",
                     "TE: trailers",
                     "Accept:",
                     "Expect:",
                     "User-Agent: Blackbox-Exporter/" + std::string(Version()),
                     "grpc-timeout: " + std::to_string(probe.deadline.LeftMs()) + "m"};
  for (const auto& [name, values] : grpc.metadata) {
    for (const std::string& value : values)
      request.headers.push_back(value.empty() ? name + ";" : name + ": " + value);
  }
  std::string body;
  request.on_body = [&body](std::string_view piece) {
    body += piece;
    return body.size() <= kMaxAnswerBytes;
  };
  HttpTransfers transfers;
  const HttpTransferAnswer answer = transfers.Run(request, probe.deadline);
  probe.metrics.Add(kDuration, probe.deadline.SecondsSince(begin_ns), {{"phase", "check"}});
  for (const std::string_view state : kServingStates)
    probe.metrics.Set(kState, 0, {{"serving_status", std::string(state)}});
  const int code = CodeOf(answer);
  probe.metrics.Set(kStatusCode, code);
  if (answer.tls) {
    probe.metrics.Set(kSsl, 1);
    ShowTls(*answer.tls,
            {.chain_expiry = false, .days_until_failure = probe.shows_days_until_failure},
            probe.now_ms, probe.metrics);
  }
  return Judge(answer, code, body, probe);
}

}  // namespace narthex::blackbox
