#include "pushgateway/push_api.h"

#include "common/compression/decompress.h"
#include "common/openmetrics/formats.h"

namespace narthex::pushgateway {
namespace {

using openmetrics::Format;
using openmetrics::NameScheme;

bool SameWord(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x - 'A' + 'a' : x) == y; });
}

void Refuse(HttpResponse& response, int code, std::string_view reason) {
  response.Send(code, kPlainText, std::string(reason) + "\n");
}

}  // namespace

void PushApi::AddRoutes(Routes& routes, const std::string& prefix, GatewayMetrics& metrics) {
  const std::string base = prefix + "/metrics/";
  const auto path_of = [size = base.size()](const HttpRequest& request) {
    return std::string_view(request.path).substr(size);
  };
  const HttpHandler push =
      metrics.CountedPush([this, path_of](const HttpRequest& request, HttpResponse& response) {
        Push(request, response, path_of(request));
      });
  const HttpHandler remove = metrics.Counted(
      "delete", [this, path_of](const HttpRequest& request, HttpResponse& response) {
        Delete(response, path_of(request));
      });
  for (const char* job : {"job/*", "job@base64/*"}) {
    routes.AddRaw({"PUT", "POST", "DELETE"}, base + job,
                  [push, remove](const HttpRequest& request, HttpResponse& response) {
                    (request.method == "DELETE" ? remove : push)(request, response);
                  });
  }
  if (!options_.admin) return;
  routes.Add({"PUT"}, prefix + "/api/v1/admin/wipe",
             metrics.Counted(
                 "wipe", [this](const HttpRequest&, HttpResponse& response) { Wipe(response); }));
}

Result<std::vector<MetricFamily>> PushApi::ReadBody(const HttpRequest& request) const {
  const bool protobuf =
      openmetrics::FormatOfContentType(request.Header("Content-Type")) == Format::kProtobuf;
  const Format format = protobuf ? Format::kProtobuf : Format::kText1;
  const NameScheme names = options_.utf8_names ? NameScheme::kUtf8 : NameScheme::kLegacy;
  const std::string_view encoding = request.Header("Content-Encoding");
  if (SameWord(encoding, "gzip")) {
    ASSIGN_OR_RETURN(const std::string body, Gunzip(request.body, options_.max_body_bytes));
    return openmetrics::ReadFamilies(body, format, names);
  }
  if (SameWord(encoding, "snappy")) {
    ASSIGN_OR_RETURN(const std::string body, UnsnappyFrames(request.body, options_.max_body_bytes));
    return openmetrics::ReadFamilies(body, format, names);
  }
  if (!encoding.empty() && !SameWord(encoding, "identity"))
    return InvalidArgument("Content-Encoding ", Quote(encoding), ": want gzip or snappy");
  return openmetrics::ReadFamilies(request.body, format, names);
}

// Checks and stores what is pushed, and notes the failure with its group.
Status PushApi::Take(const HttpRequest& request, const GroupKey& key,
                     std::vector<MetricFamily> families) {
  auto prepared = Prepare(std::move(families), key);
  if (prepared.ok()) return store_.Push(key, request.method == "PUT", *std::move(prepared));
  RETURN_IF_ERROR(store_.RecordFailure(key));
  return prepared.status();
}

void PushApi::Push(const HttpRequest& request, HttpResponse& response, std::string_view path) {
  const auto key = ParseGroupPath(path, options_.utf8_names);
  if (!key.ok()) {
    log_.Debug("push to no group", {{"path", request.path}, {"err", key.status()}});
    return Refuse(response, 400, key.message());
  }
  auto families = ReadBody(request);
  if (!families.ok()) {
    log_.Debug("push that cannot be read",
               {{"source", request.remote_address}, {"err", families.status()}});
    return Refuse(response, families.code() == Code::kLimit ? 413 : 400, families.message());
  }
  const Status status = Take(request, *key, *std::move(families));
  if (status.code() == Code::kUnavailable) return Refuse(response, 503, status.message());
  if (!status.ok()) {
    log_.Error("pushed metrics are invalid or do not go with what is stored",
               {{"method", request.method},
                {"source", request.remote_address},
                {"group", key->ToString()},
                {"err", status}});
  }
  if (options_.answer_unchecked) return response.Send(202, kPlainText, "");
  if (status.ok()) return response.Send(200, kPlainText, "");
  Refuse(response, 400,
         "pushed metrics are invalid or inconsistent with existing metrics: " +
             std::string(status.message()));
}

void PushApi::Delete(HttpResponse& response, std::string_view path) {
  const auto key = ParseGroupPath(path, options_.utf8_names);
  if (!key.ok()) return Refuse(response, 400, key.message());
  const Status status = store_.Delete(*key);
  if (!status.ok()) return Refuse(response, 503, status.message());
  response.Send(202, kPlainText, "");
}

void PushApi::Wipe(HttpResponse& response) {
  const Status status = store_.Wipe();
  if (!status.ok()) return Refuse(response, 503, status.message());
  log_.Info("all groups wiped");
  response.Send(202, kPlainText, "");
}

}  // namespace narthex::pushgateway
