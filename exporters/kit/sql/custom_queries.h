// Queries of users, in YAML: what to ask, and what each column of the answer is.
//
//   shop_orders:
//     query: SELECT state, count(*) AS count FROM orders GROUP BY state
//     master: true              # in the database connected to alone
//     cache_seconds: 60         # how long an answer is shown again
//     runonserver: ">=12 <18"   # versions of the server
//     timeout: 2s               # beyond that it fails; by default the scrape's own time
//     max_rows: 100             # beyond that it fails; by default 10000
//     metrics:
//       - state: {usage: LABEL, description: State of the orders}
//       - count: {usage: GAUGE, description: Orders}
//
// A usage is LABEL, GAUGE, COUNTER, HISTOGRAM (an array of bounds; COLUMN_bucket, _sum and _count
// are the rest of it), DURATION (text as 1m30s, shown in milliseconds), MAPPEDMETRIC (text, by
// metric_mapping) or DISCARD. A column that is not named is shown as a metric of unknown type. The
// format is that of postgres_exporter, with timeout and max_rows beside it.
#ifndef NARTHEX_EXPORTERS_KIT_SQL_CUSTOM_QUERIES_H_
#define NARTHEX_EXPORTERS_KIT_SQL_CUSTOM_QUERIES_H_

#include <map>
#include <string>
#include <vector>

#include "common/config/bind.h"
#include "exporters/kit/sql/version_range.h"

namespace narthex::exporters {

enum class CustomUsage : unsigned char {
  kDiscard,
  kLabel,
  kGauge,
  kCounter,
  kHistogram,
  kDuration,
  kMapped,
};
Status FromText(std::string_view text, CustomUsage& usage);
std::string_view UsageName(CustomUsage usage);

// Names a range with its position in the file.
Status FromText(std::string_view text, VersionRange& range);

struct CustomColumn {
  CustomUsage usage = CustomUsage::kDiscard;
  std::string description;
  std::map<std::string, double> metric_mapping;  // of kMapped
  VersionRange pg_version;                       // elsewhere it is discarded

  void Describe(auto& fields) {
    fields.Required("usage", usage);
    fields.Optional("description", description);
    fields.Optional("metric_mapping", metric_mapping);
    fields.Optional("pg_version", pg_version);
  }
  Status Validate() const;
};

struct CustomQuery {
  config::Position position;
  std::string query;
  std::vector<std::map<std::string, CustomColumn>> metrics;
  bool master = false;
  uint64_t cache_seconds = 0;
  VersionRange runonserver;
  Duration timeout;
  uint64_t max_rows = 10'000;

  void Describe(auto& fields) {
    fields.Required("query", query);
    fields.Optional("metrics", metrics);
    fields.Optional("master", master);
    fields.Optional("cache_seconds", cache_seconds);
    fields.Optional("runonserver", runonserver);
    fields.Optional("timeout", timeout);
    fields.Optional("max_rows", max_rows);
  }
  Status Validate() const;

  // The column of that name, null where it is not named.
  const CustomColumn* Find(std::string_view column) const;
};

struct CustomQueries {
  std::string file;
  std::string hashsum;  // SHA-256 of the file, in hexadecimal
  std::map<std::string, CustomQuery> queries;
};

// kInvalidArgument "queries.yaml:12:5: …". Labels of `reserved` may be no columns.
Result<CustomQueries> ParseCustomQueries(std::string_view text, const std::string& file,
                                         const std::vector<std::string>& reserved);
Result<CustomQueries> LoadCustomQueries(const std::string& file,
                                        const std::vector<std::string>& reserved);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_SQL_CUSTOM_QUERIES_H_
