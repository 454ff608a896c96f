#include "server/api/query_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"
#include "common/openmetrics/escaping.h"
#include "server/api/expression_json.h"
#include "server/api/json_object.h"
#include "server/api/parameters.h"
#include "server/api/query_log.h"
#include "server/api/request_parameters.h"
#include "server/api/result_json.h"
#include "server/promql/parser.h"
#include "server/promql/pretty.h"

namespace narthex::server {
namespace {

using promql::QueryResult;
using promql::ValueType;
using storage::Matcher;

constexpr int64_t kMaxPoints = 11'000;
constexpr std::string_view kLabelPattern = "/api/v1/label/*";

Result<promql::ExprPtr> QueryParameter(const HttpRequest& request,
                                       const promql::ParserOptions& options) {
  auto expr = promql::Parse(request.parameters.Get("query"), options);
  if (!expr.ok()) return InvalidParameter("query", expr.status());
  return expr;
}

promql::QueryOrigin OriginOf(const HttpRequest& request) {
  const std::string& address = request.remote_address;  // with a port
  return {address.substr(0, address.rfind(':')), request.method, request.path};
}

bool WantsStats(const HttpRequest& request) { return !request.parameters.Get("stats").empty(); }

Result<promql::QueryOptions> OptionParameters(const HttpRequest& request,
                                              const HttpResponse& response) {
  promql::QueryOptions options;
  options.text = request.parameters.Get("query");
  options.origin = OriginOf(request);
  options.abandoned = [&response] { return response.client_gone(); };
  options.exact_stats = WantsStats(request);
  options.per_step_stats = request.parameters.Get("stats") == "all";
  options.explain = request.parameters.Get("explain") == "true";
  ASSIGN_OR_RETURN(options.timeout,
                   Parameter(request, "timeout", ParseDurationParameter, Duration{0}));
  ASSIGN_OR_RETURN(options.lookback,
                   Parameter(request, "lookback_delta", ParseDurationParameter, Duration{0}));
  return options;
}

void SendEvaluationError(HttpResponse& response, const Status& status) {
  switch (status.code()) {
    case Code::kCancelled:
      return SendJsonError(response, 503, "canceled", status.message());
    case Code::kTimeout:
      return SendJsonError(response, 503, "timeout", status.message());
    case Code::kInvalidArgument:
    case Code::kLimit:
      return SendJsonError(response, 422, "execution", status.message());
    default:
      return SendJsonError(response, 500, "internal", status.message());
  }
}

// Beside the data: at most ten warnings and ten infos, and how many there are more.
void AppendAnnotations(std::string& out, std::string_view key, std::string_view kind,
                       const std::vector<std::string>& texts) {
  constexpr size_t kMost = 10;
  if (texts.empty()) return;
  out += fmt::format(",\"{}\":[", key);
  for (size_t i = 0; i < std::min(kMost, texts.size()); ++i) {
    if (i > 0) out += ',';
    AppendJsonString(out, texts[i]);
  }
  if (texts.size() > kMost) {
    out += ',';
    AppendJsonString(out,
                     fmt::format("{} more {} annotations omitted", texts.size() - kMost, kind));
  }
  out += ']';
}

std::string_view ResultTypeName(ValueType type) {
  switch (type) {
    case ValueType::kScalar:
      return "scalar";
    case ValueType::kVector:
      return "vector";
    case ValueType::kMatrix:
      return "matrix";
    case ValueType::kString:
      return "string";
  }
  return "unknown";
}

void AppendExplained(std::string& out, const promql::ExplainNode& node) {
  ObjectWriter object(out);
  object.Text("operator", node.kind);
  object.Text("expression", node.expression);
  object.Integer("series", static_cast<int64_t>(node.series));
  object.Integer("samples", static_cast<int64_t>(node.samples));
  object.Integer("bytes", static_cast<int64_t>(node.bytes));
  object.Number("seconds", static_cast<double>(node.ns) / 1e9);
  ListWriter children(object.Name("children"));
  for (const auto& child : node.children) AppendExplained(children.Next(), *child);
}

void SendResult(HttpResponse& response, const QueryResult& result, const AnswerForm& form,
                promql::WorkerPool& workers) {
  JsonResponse json(response);
  json.out() += R"({"resultType":")";
  json.out() += ResultTypeName(result.type);
  json.out() += R"(","result":)";
  if (!WriteResult(json, result, form, workers)) return;
  if (form.stats) {
    json.out() += ",\"stats\":";
    AppendStats(json.out(), result.stats);
  }
  if (result.explained) {
    json.out() += ",\"explain\":";
    AppendExplained(json.out(), *result.explained);
  }
  json.out() += '}';
  std::vector<std::string> warnings = result.warnings;
  if (form.limit > 0 && form.limit < result.series.size())
    warnings.insert(warnings.begin(), "results truncated due to limit");
  AppendAnnotations(json.out(), "warnings", "warning", warnings);
  AppendAnnotations(json.out(), "infos", "info", result.infos);
  json.Finish();
}

struct InstantParameters {
  promql::ExprPtr expr;
  int64_t time_ms;
  uint64_t limit;
  promql::QueryOptions options;
};

Result<InstantParameters> ReadInstant(const HttpRequest& request, const HttpResponse& response,
                                      int64_t now_ms, const promql::ParserOptions& options) {
  InstantParameters read;
  ASSIGN_OR_RETURN(read.time_ms, Parameter(request, "time", ParseTime, now_ms));
  ASSIGN_OR_RETURN(read.limit, Parameter<uint64_t>(request, "limit", ParseLimit, 0));
  ASSIGN_OR_RETURN(read.options, OptionParameters(request, response));
  ASSIGN_OR_RETURN(read.expr, QueryParameter(request, options));
  return read;
}

struct RangeParameters {
  promql::ExprPtr expr;
  promql::Steps steps;
  int64_t end_ms;  // as asked for; the last step may be earlier
  uint64_t limit;
  promql::QueryOptions options;
};

Result<RangeParameters> ReadRange(const HttpRequest& request, const HttpResponse& response,
                                  const promql::ParserOptions& options) {
  for (std::string_view name : {"start", "end", "step"}) {
    if (request.parameters.Get(name).empty())
      return InvalidParameter(name, InvalidArgument("parameter is missing"));
  }
  RangeParameters read;
  ASSIGN_OR_RETURN(const int64_t start_ms, Parameter<int64_t>(request, "start", ParseTime, 0));
  ASSIGN_OR_RETURN(const int64_t end_ms, Parameter<int64_t>(request, "end", ParseTime, 0));
  ASSIGN_OR_RETURN(const Duration step,
                   Parameter(request, "step", ParseDurationParameter, Duration{0}));
  if (end_ms < start_ms)
    return InvalidParameter("end", InvalidArgument("end timestamp must not be before start time"));
  if (step.ms <= 0) {
    return InvalidParameter("step",
                            InvalidArgument("zero or negative query resolution step widths are not "
                                            "accepted, use a step above zero"));
  }
  if ((end_ms - start_ms) / step.ms > kMaxPoints) {
    return InvalidArgument(
        "exceeded maximum resolution of 11,000 points per timeseries, use a larger step");
  }
  read.end_ms = end_ms;
  read.steps = {start_ms, step.ms, static_cast<size_t>((end_ms - start_ms) / step.ms) + 1};
  ASSIGN_OR_RETURN(read.limit, Parameter<uint64_t>(request, "limit", ParseLimit, 0));
  ASSIGN_OR_RETURN(read.options, OptionParameters(request, response));
  ASSIGN_OR_RETURN(read.expr, QueryParameter(request, options));
  if (read.expr->type != ValueType::kScalar && read.expr->type != ValueType::kVector) {
    return InvalidParameter(
        "query",
        InvalidArgument("invalid expression type ", Quote(promql::ValueTypeName(read.expr->type)),
                        " for range query, must be scalar or instant vector"));
  }
  return read;
}

// What series, labels and label values have in common.
struct SelectionParameters {
  std::vector<std::vector<Matcher>> selectors;
  int64_t start_ms;
  int64_t end_ms;
  uint64_t limit;
};

Result<SelectionParameters> ReadSelection(const HttpRequest& request) {
  SelectionParameters read;
  ASSIGN_OR_RETURN(read.start_ms, Parameter(request, "start", ParseTime, storage::kMinTime));
  ASSIGN_OR_RETURN(read.end_ms, Parameter(request, "end", ParseTime, storage::kMaxTime));
  ASSIGN_OR_RETURN(read.limit, Parameter<uint64_t>(request, "limit", ParseLimit, 0));
  ASSIGN_OR_RETURN(read.selectors, SelectorParameters(request));
  return read;
}

// The items, each written by `append`; a warning where the limit cuts them.
template <typename Item>
void SendItems(HttpResponse& response, const std::set<Item>& items, uint64_t limit,
               void (*append)(std::string&, const Item&)) {
  JsonResponse json(response);
  json.out() += '[';
  uint64_t sent = 0;
  for (const Item& item : items) {
    if (limit > 0 && sent == limit) break;
    if (sent++ > 0) json.out() += ',';
    append(json.out(), item);
    if (!json.Flush()) return;
  }
  json.out() += ']';
  if (sent < items.size()) json.out() += R"(,"warnings":["results truncated due to limit"])";
  json.Finish();
}

// The union over all selectors, or over everything where there are none.
template <typename Ask>
void SendUnion(HttpResponse& response, const storage::Storage& storage,
               const SelectionParameters& selection, Ask ask) {
  const auto querier = storage.NewQuerier(selection.start_ms, selection.end_ms);
  std::vector<std::vector<Matcher>> selectors = selection.selectors;
  if (selectors.empty()) selectors.emplace_back();
  if (selection.end_ms < selection.start_ms) selectors.clear();  // as the reference: nothing
  std::set<std::string> items;
  for (const auto& matchers : selectors) {
    auto found = ask(*querier, matchers);
    if (!found.ok()) return SendJsonError(response, 500, "internal", found.message());
    items.insert(std::make_move_iterator(found->begin()), std::make_move_iterator(found->end()));
  }
  SendItems<std::string>(
      response, items, selection.limit,
      [](std::string& out, const std::string& item) { AppendJsonString(out, item); });
}

void SendSeries(HttpResponse& response, const storage::Storage& storage,
                const SelectionParameters& selection) {
  const auto querier = storage.NewQuerier(selection.start_ms, selection.end_ms);
  std::set<LabelSet> found;
  for (const auto& matchers : selection.selectors) {
    if (selection.end_ms < selection.start_ms) break;  // as the reference: nothing
    const auto set = querier->Select(matchers);
    if (!set.ok()) return SendJsonError(response, 500, "internal", set.message());
    for (size_t i = 0; i < (*set)->size(); ++i) found.insert((*set)->labels(i));
  }
  SendItems(response, found, selection.limit, AppendJsonLabels);
}

}  // namespace

void QueryApi::AddRoutes(Routes& routes) const {
  const QueryApi api = *this;
  routes.Add({"GET", "POST"}, "/api/v1/query",
             [api](const HttpRequest& request, HttpResponse& response) {
               const auto read =
                   ReadInstant(request, response, api.clock.NowMs(), api.engine.parser_options());
               if (!read.ok()) return SendBadData(response, read.status());
               const auto result = api.engine.Instant(*read->expr, read->time_ms, read->options);
               if (!result.ok()) return SendEvaluationError(response, result.status());
               SendResult(response, *result, {read->time_ms, read->limit, WantsStats(request)},
                          api.engine.workers());
             });
  routes.Add(
      {"GET", "POST"}, "/api/v1/query_range",
      [api](const HttpRequest& request, HttpResponse& response) {
        const auto read = ReadRange(request, response, api.engine.parser_options());
        if (!read.ok()) return SendBadData(response, read.status());
        const auto result = api.engine.Range(*read->expr, read->steps, read->end_ms, read->options);
        if (!result.ok()) return SendEvaluationError(response, result.status());
        SendResult(response, *result, {read->steps.start_ms, read->limit, WantsStats(request)},
                   api.engine.workers());
      });
  routes.Add({"GET", "POST"}, "/api/v1/format_query",
             [api](const HttpRequest& request, HttpResponse& response) {
               const auto expr = QueryParameter(request, api.engine.parser_options());
               if (!expr.ok()) return SendBadData(response, expr.status());
               JsonResponse json(response);
               AppendJsonString(json.out(), promql::PrettyPrint(**expr));
               json.Finish();
             });
  routes.Add({"GET", "POST"}, "/api/v1/parse_query",
             [api](const HttpRequest& request, HttpResponse& response) {
               const auto expr = QueryParameter(request, api.engine.parser_options());
               if (!expr.ok()) return SendBadData(response, expr.status());
               JsonResponse json(response);
               AppendExpression(json.out(), **expr);
               json.Finish();
             });
  routes.Add({"GET", "POST"}, "/api/v1/series",
             [api](const HttpRequest& request, HttpResponse& response) {
               const auto selection = ReadSelection(request);
               if (!selection.ok()) return SendBadData(response, selection.status());
               if (selection->selectors.empty())
                 return SendBadData(response, InvalidArgument("no match[] parameter provided"));
               SendSeries(response, api.storage, *selection);
             });
  routes.Add({"GET", "POST"}, "/api/v1/labels",
             [api](const HttpRequest& request, HttpResponse& response) {
               const auto selection = ReadSelection(request);
               if (!selection.ok()) return SendBadData(response, selection.status());
               SendUnion(response, api.storage, *selection,
                         [](const storage::Querier& querier, const std::vector<Matcher>& matchers) {
                           return querier.LabelNames(matchers);
                         });
             });
  routes.Get(std::string(kLabelPattern), [api](const HttpRequest& request, HttpResponse& response) {
    constexpr std::string_view kValues = "/values";
    std::string_view text = RestOfPath(request, kLabelPattern);
    const bool whole = text.ends_with(kValues) && text.find('/') == text.size() - kValues.size();
    if (!whole) return SendJsonError(response, 404, "not_found", "want /api/v1/label/NAME/values");
    text.remove_suffix(kValues.size());
    const std::string name = openmetrics::UnescapeValues(text);
    if (name.empty() || !IsValidUtf8(name))
      return SendBadData(response, InvalidArgument("invalid label name: ", Quote(name)));
    const auto selection = ReadSelection(request);
    if (!selection.ok()) return SendBadData(response, selection.status());
    SendUnion(response, api.storage, *selection,
              [&name](const storage::Querier& querier, const std::vector<Matcher>& matchers) {
                return querier.LabelValues(name, matchers);
              });
  });
}

}  // namespace narthex::server
