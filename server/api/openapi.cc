#include "server/api/openapi.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "common/client/registry.h"
#include "server/api/json_object.h"

namespace narthex::server {
namespace {

enum class Form { kString, kInteger, kNumber, kBoolean, kList };

struct Parameter {
  std::string_view name;
  Form form;
  bool required;
  std::string_view text;
};

// What is behind "data" of an answer, or the answer itself.
enum class Answer { kObject, kList, kStrings, kQuery, kString, kEmpty, kLines, kEvents, kYaml };

struct Operation {
  std::string_view path;
  std::vector<std::string_view> methods;  // by post, parameters come as a form
  std::string_view summary;
  std::vector<Parameter> parameters;
  Answer answer;
  bool needs_3_2 = false;  // a stream of events, which 3.1 cannot describe
};

constexpr Parameter kQuery = {"query", Form::kString, true, "PromQL expression."};
constexpr Parameter kTimeout = {"timeout", Form::kString, false,
                                "Duration after which evaluation is given up."};
constexpr Parameter kLookback = {"lookback_delta", Form::kString, false,
                                 "Lookback of this query alone, a duration or seconds."};
constexpr Parameter kStats = {"stats", Form::kString, false,
                              "Adds statistics; all adds those of each step."};
constexpr Parameter kExplain = {"explain", Form::kBoolean, false,
                                "Adds the operators with what each cost."};
constexpr Parameter kStart = {"start", Form::kString, false, "RFC 3339 or Unix seconds."};
constexpr Parameter kEnd = {"end", Form::kString, false, "RFC 3339 or Unix seconds."};
constexpr Parameter kLimit = {"limit", Form::kInteger, false, "Most items; 0 for all."};
constexpr Parameter kMatch = {"match[]", Form::kList, false,
                              "Series selectors, of which one must fit."};
constexpr Parameter kNeededMatch = {"match[]", Form::kList, true,
                                    "Series selectors, of which one must fit."};

std::vector<Parameter> SearchParameters(std::vector<Parameter> own) {
  const Parameter common[] = {
      kMatch,
      {"search[]", Form::kList, false, "Texts, of which one must be found."},
      {"fuzz_threshold", Form::kInteger, false, "Least score, in hundredths."},
      {"fuzz_alg", Form::kString, false, "subsequence or jarowinkler."},
      {"case_sensitive", Form::kBoolean, false, "Whether letters must have the same case."},
      {"sort_by", Form::kString, false, "alpha or score."},
      {"sort_dir", Form::kString, false, "asc or dsc, with alpha."},
      {"include_score", Form::kBoolean, false, "Adds the score to each result."},
      kStart,
      kEnd,
      kLimit,
      {"batch_size", Form::kInteger, false, "Most results a line."}};
  own.insert(own.end(), std::begin(common), std::end(common));
  return own;
}

std::vector<Operation> QueryOperations() {
  const std::vector<std::string_view> both = {"get", "post"};
  return {
      {"/query",
       both,
       "Evaluates an expression at one time.",
       {kQuery,
        {"time", Form::kString, false, "RFC 3339 or Unix seconds; now where absent."},
        kTimeout,
        kLimit,
        kLookback,
        kStats,
        kExplain},
       Answer::kQuery},
      {"/query_range",
       both,
       "Evaluates an expression over a range of time.",
       {kQuery,
        {"start", Form::kString, true, "RFC 3339 or Unix seconds."},
        {"end", Form::kString, true, "RFC 3339 or Unix seconds."},
        {"step", Form::kString, true, "A duration or seconds."},
        kTimeout,
        kLimit,
        kLookback,
        kStats,
        kExplain},
       Answer::kQuery},
      {"/query_exemplars",
       both,
       "Exemplars of the series in an expression.",
       {kQuery, kStart, kEnd},
       Answer::kList},
      {"/format_query", both, "An expression in its usual spelling.", {kQuery}, Answer::kString},
      {"/parse_query", both, "An expression as a tree.", {kQuery}, Answer::kObject},
      {"/series",
       both,
       "Label sets of series.",
       {kNeededMatch, kStart, kEnd, kLimit},
       Answer::kList},
      {"/labels", both, "Names of labels.", {kMatch, kStart, kEnd, kLimit}, Answer::kStrings},
      {"/label/{name}/values",
       {"get"},
       "Values of a label.",
       {{"name", Form::kString, true, "The label, escaped as U__ where it is no plain name."},
        kMatch,
        kStart,
        kEnd,
        kLimit},
       Answer::kStrings},
      {"/search/metric_names", both, "Names of metrics that match what was typed.",
       SearchParameters({{"include_metadata", Form::kBoolean, false, "Adds type, help, unit."}}),
       Answer::kLines},
      {"/search/label_names", both, "Names of labels that match what was typed.",
       SearchParameters({}), Answer::kLines},
      {"/search/label_values", both, "Values of a label that match what was typed.",
       SearchParameters({{"label", Form::kString, true, "The label."}}), Answer::kLines},
  };
}

std::vector<Operation> TargetOperations() {
  const Parameter pool = {"scrapePool", Form::kString, false, "Of this job alone."};
  const Parameter needed_pool = {"scrapePool", Form::kString, true, "The job."};
  const Parameter metric = {"metric", Form::kString, false, "Of this family alone."};
  return {
      {"/metadata",
       {"get"},
       "What targets tell of their families.",
       {metric, kLimit, {"limit_per_metric", Form::kInteger, false, "Most entries a family."}},
       Answer::kObject},
      {"/targets",
       {"get"},
       "Targets that are scraped and that relabelling dropped.",
       {{"state", Form::kString, false, "active, dropped or any."}, pool},
       Answer::kObject},
      {"/targets/metadata",
       {"get"},
       "What single targets tell of their families.",
       {{"match_target", Form::kString, false, "Matchers for labels of targets."}, metric, kLimit},
       Answer::kList},
      {"/targets/relabel_steps",
       {"get"},
       "What each rule of a job does to labels.",
       {needed_pool, {"labels", Form::kString, true, "The labels before, as a JSON object."}},
       Answer::kObject},
      {"/scrape_pools", {"get"}, "Names of the jobs.", {}, Answer::kObject},
      {"/scrape_pools/config", {"get"}, "Configuration of a job.", {needed_pool}, Answer::kObject},
  };
}

std::vector<Operation> StatusOperations() {
  return {
      {"/status/config",
       {"get"},
       "The configuration in force, without secrets.",
       {},
       Answer::kObject},
      {"/status/flags", {"get"}, "Flags and their values.", {}, Answer::kObject},
      {"/status/runtimeinfo", {"get"}, "What the process tells of itself.", {}, Answer::kObject},
      {"/status/buildinfo", {"get"}, "Version.", {}, Answer::kObject},
      {"/status/tsdb", {"get"}, "Series by metric, label and value.", {kLimit}, Answer::kObject},
      {"/status/tsdb/blocks", {"get"}, "Blocks on disk.", {}, Answer::kObject},
      {"/status/walreplay",
       {"get"},
       "How far the log is read at a start; answered before anything else is.",
       {},
       Answer::kObject},
      {"/status/self_metrics",
       {"get"},
       "This server's own metrics.",
       {{"metric_name_pattern", Form::kString, false, "Regular expression for names."}},
       Answer::kList},
      {"/status/active_queries", {"get"}, "Queries under way.", {}, Answer::kList},
      {"/features", {"get"}, "What this server can do.", {}, Answer::kObject},
      {"/notifications", {"get"}, "What an operator should know.", {}, Answer::kList},
      {"/notifications/live", {"get"}, "The same, as it comes.", {}, Answer::kEvents, true},
      {"/openapi.yaml",
       {"get"},
       "This document.",
       {{"openapi_version", Form::kString, false, "3.1 or 3.2."}},
       Answer::kYaml},
  };
}

std::vector<Operation> AdminOperations() {
  const std::vector<std::string_view> both = {"post", "put"};
  return {
      {"/admin/tsdb/delete_series",
       both,
       "Deletes samples.",
       {kNeededMatch, kStart, kEnd},
       Answer::kEmpty},
      {"/admin/tsdb/clean_tombstones",
       both,
       "Rewrites blocks without what was deleted.",
       {},
       Answer::kEmpty},
      {"/admin/tsdb/snapshot",
       both,
       "Copies the database into a folder below snapshots/.",
       {{"skip_head", Form::kBoolean, false, "Leaves out what is not in blocks yet."}},
       Answer::kObject},
      {"/admin/queries/{id}/cancel",
       {"post"},
       "Ends a query.",
       {{"id", Form::kString, true, "As status/active_queries tells it."}},
       Answer::kEmpty},
  };
}

std::string SchemaOf(const Parameter& parameter) {
  switch (parameter.form) {
    case Form::kInteger:
      return "{type: integer}";
    case Form::kNumber:
      return "{type: number}";
    case Form::kBoolean:
      return "{type: boolean}";
    case Form::kList:
      return "{type: array, items: {type: string}}";
    case Form::kString:
      break;
  }
  return "{type: string}";
}

// Text as a YAML scalar: a JSON string is one.
std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

bool InPath(const Operation& operation, const Parameter& parameter) {
  return operation.path.find(fmt::format("{{{}}}", parameter.name)) != std::string_view::npos;
}

void AppendParameters(const Operation& operation, bool in_path_only, std::string& out) {
  bool first = true;
  for (const Parameter& parameter : operation.parameters) {
    const bool in_path = InPath(operation, parameter);
    if (in_path_only && !in_path) continue;
    if (first) out += "      parameters:\n";
    first = false;
    out += fmt::format("      - {{name: {}, in: {}, required: {}, description: {}, schema: {}}}\n",
                       Quoted(parameter.name), in_path ? "path" : "query", parameter.required,
                       Quoted(parameter.text), SchemaOf(parameter));
  }
}

void AppendForm(const Operation& operation, std::string& out) {
  std::string properties;
  std::string required;
  for (const Parameter& parameter : operation.parameters) {
    if (InPath(operation, parameter)) continue;
    properties += fmt::format("                {}: {{description: {}, {}\n", Quoted(parameter.name),
                              Quoted(parameter.text), SchemaOf(parameter).substr(1));
    if (parameter.required) required += (required.empty() ? "" : ", ") + Quoted(parameter.name);
  }
  if (properties.empty()) return;
  out +=
      "      requestBody:\n        content:\n          application/x-www-form-urlencoded:\n"
      "            schema:\n              type: object\n";
  if (!required.empty()) out += fmt::format("              required: [{}]\n", required);
  out += "              properties:\n" + properties;
}

std::string_view SchemaOf(Answer answer) {
  switch (answer) {
    case Answer::kObject:
      return "ObjectAnswer";
    case Answer::kList:
      return "ListAnswer";
    case Answer::kStrings:
      return "StringsAnswer";
    case Answer::kQuery:
      return "QueryAnswer";
    case Answer::kString:
      return "StringAnswer";
    default:
      return {};
  }
}

void AppendAnswer(Answer answer, std::string& out) {
  out += "      responses:\n";
  const auto content = [&out](std::string_view type, std::string_view schema) {
    out += fmt::format(
        "        '200':\n          description: Done.\n          content:\n            {}:\n"
        "              schema: {}\n",
        type, schema);
  };
  if (answer == Answer::kEmpty) {
    out += "        '204':\n          description: Done.\n";
  } else if (answer == Answer::kLines) {
    content("application/x-ndjson", "{type: string, description: A JSON object a line.}");
  } else if (answer == Answer::kEvents) {
    content("text/event-stream", "{type: string}");
  } else if (answer == Answer::kYaml) {
    content("application/yaml", "{type: string}");
  } else {
    content("application/json",
            fmt::format("{{$ref: '#/components/schemas/{}'}}", SchemaOf(answer)));
  }
  out += "        default: {$ref: '#/components/responses/Error'}\n";
}

// "get" and "/label/{name}/values" as "get-label-name-values".
std::string IdOf(std::string_view method, std::string_view path) {
  std::string id(method);
  for (const char c : path) {
    if (c == '{' || c == '}') continue;
    id += c == '/' || c == '.' ? '-' : c;
  }
  return id;
}

void AppendOperation(const Operation& operation, std::string& out) {
  out += fmt::format("  {}:\n", Quoted(operation.path));
  for (const std::string_view method : operation.methods) {
    const bool is_form = method != "get";
    out += fmt::format("    {}:\n      operationId: {}\n      summary: {}\n", method,
                       IdOf(method, operation.path), Quoted(operation.summary));
    AppendParameters(operation, is_form, out);
    if (is_form) AppendForm(operation, out);
    AppendAnswer(operation.answer, out);
  }
}

constexpr std::string_view kComponents = R"(components:
  responses:
    Error:
      description: Refused or failed.
      content:
        application/json:
          schema: {$ref: '#/components/schemas/Error'}
  schemas:
    Error:
      type: object
      required: [status, errorType, error]
      properties:
        status: {type: string, enum: [error]}
        errorType: {type: string}
        error: {type: string}
    Success:
      type: object
      required: [status, data]
      properties:
        status: {type: string, enum: [success]}
        warnings: {type: array, items: {type: string}}
        infos: {type: array, items: {type: string}}
    ObjectAnswer:
      allOf: [{$ref: '#/components/schemas/Success'}, {properties: {data: {type: object}}}]
    ListAnswer:
      allOf: [{$ref: '#/components/schemas/Success'}, {properties: {data: {type: array, items: {}}}}]
    StringsAnswer:
      allOf: [{$ref: '#/components/schemas/Success'}, {properties: {data: {type: array, items: {type: string}}}}]
    StringAnswer:
      allOf: [{$ref: '#/components/schemas/Success'}, {properties: {data: {type: string}}}]
    QueryAnswer:
      allOf: [{$ref: '#/components/schemas/Success'}, {properties: {data: {$ref: '#/components/schemas/QueryData'}}}]
    QueryData:
      type: object
      required: [resultType, result]
      properties:
        resultType: {type: string, enum: [matrix, vector, scalar, string]}
        result:
          type: array
          description: Of a scalar or string a time and a value; else the series.
          items: {anyOf: [{$ref: '#/components/schemas/Series'}, {type: number}, {type: string}]}
        stats: {type: object}
        explain: {type: object}
    Series:
      type: object
      required: [metric]
      properties:
        metric: {type: object, additionalProperties: {type: string}}
        value: {$ref: '#/components/schemas/Sample'}
        values: {type: array, items: {$ref: '#/components/schemas/Sample'}}
        histogram: {type: array, items: {}, description: A time and a histogram.}
        histograms: {type: array, items: {type: array, items: {}}}
    Sample:
      type: array
      description: Unix seconds, and the value as a text.
      items: {anyOf: [{type: number}, {type: string}]}
)";

}  // namespace

std::string OpenApiDocument(std::string_view version, std::string_view prefix) {
  const bool newest = version.starts_with("3.2");
  std::string out = fmt::format(
      "openapi: {}\ninfo:\n  title: Narthex server\n  version: {}\n"
      "  description: Scrapes targets, stores their samples and answers queries.\n"
      "servers:\n- url: {}\npaths:\n",
      newest ? "3.2.0" : "3.1.0", Quoted(Version()), Quoted(fmt::format("{}/api/v1", prefix)));
  for (const auto& group :
       {QueryOperations(), TargetOperations(), StatusOperations(), AdminOperations()}) {
    for (const Operation& operation : group) {
      if (newest || !operation.needs_3_2) AppendOperation(operation, out);
    }
  }
  out += kComponents;
  return out;
}

void OpenApi::AddRoutes(Routes& routes) const {
  routes.Get("/api/v1/openapi.yaml",
             [path = prefix](const HttpRequest& request, HttpResponse& response) {
               response.Send(200, "application/yaml; charset=utf-8",
                             OpenApiDocument(request.parameters.Get("openapi_version"), path));
             });
}

}  // namespace narthex::server
