// Writing of OpenMetrics text.
#include <cmath>

#include "common/bytes/numbers.h"
#include "common/openmetrics/openmetrics_format.h"
#include "common/openmetrics/sample_line.h"

namespace narthex::openmetrics {
namespace {

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// The type that the family can have under its name: counters and infos need their suffix.
Type WrittenType(const MetricFamily& family) {
  const bool cut = OpenMetricsName(family.name, family.type).size() < family.name.size();
  if (family.type == Type::kCounter && !cut) return Type::kUnknown;
  if (family.type == Type::kInfo && !cut) return Type::kGauge;
  return family.type;
}

// Seconds with as many of three decimals as it takes.
void AppendSeconds(std::string& out, int64_t ms) {
  const uint64_t magnitude = ms < 0 ? 0 - static_cast<uint64_t>(ms) : static_cast<uint64_t>(ms);
  if (ms < 0) out += '-';
  AppendUnsigned(out, magnitude / 1000);
  if (magnitude % 1000 == 0) return;
  std::string decimals = std::to_string(1000 + magnitude % 1000).substr(1);
  while (decimals.back() == '0') decimals.pop_back();
  out += '.';
  out += decimals;
}

// A bound as le and quantile spell it: a float to see, "1.0".
std::string CanonicalNumber(double value) {
  std::string text = ExpositionDouble(value);
  if (std::isfinite(value) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

void AppendExemplar(std::string& out, const Exemplar& exemplar) {
  out += " # {";
  bool first = true;
  for (const Label label : exemplar.labels) {
    if (!first) out += ',';
    first = false;
    AppendName(out, label.name);
    out += '=';
    AppendQuoted(out, label.value);
  }
  out += "} ";
  AppendExpositionDouble(out, exemplar.value);
  if (exemplar.timestamp_ms) {
    out += ' ';
    AppendSeconds(out, *exemplar.timestamp_ms);
  }
}

class OpenMetricsWriter {
 public:
  OpenMetricsWriter(std::string& out, std::string_view name, Type type)
      : out_(out), name_(name), type_(type) {}

  void Write(const Metric& metric, double value) {
    Line(metric, type_ == Type::kInfo ? "_info" : "", {}, value);
  }

  void Write(const Metric& metric, const CounterPoint& counter) {
    if (type_ != Type::kCounter) return Line(metric, "", {}, counter.value);
    Line(metric, "_total", {}, counter.value, counter.exemplar);
    Created(metric, counter.created_ms);
  }

  void Write(const Metric& metric, const SummaryPoint& summary) {
    for (const Quantile& quantile : summary.quantiles) {
      Line(metric, "", {"quantile", CanonicalNumber(quantile.quantile)}, quantile.value);
    }
    if (summary.count) Line(metric, "_count", {}, *summary.count);
    if (summary.sum) Line(metric, "_sum", {}, *summary.sum);
    Created(metric, summary.created_ms);
  }

  // A sum brings the count of the last bucket with it, and there is no count without a sum.
  void Write(const Metric& metric, const HistogramPoint& histogram) {
    const bool gauge = type_ == Type::kGaugeHistogram;
    const std::vector<Bucket> buckets = ClassicBuckets(histogram);
    for (const Bucket& bucket : buckets) {
      Line(metric, "_bucket", {"le", CanonicalNumber(bucket.upper_bound)}, bucket.cumulative_count,
           bucket.exemplar);
    }
    if (histogram.sum && !buckets.empty()) {
      Line(metric, gauge ? "_gcount" : "_count", {}, buckets.back().cumulative_count);
      Line(metric, gauge ? "_gsum" : "_sum", {}, *histogram.sum);
    }
    if (!gauge) Created(metric, histogram.created_ms);
  }

  void Write(const Metric& metric, const StateSetPoint& states) {
    for (const State& state : states.states) {
      Line(metric, "", {name_, state.name}, state.enabled ? 1 : 0);
    }
  }

 private:
  void Line(const Metric& metric, std::string_view suffix, ExtraLabel extra, double value,
            const std::optional<Exemplar>& exemplar = std::nullopt) {
    Series(metric, suffix, extra);
    AppendExpositionDouble(out_, value);
    EndLine(metric, exemplar);
  }

  void Created(const Metric& metric, const std::optional<int64_t>& created_ms) {
    if (!created_ms) return;
    Series(metric, "_created", {});
    AppendSeconds(out_, *created_ms);
    EndLine(metric, std::nullopt);
  }

  void Series(const Metric& metric, std::string_view suffix, ExtraLabel extra) {
    AppendSeries(out_, name_, suffix, metric.labels, extra);
    out_ += ' ';
  }

  void EndLine(const Metric& metric, const std::optional<Exemplar>& exemplar) {
    if (metric.timestamp_ms) {
      out_ += ' ';
      AppendSeconds(out_, *metric.timestamp_ms);
    }
    if (exemplar) AppendExemplar(out_, *exemplar);
    out_ += '\n';
  }

  std::string& out_;
  std::string_view name_;
  Type type_;
};

void AppendDescriptor(std::string& out, std::string_view keyword, std::string_view name) {
  out += "# ";
  out += keyword;
  out += ' ';
  AppendName(out, name);
  out += ' ';
}

}  // namespace

std::string_view OpenMetricsName(std::string_view name, Type type) {
  const std::string_view suffix = type == Type::kCounter ? "_total"
                                  : type == Type::kInfo  ? "_info"
                                                         : "";
  const bool cut = name.size() > suffix.size() && EndsWith(name, suffix);
  return cut ? name.substr(0, name.size() - suffix.size()) : name;
}

void AppendOpenMetrics(std::string& out, const MetricFamily& family) {
  const Type type = WrittenType(family);
  const std::string_view name = OpenMetricsName(family.name, family.type);
  AppendDescriptor(out, "TYPE", name);
  out += TypeName(type);
  out += '\n';
  const bool has_unit = !family.unit.empty() && EndsWith(name, "_" + family.unit) &&
                        type != Type::kInfo && type != Type::kStateSet;
  if (has_unit) {
    AppendDescriptor(out, "UNIT", name);
    out += family.unit;
    out += '\n';
  }
  if (!family.help.empty()) {
    AppendDescriptor(out, "HELP", name);
    AppendHelpText(out, family.help, true);
    out += '\n';
  }
  OpenMetricsWriter writer(out, name, type);
  for (const Metric& metric : family.metrics) {
    std::visit([&](const auto& point) { writer.Write(metric, point); }, metric.point);
  }
}

}  // namespace narthex::openmetrics
