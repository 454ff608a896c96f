#include "server/api/metadata_api.h"

#include <algorithm>
#include <map>

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"
#include "server/api/json_object.h"
#include "server/promql/parser.h"

namespace narthex::server {
namespace {

using storage::Matcher;

// A limit as this endpoint has it: -1 for none, which is what an absent one means too.
Result<int64_t> ReadLimit(const HttpRequest& request, std::string_view name) {
  const std::string_view text = request.parameters.Get(name);
  if (text.empty()) return -1;
  if (const auto limit = ParseInteger(text)) return *limit;
  return InvalidArgument("invalid parameter ", Quote(name), ": want a whole number, got ",
                         Quote(text));
}

void AppendMetadata(ObjectWriter& object, const storage::Metadata& metadata) {
  object.Text("type", openmetrics::TypeName(metadata.type));
  object.Text("help", metadata.help);
  object.Text("unit", metadata.unit);
}

// Calls with each target and each family that it tells of, of one name if that is not empty.
// Before a target, `goes_on` says whether it is to be looked at.
template <typename GoesOn, typename Visit>
void VisitFamilies(const ScrapeEngine& scrapes, std::string_view metric, GoesOn goes_on,
                   Visit visit) {
  for (const auto& [job, pool] : scrapes.pools()) {
    for (const auto& target : pool->found.targets) {
      if (!goes_on(*target)) continue;
      const MetadataListPtr families = target->metadata();
      for (const FamilyMetadata& family : *families) {
        if (metric.empty() || family.name == metric) visit(*target, family);
      }
    }
  }
}

void SendMetadata(const HttpRequest& request, HttpResponse& response, const ScrapeEngine& scrapes) {
  const auto limit = ReadLimit(request, "limit");
  const auto per_metric = ReadLimit(request, "limit_per_metric");
  for (const auto* read : {&limit, &per_metric}) {
    if (!read->ok()) return SendJsonError(response, 400, "bad_data", read->message());
  }
  std::map<std::string, std::vector<storage::Metadata>> found;
  VisitFamilies(
      scrapes, request.parameters.Get("metric"), [](const Target&) { return true; },
      [&](const Target&, const FamilyMetadata& family) {
        std::vector<storage::Metadata>& said = found[family.name];
        const bool room = *per_metric <= 0 || said.size() < static_cast<size_t>(*per_metric);
        if (room && std::find(said.begin(), said.end(), family.metadata) == said.end())
          said.push_back(family.metadata);
      });
  JsonResponse json(response);
  {
    ObjectWriter names(json.out());
    int64_t sent = 0;
    for (const auto& [name, said] : found) {
      if (*limit >= 0 && sent++ >= *limit) break;
      ListWriter list(names.Name(name));
      for (const storage::Metadata& metadata : said) {
        ObjectWriter object(list.Next());
        AppendMetadata(object, metadata);
      }
    }
  }
  json.Finish();
}

bool MatchesAll(const Target& target, const std::vector<Matcher>& matchers) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
    return matcher.Matches(target.labels().Get(matcher.name()));
  });
}

void SendTargetMetadata(const HttpRequest& request, HttpResponse& response,
                        const ScrapeEngine& scrapes) {
  const auto limit = ReadLimit(request, "limit");
  if (!limit.ok()) return SendJsonError(response, 400, "bad_data", limit.message());
  std::vector<Matcher> matchers;
  if (const std::string_view text = request.parameters.Get("match_target"); !text.empty()) {
    auto parsed = promql::ParseMatchers(text);
    if (!parsed.ok()) return SendJsonError(response, 400, "bad_data", parsed.message());
    matchers = *std::move(parsed);
  }
  const std::string_view metric = request.parameters.Get("metric");
  JsonResponse json(response);
  {
    ListWriter list(json.out());
    int64_t sent = 0;
    const auto goes_on = [&](const Target& target) {  // the limit ends between targets
      return (*limit < 0 || sent < *limit) && MatchesAll(target, matchers);
    };
    VisitFamilies(scrapes, metric, goes_on,
                  [&](const Target& target, const FamilyMetadata& family) {
                    ++sent;
                    ObjectWriter object(list.Next());
                    object.Labels("target", target.labels());
                    if (metric.empty()) object.Text("metric", family.name);
                    AppendMetadata(object, family.metadata);
                  });
  }
  json.Finish();
}

}  // namespace

void MetadataApi::AddRoutes(Routes& routes) const {
  routes.Get("/api/v1/metadata",
             [&engine = scrapes](const HttpRequest& request, HttpResponse& response) {
               SendMetadata(request, response, engine);
             });
  routes.Get("/api/v1/targets/metadata",
             [&engine = scrapes](const HttpRequest& request, HttpResponse& response) {
               SendTargetMetadata(request, response, engine);
             });
}

}  // namespace narthex::server
