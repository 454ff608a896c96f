#include "server/api/admin_api.h"

#include "common/http_server/json_response.h"
#include "server/api/parameters.h"
#include "server/promql/parser.h"
#include "server/storage/storage.h"

namespace narthex::server {
namespace {

constexpr int kNoContent = 204;

void SendDone(HttpResponse& response, const Status& status) {
  if (!status.ok()) return SendJsonError(response, 500, "internal", status.message());
  response.Send(kNoContent, kJsonType, "");
}

Result<int64_t> Time(const HttpRequest& request, std::string_view name, int64_t absent) {
  const std::string_view text = request.parameters.Get(name);
  if (text.empty()) return absent;
  auto time_ms = ParseTime(text);
  if (time_ms.ok()) return time_ms;
  return InvalidArgument("invalid parameter ", Quote(name), ": ", time_ms.message());
}

struct Deletion {
  int64_t min_time_ms;
  int64_t max_time_ms;
  std::vector<std::vector<storage::Matcher>> selections;
};

Result<Deletion> ReadDeletion(const HttpRequest& request) {
  Deletion deletion;
  ASSIGN_OR_RETURN(deletion.min_time_ms, Time(request, "start", storage::kMinTime));
  ASSIGN_OR_RETURN(deletion.max_time_ms, Time(request, "end", storage::kMaxTime));
  for (const std::string_view selector : request.parameters.GetAll("match[]")) {
    auto matchers = promql::ParseMatchers(selector);
    if (!matchers.ok())
      return InvalidArgument("invalid parameter \"match[]\": ", matchers.message());
    deletion.selections.push_back(*std::move(matchers));
  }
  if (deletion.selections.empty()) return InvalidArgument("no match[] parameter provided");
  return deletion;
}

void Delete(storage::Admin& admin, const HttpRequest& request, HttpResponse& response) {
  const auto deletion = ReadDeletion(request);
  if (!deletion.ok()) return SendJsonError(response, 400, "bad_data", deletion.message());
  SendDone(response,
           admin.DeleteSeries(deletion->min_time_ms, deletion->max_time_ms, deletion->selections));
}

void Clean(storage::Admin& admin, const HttpRequest&, HttpResponse& response) {
  SendDone(response, admin.CleanTombstones());
}

void Snapshot(storage::Admin& admin, const HttpRequest& request, HttpResponse& response) {
  const std::string_view skip = request.parameters.Get("skip_head");
  if (!skip.empty() && skip != "true" && skip != "false" && skip != "1" && skip != "0") {
    return SendJsonError(response, 400, "bad_data",
                         "invalid parameter \"skip_head\": want true or false, got " + Quote(skip));
  }
  const auto name = admin.Snapshot(skip.empty() || skip == "false" || skip == "0");
  if (!name.ok()) return SendJsonError(response, 500, "internal", name.message());
  JsonResponse json(response);
  json.out() += R"({"name":)";
  AppendJsonString(json.out(), *name);
  json.out() += '}';
  json.Finish();
}

}  // namespace

void AdminApi::AddRoutes(Routes& routes) const {
  using Serve = void (*)(storage::Admin&, const HttpRequest&, HttpResponse&);
  const auto add = [&](const std::string& path, Serve serve) {
    routes.Add({"POST", "PUT"}, "/api/v1/admin/tsdb/" + path,
               [api = *this, serve](const HttpRequest& request, HttpResponse& response) {
                 if (api.enabled) return serve(api.admin, request, response);
                 SendJsonError(response, 500, "unavailable",
                               "admin APIs disabled; --web.enable-admin-api admits them");
               });
  };
  add("delete_series", Delete);
  add("clean_tombstones", Clean);
  add("snapshot", Snapshot);
}

}  // namespace narthex::server
