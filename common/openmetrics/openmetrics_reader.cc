// How lines make families, metrics and points: grouped, ordered, none repeated, none clashing.
#include <algorithm>
#include <set>
#include <unordered_set>

#include "common/openmetrics/openmetrics_format.h"
#include "common/openmetrics/openmetrics_lines.h"
#include "common/openmetrics/openmetrics_point.h"

namespace narthex::openmetrics {
namespace {

constexpr Type kTypes[] = {Type::kCounter, Type::kGauge,    Type::kHistogram, Type::kGaugeHistogram,
                           Type::kSummary, Type::kStateSet, Type::kInfo,      Type::kUnknown};

class OpenMetricsReader {
 public:
  OpenMetricsReader(std::string_view body, NameScheme names) : lines_(body, names) {}

  Result<std::vector<MetricFamily>> Read();

 private:
  using Kind = OpenMetricsLine::Kind;

  Status TakeDescriptor();
  Status TakeSample();
  Status BeginFamily(std::string_view name);
  Status EndMetadata();
  Status EndFamily();
  const std::string_view* SuffixInFamily(std::string_view name) const;
  Status FindPoint();
  Status BeginPoint();
  Status EndPoint();
  Status Fail(std::string_view finding) { return lines_.Fail(lines_.line_start(), finding); }

  OpenMetricsLines lines_;
  OpenMetricsLine line_;
  std::vector<MetricFamily> families_;
  std::unordered_set<std::string> family_names_;
  std::unordered_set<std::string> sample_names_;  // that the families so far use or might use

  // The present family, if there is one.
  bool in_family_ = false;
  MetricFamily family_;
  std::set<Kind> described_;                  // which of its metadata lines there were
  bool has_samples_ = false;                  // so its metadata is complete
  std::set<std::vector<LabelPair>> metrics_;  // that it has had

  // The present point, if there is one.
  std::optional<PointBuilder> point_;
  size_t point_start_ = 0;  // of its first line
  std::optional<OpenMetricsTimestamp> timestamp_;
};

Result<std::vector<MetricFamily>> OpenMetricsReader::Read() {
  for (;;) {
    RETURN_IF_ERROR(lines_.Next(line_));
    if (line_.kind == Kind::kEof) break;
    RETURN_IF_ERROR(line_.kind == Kind::kSample ? TakeSample() : TakeDescriptor());
  }
  RETURN_IF_ERROR(EndFamily());
  return std::move(families_);
}

Status OpenMetricsReader::TakeDescriptor() {
  if (!in_family_ || family_.name != line_.name) {
    RETURN_IF_ERROR(EndFamily());
    RETURN_IF_ERROR(BeginFamily(line_.name));
  }
  if (has_samples_) return Fail("metadata of " + Quote(line_.name) + " after its samples");
  if (!described_.insert(line_.kind).second) {
    return Fail("metadata of " + Quote(line_.name) + " twice");
  }
  if (line_.kind == Kind::kHelp) {
    family_.help = line_.text;
  } else if (line_.kind == Kind::kUnit) {
    const std::string suffix = "_" + line_.text;
    const bool fits =
        family_.name.size() >= suffix.size() &&
        family_.name.compare(family_.name.size() - suffix.size(), suffix.size(), suffix) == 0;
    if (!line_.text.empty() && !fits) {
      return Fail("unit " + Quote(line_.text) + " does not end the name " + Quote(line_.name));
    }
    family_.unit = line_.text;
  } else {
    const auto type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [this](Type known) { return TypeName(known) == line_.text; });
    if (type == std::end(kTypes)) return Fail("unknown metric type " + Quote(line_.text));
    family_.type = *type;
  }
  return {};
}

Status OpenMetricsReader::BeginFamily(std::string_view name) {
  if (name[0] == '_') return Fail("metric names that begin with an underscore are reserved");
  if (!family_names_.emplace(name).second) {
    return Fail("family " + Quote(name) + " is interleaved or given twice");
  }
  in_family_ = true;
  family_ = MetricFamily{std::string(name), Type::kUnknown, {}, {}, {}};
  described_.clear();
  has_samples_ = false;
  metrics_.clear();
  return {};
}

// The type is settled: no other family may have samples that this one might have.
Status OpenMetricsReader::EndMetadata() {
  const bool unitless = family_.type == Type::kInfo || family_.type == Type::kStateSet;
  if (unitless && !family_.unit.empty()) {
    return Fail(std::string(TypeName(family_.type)) + " with a unit");
  }
  for (const std::string_view suffix : SampleSuffixes(family_.type)) {
    const std::string sample = family_.name + std::string(suffix);
    if (sample_names_.insert(sample).second) continue;
    return Fail("samples " + Quote(sample) + " might be of two families");
  }
  return {};
}

Status OpenMetricsReader::EndFamily() {
  if (!in_family_) return {};
  RETURN_IF_ERROR(EndPoint());
  if (!has_samples_) return EndMetadata();
  if (family_.type == Type::kCounter) family_.name += "_total";
  if (family_.type == Type::kInfo) family_.name += "_info";
  families_.push_back(std::move(family_));
  return {};
}

// The suffix that makes `name` a sample of the present family; null if it is none.
const std::string_view* OpenMetricsReader::SuffixInFamily(std::string_view name) const {
  if (!in_family_ || name.substr(0, family_.name.size()) != family_.name) return nullptr;
  const std::string_view rest = name.substr(family_.name.size());
  const auto& suffixes = SampleSuffixes(family_.type);
  const auto found = std::find(suffixes.begin(), suffixes.end(), rest);
  return found == suffixes.end() ? nullptr : &*found;
}

Status OpenMetricsReader::TakeSample() {
  const std::string_view* suffix = SuffixInFamily(line_.name);
  if (suffix == nullptr) {
    RETURN_IF_ERROR(EndFamily());
    RETURN_IF_ERROR(BeginFamily(line_.name));
    suffix = SuffixInFamily(line_.name);
  }
  if (!has_samples_) RETURN_IF_ERROR(EndMetadata());
  has_samples_ = true;

  const Type type = family_.type;
  const std::string_view wanted = PointLabel(type, *suffix, family_.name);
  std::string point_label;
  const bool histogram = type == Type::kHistogram || type == Type::kGaugeHistogram;
  const std::string_view reserved = histogram ? "le" : type == Type::kSummary ? "quantile" : wanted;
  const auto found =
      std::find_if(line_.labels.begin(), line_.labels.end(),
                   [reserved](const LabelPair& label) { return label.name == reserved; });
  if (!reserved.empty() && (found != line_.labels.end()) != !wanted.empty()) {
    return Fail(status_internal::Join(
        {wanted.empty() ? "unexpected label " : "want a label ", reserved, " in ", line_.name}));
  }
  if (!wanted.empty()) {
    point_label = std::move(found->value);
    line_.labels.erase(found);
  }
  RETURN_IF_ERROR(FindPoint());
  const Status added = point_->Add(*suffix, point_label, line_);
  return added.ok() ? Status() : Fail(added.message());
}

// Makes the point of this line the present one.
Status OpenMetricsReader::FindPoint() {
  if (!point_ || family_.metrics.back().labels != line_.labels) {
    RETURN_IF_ERROR(EndPoint());
    if (!metrics_.insert(line_.labels).second) {
      return Fail("metric " + Quote(line_.name) + " is interleaved or given twice");
    }
    return BeginPoint();
  }
  if (timestamp_.has_value() != line_.timestamp.has_value()) {
    return Fail("samples of one metric with and without a timestamp");
  }
  const int order = timestamp_ ? line_.timestamp->seconds.Compare(timestamp_->seconds) : 0;
  if (order < 0) return Fail("timestamps of one metric go backwards");
  if (order == 0) return {};
  RETURN_IF_ERROR(EndPoint());
  return BeginPoint();
}

Status OpenMetricsReader::BeginPoint() {
  point_.emplace(family_.type);
  point_start_ = lines_.line_start();
  timestamp_ = line_.timestamp;
  Metric& metric = family_.metrics.emplace_back();
  metric.labels = line_.labels;
  if (timestamp_) metric.timestamp_ms = timestamp_->ms;
  return {};
}

Status OpenMetricsReader::EndPoint() {
  if (!point_) return {};
  auto point = point_->Finish();
  if (!point.ok()) return lines_.Fail(point_start_, point.message());
  family_.metrics.back().point = std::move(*point);
  point_.reset();
  return {};
}

}  // namespace

Result<std::vector<MetricFamily>> ReadOpenMetrics(std::string_view body, NameScheme names) {
  return OpenMetricsReader(body, names).Read();
}

}  // namespace narthex::openmetrics
