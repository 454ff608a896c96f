#include "server/api/exemplars_api.h"

#include "common/http_server/json_response.h"
#include "server/api/json_object.h"
#include "server/api/parameters.h"
#include "server/api/request_parameters.h"

namespace narthex::server {
namespace {

using storage::Matcher;

void CollectSelectors(const promql::Expr& expr, std::vector<std::vector<Matcher>>& selectors) {
  if (const auto* selector = std::get_if<promql::Selector>(&expr.node))
    selectors.push_back(selector->matchers);
  for (const promql::Expr* child : promql::Children(expr)) CollectSelectors(*child, selectors);
}

void AppendExemplar(std::string& out, const openmetrics::Exemplar& exemplar) {
  ObjectWriter object(out);
  object.Labels("labels", exemplar.labels);
  AppendJsonValue(object.Name("value"), exemplar.value);
  AppendJsonTime(object.Name("timestamp"), exemplar.timestamp_ms.value_or(0));
}

void SendExemplars(HttpResponse& response, const std::vector<storage::ExemplarSeries>& found) {
  JsonResponse json(response);
  {
    ListWriter list(json.out());
    for (const storage::ExemplarSeries& series : found) {
      ObjectWriter object(list.Next());
      object.Labels("seriesLabels", series.labels);
      ListWriter exemplars(object.Name("exemplars"));
      for (const openmetrics::Exemplar& exemplar : series.exemplars)
        AppendExemplar(exemplars.Next(), exemplar);
    }
  }
  json.Finish();
}

void Answer(const ExemplarsApi& api, const HttpRequest& request, HttpResponse& response) {
  const auto start_ms = Parameter(request, "start", ParseTime, storage::kMinTime);
  if (!start_ms.ok()) return SendBadData(response, start_ms.status());
  const auto end_ms = Parameter(request, "end", ParseTime, storage::kMaxTime);
  if (!end_ms.ok()) return SendBadData(response, end_ms.status());
  if (*end_ms < *start_ms)
    return SendBadData(response,
                       InvalidArgument("end timestamp must not be before start timestamp"));
  const auto expr = promql::Parse(request.parameters.Get("query"), api.parser);
  if (!expr.ok()) return SendBadData(response, expr.status());
  std::vector<std::vector<Matcher>> selectors;
  CollectSelectors(**expr, selectors);
  const auto found = api.storage.NewQuerier(*start_ms, *end_ms)->SelectExemplars(selectors);
  if (!found.ok()) return SendJsonError(response, 500, "internal", found.message());
  SendExemplars(response, *found);
}

}  // namespace

void ExemplarsApi::AddRoutes(Routes& routes) const {
  routes.Add({"GET", "POST"}, "/api/v1/query_exemplars",
             [api = *this](const HttpRequest& request, HttpResponse& response) {
               Answer(api, request, response);
             });
}

}  // namespace narthex::server
