#include "server/api/active_queries_api.h"

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"
#include "server/api/json_object.h"

namespace narthex::server {
namespace {

constexpr std::string_view kQueryPattern = "/api/v1/admin/queries/*";

void AppendQuery(std::string& out, const promql::ActiveQueryStatus& query) {
  ObjectWriter object(out);
  object.Integer("id", static_cast<int64_t>(query.id));
  object.Text("query", query.identity.text);
  object.Text("state", query.running ? "running" : "waiting");
  object.Text("arrived", Rfc3339(query.arrived_ms));
  object.Number("ageSeconds", query.age_s);
  object.Text("start", Rfc3339(query.identity.start_ms));
  object.Text("end", Rfc3339(query.identity.end_ms));
  object.Number("step", static_cast<double>(query.identity.step_ms) / 1000);
  {
    ObjectWriter origin(object.Name("origin"));
    origin.Text("clientIP", query.identity.origin.client);
    origin.Text("method", query.identity.origin.method);
    origin.Text("path", query.identity.origin.path);
  }
  object.Integer("samples", static_cast<int64_t>(query.samples));
  object.Integer("peakSamples", static_cast<int64_t>(query.peak_samples));
  object.Integer("bytes", static_cast<int64_t>(query.bytes));
  object.Integer("peakBytes", static_cast<int64_t>(query.peak_bytes));
}

void SendQueries(HttpResponse& response, const promql::ActiveQueries& queries) {
  JsonResponse json(response);
  json.out() += "{\"limit\":";
  AppendUnsigned(json.out(), queries.limit());
  json.out() += ",\"queries\":";
  {
    ListWriter list(json.out());
    for (const promql::ActiveQueryStatus& query : queries.List()) AppendQuery(list.Next(), query);
  }
  json.out() += '}';
  json.Finish();
}

void CancelQuery(const HttpRequest& request, HttpResponse& response,
                 promql::ActiveQueries& queries) {
  constexpr std::string_view kCancel = "/cancel";
  std::string_view rest = RestOfPath(request, kQueryPattern);
  const bool cancel = rest.ends_with(kCancel);
  if (cancel) rest.remove_suffix(kCancel.size());
  const auto id = ParseUnsigned(rest);
  if (!cancel || !id)
    return SendJsonError(response, 404, "not_found", "want /api/v1/admin/queries/ID/cancel");
  if (!queries.Cancel(*id))
    return SendJsonError(response, 404, "not_found",
                         "no query " + std::string(rest) + " is under way");
  response.Send(204, kPlainText, "");
}

}  // namespace

void ActiveQueriesApi::AddRoutes(Routes& routes) const {
  routes.Get(
      "/api/v1/status/active_queries",
      [&all = queries](const HttpRequest&, HttpResponse& response) { SendQueries(response, all); });
  routes.Add(
      {"POST"}, std::string(kQueryPattern),
      [&all = queries, enabled = enable_admin](const HttpRequest& request, HttpResponse& response) {
        if (!enabled) return SendJsonError(response, 500, "unavailable", "admin APIs disabled");
        CancelQuery(request, response, all);
      });
}

}  // namespace narthex::server
