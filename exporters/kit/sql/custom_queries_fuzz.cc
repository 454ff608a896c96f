// Any text gives queries or an error with its file; whatever is read, any row of any text gives
// samples of legal names, and no family has one label set twice.
#include <cstdint>
#include <set>
#include <string>

#include "common/labels/label_set.h"
#include "exporters/kit/sql/custom_queries.h"
#include "exporters/kit/sql/custom_rows.h"
#include "exporters/kit/sql/value_text.h"

namespace narthex::exporters {
namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

// Every column that the query names, and one that it does not, with the same text in each.
class NamedRow : public SqlRow {
 public:
  NamedRow(const CustomQuery& query, std::string_view text) : text_(text) {
    for (const auto& columns : query.metrics) {
      for (const auto& [name, details] : columns) names_.push_back(name);
    }
    names_.emplace_back("other");
  }
  size_t size() const override { return names_.size(); }
  std::string_view name(size_t column) const override { return names_[column]; }
  ValueKind kind(size_t column) const override { return static_cast<ValueKind>(column % 3); }
  std::optional<std::string_view> text(size_t /*column*/) const override { return text_; }

 private:
  std::vector<std::string> names_;
  std::string_view text_;
};

void CheckRows(const std::string& name, const CustomQuery& query, std::string_view text) {
  CustomRows rows(query, name);
  rows.Begin({15, 0, 0}, {{"server", "s"}});
  for (int i = 0; i < 2; ++i) Require(rows.Read(NamedRow(query, text)).ok());
  std::set<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>> seen;
  for (const CustomSample& sample : rows.samples) {
    Require(IsLegacyMetricName(sample.family));
    if (sample.type != openmetrics::Type::kHistogram)
      Require(seen.emplace(sample.family, sample.labels).second);
  }
}

}  // namespace
}  // namespace narthex::exporters

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narthex::exporters;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = ParseCustomQueries(text, "q.yaml", {"server"});
  if (!loaded.ok()) {
    Require(loaded.message().starts_with("q.yaml:"));
  } else {
    for (const auto& [name, query] : loaded->queries) CheckRows(name, query, text.substr(0, 40));
  }
  if (const auto range = VersionRange::Parse(text); range.ok()) range->Contains({15, 1, 2});
  ParseNumberArray(text);
  ParseGoDuration(text);
  ParseSqlTime(text);
  return 0;
}
