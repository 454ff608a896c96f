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

void PushApi::AddRoutes(Routes& routes, GatewayMetrics& metrics) {
  const std::string base = "/metrics/";
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
  routes.Add({"PUT"}, "/api/v1/admin/wipe",
             metrics.Counted(
                 "wipe", [this](const HttpRequest&, HttpResponse& response) { Wipe(response); }));
}

// The body without what Content-Encoding did to it; `plain` holds it where that was anything.
Result<std::string_view> PushApi::Decode(const HttpRequest& request, std::string& plain) const {
  const std::string_view encoding = request.Header("Content-Encoding");
  if (encoding.empty() || SameWord(encoding, "identity")) return std::string_view(request.body);
  if (SameWord(encoding, "gzip")) {
    ASSIGN_OR_RETURN(plain, Gunzip(request.body, options_.max_body_bytes));
  } else if (SameWord(encoding, "snappy")) {
    ASSIGN_OR_RETURN(plain, UnsnappyFrames(request.body, options_.max_body_bytes));
  } else {
    return InvalidArgument("Content-Encoding ", Quote(encoding), ": want gzip or snappy");
  }
  return std::string_view(plain);
}

// Takes a push into the store. `malformed` says that it could not even be read.
Status PushApi::Take(const HttpRequest& request, const GroupKey& key, bool& malformed) {
  malformed = true;
  std::string plain;
  ASSIGN_OR_RETURN(const std::string_view body, Decode(request, plain));
  const bool protobuf =
      openmetrics::FormatOfContentType(request.Header("Content-Type")) == Format::kProtobuf;
  static thread_local CutText cut;
  const bool has_shape = !protobuf && Cut(body, cut);
  const bool replace = request.method == "PUT";
  if (has_shape) {
    malformed = false;
    if (const auto done = store_.PushNumbers(key, replace, cut)) return *done;
    malformed = true;
  }
  const Format format = protobuf ? Format::kProtobuf : Format::kText1;
  const NameScheme names = options_.utf8_names ? NameScheme::kUtf8 : NameScheme::kLegacy;
  ASSIGN_OR_RETURN(auto families, openmetrics::ReadFamilies(body, format, names));
  malformed = false;
  auto prepared = Prepare(std::move(families), key);
  if (!prepared.ok()) {
    RETURN_IF_ERROR(store_.RecordFailure(key));
    return prepared.status();
  }
  RETURN_IF_ERROR(store_.Push(key, replace, *std::move(prepared)));
  if (has_shape && store_.WantsShape(key, cut.shape)) Learn(key, body, names, cut.shape);
  return {};
}

void PushApi::Learn(const GroupKey& key, std::string_view body, NameScheme names,
                    const ShapeHash& shape) {
  auto families = openmetrics::ReadFamilies(Numbered(body), Format::kText1, names);
  if (!families.ok()) return;
  const auto numbered = Prepare(*std::move(families), key);
  if (numbered.ok()) store_.LearnShape(key, shape, *numbered);
}

void PushApi::Push(const HttpRequest& request, HttpResponse& response, std::string_view path) {
  const auto key = ParseGroupPath(path, options_.utf8_names);
  if (!key.ok()) {
    log_.Debug("push to no group", {{"path", request.path}, {"err", key.status()}});
    return Refuse(response, 400, key.message());
  }
  bool malformed = false;
  const Status status = Take(request, *key, malformed);
  if (status.code() == Code::kUnavailable) return Refuse(response, 503, status.message());
  if (malformed) {
    log_.Debug("push that cannot be read", {{"source", request.remote_address}, {"err", status}});
    return Refuse(response, status.code() == Code::kLimit ? 413 : 400, status.message());
  }
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
