#include "server/api/config_api.h"

#include <algorithm>

#include "common/config/json.h"
#include "common/config/unbind.h"
#include "common/http_server/json_response.h"
#include "server/api/json_object.h"

namespace narthex::server {
namespace {

void SendBadData(HttpResponse& response, std::string_view message) {
  SendJsonError(response, 400, "bad_data", message);
}

void SendYaml(HttpResponse& response, const std::string& yaml) {
  JsonResponse json(response);
  ObjectWriter(json.out()).Text("yaml", yaml);
  json.Finish();
}

// Beside the reference's field: what the last reload changed, and why the last try failed.
void SendConfig(HttpResponse& response, const ReloadReport& report) {
  JsonResponse json(response);
  {
    ObjectWriter object(json.out());
    object.Text("yaml", report.yaml);
    {
      ListWriter changes(object.Name("lastChanges"));
      for (const std::string& change : report.changes) AppendJsonString(changes.Next(), change);
    }
    if (!report.error.empty()) object.Text("lastReloadError", report.error);
  }
  json.Finish();
}

void SendFlags(HttpResponse& response, const std::map<std::string, std::string>& flags) {
  JsonResponse json(response);
  {
    ObjectWriter object(json.out());
    for (const auto& [name, value] : flags) object.Text(name, value);
  }
  json.Finish();
}

using Pools = std::map<std::string, std::shared_ptr<const ScrapePool>>;

// Ours: the discoveries of jobs that this server cannot do, where there are any.
void AppendFailedDiscoveries(ObjectWriter& object, const Pools& pools) {
  const bool any = std::any_of(pools.begin(), pools.end(), [](const auto& entry) {
    return !entry.second->config->discovery.others.found.empty();
  });
  if (!any) return;
  ListWriter failed(object.Name("failedDiscoveries"));
  for (const auto& [job, pool] : pools) {
    for (const OtherDiscovery& other : pool->config->discovery.others.found) {
      ObjectWriter one(failed.Next());
      one.Text("scrapePool", job);
      one.Text("discovery", other.kind->field);
      one.Text("error", "this server cannot discover that way");
    }
  }
}

void SendPools(HttpResponse& response, const ScrapeEngine& scrapes) {
  JsonResponse json(response);
  {
    ObjectWriter object(json.out());
    const auto all = scrapes.pools();
    {
      ListWriter names(object.Name("scrapePools"));
      for (const auto& [job, pool] : all) AppendJsonString(names.Next(), job);
    }
    AppendFailedDiscoveries(object, all);
  }
  json.Finish();
}

// The pool that the parameter names; null after an error was sent.
std::shared_ptr<const ScrapePool> PoolOf(const HttpRequest& request, HttpResponse& response,
                                         const ScrapeEngine& scrapes) {
  const std::string_view name = request.parameters.Get("scrapePool");
  if (name.empty()) {
    SendBadData(response, "no scrapePool parameter provided");
    return nullptr;
  }
  const auto pools = scrapes.pools();
  const auto found = pools.find(std::string(name));
  if (found != pools.end()) return found->second;
  SendBadData(response, "unknown scrape pool " + Quote(name));
  return nullptr;
}

// A JSON object of texts.
Result<LabelSet> ParseLabels(std::string_view text) {
  ASSIGN_OR_RETURN(const config::Node node, config::ParseJson(text));
  std::map<std::string, std::string> labels;
  RETURN_IF_ERROR(config::Bind(node, labels));
  LabelSetBuilder builder;
  for (const auto& [name, value] : labels) builder.Set(name, value);
  return builder.Build();
}

void AppendNode(std::string& out, const config::Node& node) {
  switch (node.kind) {
    case config::Node::Kind::kNull:
      out += "null";
      return;
    case config::Node::Kind::kScalar:
      AppendJsonString(out, node.text);
      return;
    case config::Node::Kind::kSequence: {
      ListWriter list(out);
      for (const config::Node& item : node.items) AppendNode(list.Next(), item);
      return;
    }
    case config::Node::Kind::kMapping: {
      ObjectWriter object(out);
      for (const auto& [key, value] : node.entries) AppendNode(object.Name(key.text), value);
      return;
    }
  }
}

void SendRelabelSteps(const HttpRequest& request, HttpResponse& response,
                      const ScrapeEngine& scrapes) {
  const auto pool = PoolOf(request, response, scrapes);
  if (!pool) return;
  const std::string_view text = request.parameters.Get("labels");
  if (text.empty()) return SendBadData(response, "no labels parameter provided");
  const auto labels = ParseLabels(text);
  if (!labels.ok())
    return SendBadData(response, "invalid parameter \"labels\": " + std::string(labels.message()));
  JsonResponse json(response);
  {
    ObjectWriter object(json.out());
    ListWriter steps(object.Name("steps"));
    LabelSetBuilder builder(*labels);
    bool keep = true;
    for (const RelabelRule& rule : pool->config->relabel_configs) {
      keep = keep && Relabel({rule}, builder);
      ObjectWriter step(steps.Next());
      AppendNode(step.Name("rule"), config::ToNode(rule));
      step.Labels("output", keep ? builder.Build() : LabelSet());
      step.Boolean("keep", keep);
    }
  }
  json.Finish();
}

}  // namespace

void ConfigApi::AddRoutes(Routes& routes) const {
  routes.Get("/api/v1/status/config",
             [&reloader = config](const HttpRequest&, HttpResponse& response) {
               SendConfig(response, reloader.report());
             });
  routes.Get("/api/v1/status/flags", [all = flags](const HttpRequest&, HttpResponse& response) {
    SendFlags(response, all);
  });
  routes.Get("/api/v1/scrape_pools",
             [&engine = scrapes](const HttpRequest&, HttpResponse& response) {
               SendPools(response, engine);
             });
  routes.Get("/api/v1/scrape_pools/config",
             [&engine = scrapes](const HttpRequest& request, HttpResponse& response) {
               if (const auto pool = PoolOf(request, response, engine))
                 SendYaml(response, config::ToYaml(config::ToNode(*pool->config)));
             });
  routes.Get("/api/v1/targets/relabel_steps",
             [&engine = scrapes](const HttpRequest& request, HttpResponse& response) {
               SendRelabelSteps(request, response, engine);
             });
}

}  // namespace narthex::server
