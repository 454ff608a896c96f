#include "server/api/histogram_json.h"

#include "common/http_server/json_response.h"
#include "server/promql/histogram_buckets.h"

namespace narthex::server {
namespace {

char BordersOf(const promql::Bucket& bucket) {
  if (bucket.lower_inclusive) return bucket.upper_inclusive ? '3' : '1';
  return bucket.upper_inclusive ? '0' : '2';
}

void AppendBucket(std::string& out, const promql::Bucket& bucket) {
  out += '[';
  out += BordersOf(bucket);
  for (const double number : {bucket.lower, bucket.upper, bucket.count}) {
    out += ',';
    AppendJsonValue(out, number);
  }
  out += ']';
}

}  // namespace

void AppendHistogramPoint(std::string& out, int64_t time_ms, const storage::Histogram& histogram) {
  out += '[';
  AppendJsonTime(out, time_ms);
  out += R"(,{"count":)";
  AppendJsonValue(out, histogram.count);
  out += R"(,"sum":)";
  AppendJsonValue(out, histogram.sum);
  bool any = false;
  for (const promql::Bucket& bucket : promql::AllBuckets(histogram)) {
    if (bucket.count == 0) continue;
    out += any ? "," : R"(,"buckets":[)";
    AppendBucket(out, bucket);
    any = true;
  }
  out += any ? "]}]" : "}]";
}

}  // namespace narthex::server
