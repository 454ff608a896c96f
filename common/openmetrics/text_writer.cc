// Writing of text.
#include "common/bytes/numbers.h"
#include "common/openmetrics/sample_line.h"
#include "common/openmetrics/text_format.h"

namespace narthex::openmetrics {
namespace {

class TextWriter {
 public:
  TextWriter(std::string& out, const std::string& name) : out_(out), name_(name) {}

  void Write(const Metric& metric, double value) { Line(metric, "", {}, value); }
  void Write(const Metric& metric, const CounterPoint& counter) {
    Line(metric, "", {}, counter.value);
  }
  void Write(const Metric& metric, const SummaryPoint& summary) {
    for (const Quantile& quantile : summary.quantiles) {
      Line(metric, "", {"quantile", Number(quantile.quantile)}, quantile.value);
    }
    SumAndCount(metric, summary.sum, summary.count);
  }
  void Write(const Metric& metric, const HistogramPoint& histogram) {
    for (const Bucket& bucket : ClassicBuckets(histogram)) {
      Line(metric, "_bucket", {"le", Number(bucket.upper_bound)}, bucket.cumulative_count);
    }
    SumAndCount(metric, histogram.sum, histogram.count);
  }
  void Write(const Metric& metric, const StateSetPoint& states) {
    for (const State& state : states.states) {
      Line(metric, "", {name_, state.name}, state.enabled ? 1 : 0);
    }
  }

 private:
  std::string_view Number(double value) {
    number_.clear();
    AppendExpositionDouble(number_, value);
    return number_;
  }

  void SumAndCount(const Metric& metric, const std::optional<double>& sum,
                   const std::optional<double>& count) {
    if (sum) Line(metric, "_sum", {}, *sum);
    if (count) Line(metric, "_count", {}, *count);
  }

  void Line(const Metric& metric, std::string_view suffix, ExtraLabel extra, double value) {
    AppendSeries(out_, name_, suffix, metric.labels, extra);
    out_ += ' ';
    AppendExpositionDouble(out_, value);
    if (metric.timestamp_ms) {
      out_ += ' ';
      AppendInteger(out_, *metric.timestamp_ms);
    }
    out_ += '\n';
  }

  std::string& out_;
  const std::string& name_;
  std::string number_;
};

}  // namespace

std::string_view TextTypeName(Type type) {
  switch (type) {
    case Type::kUnknown:
      return "untyped";
    case Type::kInfo:
    case Type::kStateSet:
      return "gauge";
    case Type::kGaugeHistogram:
      return "histogram";
    default:
      return TypeName(type);
  }
}

void AppendTextHeader(std::string& out, const MetricFamily& family) {
  if (!family.help.empty()) {
    out += "# HELP ";
    AppendName(out, family.name);
    out += ' ';
    AppendHelpText(out, family.help, false);
    out += '\n';
  }
  out += "# TYPE ";
  AppendName(out, family.name);
  out += ' ';
  out += TextTypeName(family.type);
  out += '\n';
}

void AppendTextSamples(std::string& out, const MetricFamily& family) {
  TextWriter writer(out, family.name);
  for (const Metric& metric : family.metrics) {
    std::visit([&](const auto& point) { writer.Write(metric, point); }, metric.point);
  }
}

}  // namespace narthex::openmetrics
