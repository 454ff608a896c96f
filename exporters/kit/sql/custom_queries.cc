#include "exporters/kit/sql/custom_queries.h"

#include <openssl/evp.h>

#include <algorithm>
#include <set>

#include "common/bytes/trim.h"
#include "common/config/names.h"
#include "common/labels/label_set.h"

namespace narthex::exporters {
namespace {

constexpr config::Name<CustomUsage> kUsages[] = {
    {"DISCARD", CustomUsage::kDiscard},     {"LABEL", CustomUsage::kLabel},
    {"GAUGE", CustomUsage::kGauge},         {"COUNTER", CustomUsage::kCounter},
    {"HISTOGRAM", CustomUsage::kHistogram}, {"DURATION", CustomUsage::kDuration},
    {"MAPPEDMETRIC", CustomUsage::kMapped},
};

std::string Sha256(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[digest[i] / 16];
    hex += kDigits[digest[i] % 16];
  }
  return hex;
}

// What needs the query's name or the exporter's labels.
Status CheckNames(const std::string& name, const CustomQuery& query,
                  const std::vector<std::string>& reserved) {
  if (!IsLegacyMetricName(name)) return InvalidArgument("no name of a metric: ", Quote(name));
  for (const auto& columns : query.metrics) {
    for (const auto& [column, details] : columns) {
      if (details.usage == CustomUsage::kDiscard) continue;
      const bool is_label = details.usage == CustomUsage::kLabel;
      if (is_label ? !IsLegacyLabelName(column) : !IsLegacyMetricName(name + "_" + column))
        return InvalidArgument("query ", Quote(name), ": column ", Quote(column),
                               " is no name of a ", is_label ? "label" : "metric");
      if (is_label && std::find(reserved.begin(), reserved.end(), column) != reserved.end())
        return InvalidArgument("query ", Quote(name), ": every series has a label ", Quote(column),
                               " already; call the column otherwise");
    }
  }
  return {};
}

}  // namespace

Status FromText(std::string_view text, CustomUsage& usage) {
  return config::FromNames(text, kUsages, usage);
}

std::string_view UsageName(CustomUsage usage) { return config::NameOf(kUsages, usage); }

Status FromText(std::string_view text, VersionRange& range) {
  ASSIGN_OR_RETURN(range, VersionRange::Parse(text));
  return {};
}

Status CustomColumn::Validate() const {
  const bool is_mapped = usage == CustomUsage::kMapped;
  if (is_mapped && metric_mapping.empty())
    return InvalidArgument("usage MAPPEDMETRIC wants metric_mapping");
  if (!is_mapped && !metric_mapping.empty())
    return InvalidArgument("metric_mapping is for usage MAPPEDMETRIC");
  return {};
}

Status CustomQuery::Validate() const {
  if (TrimBlanks(query).empty()) return InvalidArgument("query is empty");
  if (max_rows == 0) return InvalidArgument("max_rows: want 1 or more");
  if (timeout.ms < 0) return InvalidArgument("timeout: want more than 0");
  std::set<std::string_view> seen;
  for (const auto& columns : metrics) {
    for (const auto& [column, details] : columns) {
      if (!seen.insert(column).second)
        return InvalidArgument("column ", Quote(column), " is there twice");
    }
  }
  return {};
}

const CustomColumn* CustomQuery::Find(std::string_view column) const {
  for (const auto& columns : metrics) {
    const auto found = columns.find(std::string(column));
    if (found != columns.end()) return &found->second;
  }
  return nullptr;
}

Result<CustomQueries> ParseCustomQueries(std::string_view text, const std::string& file,
                                         const std::vector<std::string>& reserved) {
  CustomQueries loaded{file, Sha256(text), {}};
  ASSIGN_OR_RETURN(loaded.queries, (config::Parse<std::map<std::string, CustomQuery>>(text, file)));
  for (const auto& [name, query] : loaded.queries) {
    if (const Status status = CheckNames(name, query, reserved); !status.ok())
      return InvalidArgument(file, ":",
                             config::ErrorAt(query.position, status.message()).message());
  }
  return loaded;
}

Result<CustomQueries> LoadCustomQueries(const std::string& file,
                                        const std::vector<std::string>& reserved) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  return ParseCustomQueries(text, file, reserved);
}

}  // namespace narthex::exporters
