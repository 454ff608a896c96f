#include "server/api/storage_api.h"

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"
#include "server/api/json_object.h"

namespace narthex::server {
namespace {

constexpr uint64_t kDefaultLimit = 10;
constexpr uint64_t kMaxLimit = 10'000;

void AppendCounts(std::string& out, const std::vector<storage::NamedCount>& counts) {
  ListWriter list(out);
  for (const storage::NamedCount& count : counts) {
    ObjectWriter object(list.Next());
    object.Text("name", count.name);
    object.Integer("value", static_cast<int64_t>(count.value));
  }
}

void SendCardinality(const HttpRequest& request, HttpResponse& response,
                     const storage::StatsSource& stats) {
  uint64_t limit = kDefaultLimit;
  if (const std::string_view text = request.parameters.Get("limit"); !text.empty()) {
    const auto read = ParseUnsigned(text);
    if (!read || *read < 1 || *read > kMaxLimit) {
      return SendJsonError(response, 400, "bad_data",
                           "limit must be a number from 1 to " + std::to_string(kMaxLimit));
    }
    limit = *read;
  }
  const storage::Cardinality counts = stats.CountSeries(limit);
  JsonResponse json(response);
  {
    ObjectWriter object(json.out());
    {
      ObjectWriter head(object.Name("headStats"));
      head.Integer("numSeries", static_cast<int64_t>(counts.series));
      head.Integer("numLabelPairs", static_cast<int64_t>(counts.label_pairs));
      head.Integer("chunkCount", static_cast<int64_t>(counts.chunks));
      head.Integer("minTime", counts.min_time_ms);
      head.Integer("maxTime", counts.max_time_ms);
    }
    AppendCounts(object.Name("seriesCountByMetricName"), counts.series_by_metric);
    AppendCounts(object.Name("labelValueCountByLabelName"), counts.values_by_label);
    AppendCounts(object.Name("memoryInBytesByLabelName"), counts.bytes_by_label);
    AppendCounts(object.Name("seriesCountByLabelValuePair"), counts.series_by_pair);
  }
  json.Finish();
}

void SendBlocks(HttpResponse& response, const storage::StatsSource& stats) {
  JsonResponse json(response);
  {
    ObjectWriter object(json.out());
    ListWriter blocks(object.Name("blocks"));
    for (const std::string& meta : stats.BlockMetas()) blocks.Next() += meta;  // JSON already
  }
  json.Finish();
}

}  // namespace

void StorageApi::AddRoutes(Routes& routes) const {
  routes.Get("/api/v1/status/tsdb",
             [&source = stats](const HttpRequest& request, HttpResponse& response) {
               SendCardinality(request, response, source);
             });
  routes.Get("/api/v1/status/tsdb/blocks",
             [&source = stats](const HttpRequest&, HttpResponse& response) {
               SendBlocks(response, source);
             });
}

}  // namespace narthex::server
