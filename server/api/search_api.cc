#include "server/api/search_api.h"

#include <algorithm>
#include <map>
#include <set>

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"
#include "server/api/json_object.h"
#include "server/api/parameters.h"
#include "server/api/request_parameters.h"
#include "server/api/search_score.h"
#include "server/promql/parser.h"

namespace narthex::server {
namespace {

using storage::Matcher;

constexpr uint64_t kDefaultLimit = 100;
constexpr uint64_t kDefaultBatch = 100;
constexpr uint64_t kMaxBatch = 10'000;  // lines are written whole; larger ones are cut to this
constexpr size_t kMaxTerms = 32;
constexpr int64_t kDefaultRangeMs = 3'600'000;

enum class Order { kAscending, kDescending, kByScore };

struct SearchParameters {
  std::vector<std::vector<Matcher>> selectors;
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  std::vector<std::string_view> terms;
  double threshold = 0;
  SearchAlgorithm algorithm = SearchAlgorithm::kSubsequence;
  bool case_sensitive = true;
  bool with_score = false;
  Order order = Order::kAscending;
  uint64_t limit = kDefaultLimit;
  uint64_t batch = kDefaultBatch;
};

struct Hit {
  std::string value;
  double score;
};

Result<uint64_t> ParseAboveZero(std::string_view text) {
  const auto number = ParseUnsigned(text);
  if (number && *number > 0) return *number;
  return InvalidArgument("want a whole number above 0, got ", Quote(text));
}

Result<double> ParsePercentage(std::string_view text) {
  const auto number = ParseUnsigned(text);
  if (number && *number <= 100) return static_cast<double>(*number) / 100;
  return InvalidArgument("want a whole number from 0 to 100, got ", Quote(text));
}

Result<SearchAlgorithm> ParseAlgorithm(std::string_view text) {
  if (text == "subsequence") return SearchAlgorithm::kSubsequence;
  if (text == "jarowinkler") return SearchAlgorithm::kJaroWinkler;
  return InvalidArgument("want subsequence or jarowinkler, got ", Quote(text));
}

Result<Order> ReadOrder(const HttpRequest& request) {
  const std::string_view by = request.parameters.Get("sort_by");
  const std::string_view direction = request.parameters.Get("sort_dir");
  const auto bad = [](std::string_view name, auto... words) {
    return InvalidParameter(name, InvalidArgument(words...));
  };
  if (!by.empty() && by != "alpha" && by != "score")
    return bad("sort_by", "want alpha or score, got ", Quote(by));
  if (!direction.empty() && by != "alpha") return bad("sort_dir", "is for sort_by=alpha only");
  if (!direction.empty() && direction != "asc" && direction != "dsc")
    return bad("sort_dir", "want asc or dsc, got ", Quote(direction));
  if (by != "score") return direction == "dsc" ? Order::kDescending : Order::kAscending;
  if (!request.parameters.Has("search[]")) return bad("sort_by", "score needs search[]");
  return Order::kByScore;
}

Result<uint64_t> ReadLimit(const HttpRequest& request, uint64_t max_limit) {
  const uint64_t most = max_limit > 0 ? max_limit : UINT64_MAX - 1;
  ASSIGN_OR_RETURN(const uint64_t limit,
                   Parameter(request, "limit", ParseAboveZero, std::min(kDefaultLimit, most)));
  if (limit <= most) return limit;
  return InvalidParameter("limit", InvalidArgument("is above ", std::to_string(most),
                                                   ", which --web.search.max-limit allows"));
}

Result<SearchParameters> Read(const HttpRequest& request, const SearchApi& api) {
  SearchParameters read;
  const int64_t now_ms = api.clock.NowMs();
  ASSIGN_OR_RETURN(read.start_ms, Parameter(request, "start", ParseTime, now_ms - kDefaultRangeMs));
  ASSIGN_OR_RETURN(read.end_ms, Parameter(request, "end", ParseTime, now_ms));
  if (read.end_ms < read.start_ms)
    return InvalidParameter("end", InvalidArgument("is before start"));
  ASSIGN_OR_RETURN(read.selectors, SelectorParameters(request));
  read.terms = request.parameters.GetAll("search[]");
  if (read.terms.size() > kMaxTerms)
    return InvalidParameter("search[]",
                            InvalidArgument("want at most ", std::to_string(kMaxTerms), ", got ",
                                            std::to_string(read.terms.size())));
  ASSIGN_OR_RETURN(read.threshold, Parameter(request, "fuzz_threshold", ParsePercentage, 0.0));
  ASSIGN_OR_RETURN(read.algorithm, Parameter(request, "fuzz_alg", ParseAlgorithm, read.algorithm));
  ASSIGN_OR_RETURN(read.case_sensitive, Parameter(request, "case_sensitive", ParseBoolean, true));
  ASSIGN_OR_RETURN(read.with_score, Parameter(request, "include_score", ParseBoolean, false));
  ASSIGN_OR_RETURN(read.order, ReadOrder(request));
  ASSIGN_OR_RETURN(read.limit, ReadLimit(request, static_cast<uint64_t>(api.max_limit)));
  ASSIGN_OR_RETURN(read.batch, Parameter(request, "batch_size", ParseAboveZero, kDefaultBatch));
  read.batch = std::min(read.batch, kMaxBatch);
  return read;
}

// What is there, over all selectors, without what matches no term; in the order asked for.
template <typename Ask>
Result<std::vector<Hit>> Find(const SearchApi& api, const SearchParameters& search, Ask ask) {
  const auto querier = api.storage.NewQuerier(search.start_ms, search.end_ms);
  std::vector<std::vector<Matcher>> selectors = search.selectors;
  if (selectors.empty()) selectors.emplace_back();
  std::set<std::string> found;
  for (const std::vector<Matcher>& matchers : selectors) {
    ASSIGN_OR_RETURN(std::vector<std::string> values, ask(*querier, matchers));
    found.insert(std::make_move_iterator(values.begin()), std::make_move_iterator(values.end()));
  }
  const SearchFilter filter(search.terms, search.threshold, search.algorithm,
                            search.case_sensitive);
  std::vector<Hit> hits;
  for (const std::string& value : found) {
    if (const auto score = filter.Score(value)) hits.push_back({value, *score});
  }
  if (search.order == Order::kDescending) std::reverse(hits.begin(), hits.end());
  if (search.order == Order::kByScore)
    std::stable_sort(hits.begin(), hits.end(),
                     [](const Hit& a, const Hit& b) { return a.score > b.score; });
  return hits;
}

// Lines of at most `batch` hits each, and a last one that says whether there is more.
template <typename AppendFields>
void SendHits(HttpResponse& response, const std::vector<Hit>& hits, const SearchParameters& search,
              const AppendFields& append) {
  response.Begin(200, "application/x-ndjson; charset=utf-8");
  const size_t count = std::min<size_t>(hits.size(), search.limit);
  size_t sent = 0;
  do {
    std::string line;
    {
      ObjectWriter object(line);
      ListWriter list(object.Name("results"));
      for (const size_t end = std::min<size_t>(sent + search.batch, count); sent < end; ++sent) {
        ObjectWriter result(list.Next());
        append(result, hits[sent].value);
        if (search.with_score) result.Number("score", hits[sent].score);
      }
    }
    if (!response.Write(line + "\n")) return;
  } while (sent < count);
  std::string last;
  {
    ObjectWriter object(last);
    object.Text("status", "success");
    object.Boolean("has_more", hits.size() > count);
  }
  response.Write(last + "\n");
}

template <typename Ask, typename AppendFields>
void Answer(const SearchApi& api, const HttpRequest& request, HttpResponse& response, Ask ask,
            const AppendFields& append) {
  if (!api.enabled) {
    return SendJsonError(response, 503, "unavailable",
                         "the search endpoints are off, see --enable-feature=search-api");
  }
  const auto search = Read(request, api);
  if (!search.ok()) return SendBadData(response, search.status());
  const auto hits = Find(api, *search, ask);
  if (!hits.ok()) return SendJsonError(response, 500, "internal", hits.message());
  SendHits(response, *hits, *search, append);
}

using MetadataByName = std::map<std::string, storage::Metadata, std::less<>>;

// Of each family what the first target says.
MetadataByName AllMetadata(const ScrapeEngine& scrapes) {
  MetadataByName all;
  for (const auto& [job, pool] : scrapes.pools()) {
    for (const auto& target : pool->found.targets) {
      const MetadataListPtr families = target->metadata();
      for (const FamilyMetadata& family : *families) all.emplace(family.name, family.metadata);
    }
  }
  return all;
}

void SearchMetricNames(const SearchApi& api, const HttpRequest& request, HttpResponse& response) {
  const auto with_metadata = Parameter(request, "include_metadata", ParseBoolean, false);
  if (!with_metadata.ok()) return SendBadData(response, with_metadata.status());
  const MetadataByName known =
      *with_metadata && api.enabled ? AllMetadata(api.scrapes) : MetadataByName();
  Answer(
      api, request, response,
      [](const storage::Querier& querier, const std::vector<Matcher>& matchers) {
        return querier.LabelValues(kMetricName, matchers);
      },
      [&](ObjectWriter& result, const std::string& name) {
        result.Text("name", name);
        const auto metadata = known.find(name);
        if (metadata == known.end()) return;
        result.Text("type", openmetrics::TypeName(metadata->second.type));
        if (!metadata->second.help.empty()) result.Text("help", metadata->second.help);
        if (!metadata->second.unit.empty()) result.Text("unit", metadata->second.unit);
      });
}

void SearchLabelNames(const SearchApi& api, const HttpRequest& request, HttpResponse& response) {
  Answer(
      api, request, response,
      [](const storage::Querier& querier, const std::vector<Matcher>& matchers) {
        return querier.LabelNames(matchers);
      },
      [](ObjectWriter& result, const std::string& name) { result.Text("name", name); });
}

void SearchLabelValues(const SearchApi& api, const HttpRequest& request, HttpResponse& response) {
  const std::string_view label = request.parameters.Get("label");
  if (label.empty() && api.enabled)
    return SendBadData(response, InvalidParameter("label", InvalidArgument("is missing")));
  Answer(
      api, request, response,
      [label](const storage::Querier& querier, const std::vector<Matcher>& matchers) {
        return querier.LabelValues(label, matchers);
      },
      [](ObjectWriter& result, const std::string& value) { result.Text("value", value); });
}

}  // namespace

void SearchApi::AddRoutes(Routes& routes) const {
  const auto add = [&](const char* path, auto answer) {
    routes.Add({"GET", "POST"}, path,
               [api = *this, answer](const HttpRequest& request, HttpResponse& response) {
                 answer(api, request, response);
               });
  };
  add("/api/v1/search/metric_names", SearchMetricNames);
  add("/api/v1/search/label_names", SearchLabelNames);
  add("/api/v1/search/label_values", SearchLabelValues);
}

}  // namespace narthex::server
