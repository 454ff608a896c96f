#include "server/api/features_api.h"

#include <map>

#include "common/http_server/json_response.h"
#include "server/api/json_object.h"
#include "server/promql/functions.h"

namespace narthex::server {
namespace {

using Switches = std::map<std::string, bool>;

Switches Functions(const promql::EngineOptions& query) {
  Switches functions;
  for (const promql::FunctionRow& row : promql::Functions())
    functions.emplace(row.name, !row.experimental || query.parser.experimental_functions);
  return functions;
}

// Aggregations that are experimental; all others are always there.
Switches Operators(const promql::EngineOptions& query) {
  Switches operators;
  for (const char* name : {"!=",
                           "!~",
                           "%",
                           "*",
                           "+",
                           "-",
                           "/",
                           "<",
                           "</",
                           "<=",
                           "==",
                           "=~",
                           ">",
                           ">/",
                           ">=",
                           "@",
                           "^",
                           "and",
                           "atan2",
                           "avg",
                           "bottomk",
                           "count",
                           "count_values",
                           "group",
                           "max",
                           "min",
                           "or",
                           "quantile",
                           "stddev",
                           "stdvar",
                           "sum",
                           "topk",
                           "unless"})
    operators.emplace(name, true);
  for (const char* name : {"limitk", "limit_ratio"})
    operators.emplace(name, query.parser.experimental_functions);
  return operators;
}

Switches Language(const promql::EngineOptions& query) {
  Switches language;
  for (const char* name :
       {"at_modifier", "bool", "by", "duration_expr", "group_left", "group_right", "ignoring",
        "negative_offset", "offset", "on", "per_query_lookback_delta", "subqueries", "without"})
    language.emplace(name, true);
  for (const char* name : {"anchored", "smoothed"})
    language.emplace(name, query.parser.extended_range_selectors);
  for (const char* name : {"fill", "fill_left", "fill_right"})
    language.emplace(name, query.parser.fill_modifiers);
  language.emplace("delayed_name_removal", query.features.delayed_name_removal);
  return language;
}

}  // namespace

void FeaturesApi::AddRoutes(Routes& routes) const {
  const std::map<std::string, Switches> features = {
      {"api",
       {{"admin", admin},
        {"exclude_alerts", false},
        {"label_values_match", true},
        {"lifecycle", lifecycle},
        {"otlp_write_receiver", false},
        {"query_stats", true},
        {"query_warnings", true},
        {"remote_write_receiver", false},
        {"search", search},
        {"time_range_labels", true},
        {"time_range_series", true}}},
      {"prometheus",
       {{"agent_mode", false}, {"auto_reload_config", auto_reload}, {"server_mode", true}}},
      {"promql", Language(query)},
      {"promql_functions", Functions(query)},
      {"promql_operators", Operators(query)},
      {"scrape",
       {{"extra_scrape_metrics", true},
        {"start_timestamp_zero_ingestion", start_zeros},
        {"type_and_unit_labels", query.features.type_and_unit_labels}}},
      {"service_discovery_providers",
       {{"dns", true}, {"file", true}, {"http", true}, {"static", true}}},
      {"tsdb",
       {{"exemplar_storage", exemplars},
        {"isolation", true},
        {"native_histograms", true},
        {"st_storage", start_times},
        {"xor2_encoding", true}}},
  };
  routes.Get("/api/v1/features", [features](const HttpRequest&, HttpResponse& response) {
    JsonResponse json(response);
    {
      ObjectWriter groups(json.out());
      for (const auto& [group, switches] : features) {
        ObjectWriter one(groups.Name(group));
        for (const auto& [name, on] : switches) one.Boolean(name, on);
      }
    }
    json.Finish();
  });
}

}  // namespace narthex::server
