#include "exporters/kit/sql/custom_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "common/bytes/numbers.h"
#include "exporters/kit/sql/value_text.h"

namespace narthex::exporters {
namespace {

constexpr std::string_view kHistogramParts[] = {"_bucket", "_sum", "_count"};

std::optional<size_t> ColumnOf(const SqlRow& row, const std::string& name) {
  for (size_t i = 0; i < row.size(); ++i) {
    if (row.name(i) == name) return i;
  }
  return std::nullopt;
}

// A column that belongs to another's histogram.
bool IsPartOfHistogram(const CustomQuery& query, std::string_view column) {
  return std::any_of(
      std::begin(kHistogramParts), std::end(kHistogramParts), [&](std::string_view part) {
        if (!column.ends_with(part)) return false;
        const CustomColumn* whole = query.Find(column.substr(0, column.size() - part.size()));
        return whole != nullptr && whole->usage == CustomUsage::kHistogram;
      });
}

}  // namespace

Status CustomRows::Read(const SqlRow& row) {
  const Labels labels = ReadLabels(row);
  for (size_t i = 0; i < row.size(); ++i) ReadColumn(row, i, labels);
  return {};
}

CustomRows::Labels CustomRows::ReadLabels(const SqlRow& row) const {
  Labels labels = more_;
  for (size_t i = 0; i < row.size(); ++i) {
    const CustomColumn* details = query_.Find(row.name(i));
    if (details == nullptr || details->usage != CustomUsage::kLabel) continue;
    const std::string name(row.name(i));
    std::erase_if(labels, [&](const auto& label) { return label.first == name; });
    labels.emplace_back(name, row.Label(i));
  }
  return labels;
}

void CustomRows::ReadColumn(const SqlRow& row, size_t column, const Labels& labels) {
  using openmetrics::Type;
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const std::string_view name = row.name(column);
  const auto text = row.text(column);
  const CustomColumn* details = query_.Find(name);
  if (details == nullptr) {
    if (IsPartOfHistogram(query_, name)) return;
    const auto value = text ? row.Number(column) : kNan;
    if (!value || !IsLegacyMetricName(name_ + "_" + std::string(name)))
      return Complain(name, "is neither named nor a number");
    return Add(name, Type::kUnknown, "Column " + std::string(name) + " of the query.", labels,
               *value);
  }
  if (!details->pg_version.Contains(version_)) return;
  const auto number = [&]() -> std::optional<double> { return text ? row.Number(column) : kNan; };
  std::optional<double> value;
  switch (details->usage) {
    case CustomUsage::kDiscard:
    case CustomUsage::kLabel:
      return;
    case CustomUsage::kHistogram:
      return ReadHistogram(row, column, *details, labels);
    case CustomUsage::kGauge:
    case CustomUsage::kCounter:
      value = number();
      break;
    case CustomUsage::kDuration:
      if (!text || *text == "-1") return;
      if (const auto seconds = ParseGoDuration(*text)) value = std::trunc(*seconds * 1000);
      break;
    case CustomUsage::kMapped:
      if (!text) return;
      if (const auto found = details->metric_mapping.find(std::string(*text));
          found != details->metric_mapping.end())
        value = found->second;
      break;
  }
  if (!value)
    return Complain(name, "has a value that is no " + std::string(UsageName(details->usage)));
  const std::string shown =
      std::string(name) + (details->usage == CustomUsage::kDuration ? "_milliseconds" : "");
  Add(shown, details->usage == CustomUsage::kCounter ? Type::kCounter : Type::kGauge,
      details->description, labels, *value);
}

void CustomRows::ReadHistogram(const SqlRow& row, size_t column, const CustomColumn& details,
                               const Labels& labels) {
  const std::string name(row.name(column));
  std::optional<size_t> parts[3];
  for (size_t i = 0; i < 3; ++i) {
    parts[i] = ColumnOf(row, name + std::string(kHistogramParts[i]));
    if (!parts[i])
      return Complain(
          name, "is a histogram without its column " + name + std::string(kHistogramParts[i]));
  }
  const auto bounds = ParseNumberArray(row.text(column).value_or(""));
  const auto counts = ParseNumberArray(row.text(*parts[0]).value_or(""));
  const auto sum = row.Number(*parts[1]);
  const auto count = row.Number(*parts[2]);
  if (!bounds || !counts || !sum || !count || counts->size() < bounds->size())
    return Complain(name, "is no histogram");
  const std::string family = name_ + "_" + name;
  if (!IsNew(family, labels)) return Complain(name, "has one label set twice");
  const auto add = [&](const char* suffix, const Labels& more, double value) {
    samples.push_back(
        {family, openmetrics::Type::kHistogram, details.description, suffix, more, value});
  };
  std::vector<std::pair<double, double>> buckets;
  for (size_t i = 0; i < bounds->size(); ++i) buckets.emplace_back((*bounds)[i], (*counts)[i]);
  std::sort(buckets.begin(), buckets.end());
  buckets.emplace_back(std::numeric_limits<double>::infinity(), *count);
  for (const auto& [bound, value] : buckets) {
    Labels with_bound = labels;
    with_bound.emplace_back("le", ExpositionDouble(bound));
    add("_bucket", with_bound, value);
  }
  add("_sum", labels, *sum);
  add("_count", labels, *count);
}

void CustomRows::Add(std::string_view column, openmetrics::Type type, const std::string& help,
                     const Labels& labels, double value) {
  std::string family = name_ + "_" + std::string(column);
  if (!IsNew(family, labels)) return Complain(column, "has one label set twice");
  samples.push_back({std::move(family), type, help, "", labels, value});
}

void CustomRows::Complain(std::string_view column, std::string_view finding) {
  if (!complained_.insert(std::string(column) + '\0' + std::string(finding)).second) return;
  complaints.push_back(Corruption("column ", Quote(column), " ", finding));
}

bool CustomRows::IsNew(const std::string& family, const Labels& labels) {
  std::string key = family;
  for (const auto& [name, value] : labels)
    key.append(1, '\0').append(name).append(1, '=').append(value);
  return seen_.insert(std::move(key)).second;
}

}  // namespace narthex::exporters
