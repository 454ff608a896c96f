#include "common/openmetrics/sample_line.h"

#include <limits>

namespace narthex::openmetrics {
namespace {

void AppendLabel(std::string& out, char& separator, std::string_view name, std::string_view value) {
  out += separator;
  separator = ',';
  if (IsLegacyLabelName(name)) {
    out += name;
  } else {
    AppendQuoted(out, name);
  }
  out += '=';
  AppendQuoted(out, value);
}

// The counts of custom buckets, added up. Spans that reach beyond the bounds are cut there.
std::vector<Bucket> CumulativeBuckets(const NativeHistogram& native) {
  std::vector<Bucket> buckets;
  for (const double bound : native.custom_bounds) buckets.push_back({bound, 0, {}});
  int64_t index = 0;
  size_t next_count = 0;
  for (const BucketSpan& span : native.positive.spans) {
    index += span.offset;
    for (uint32_t i = 0; i < span.length && next_count < native.positive.counts.size(); ++i) {
      const double count = native.positive.counts[next_count++];
      if (index >= 0 && index < static_cast<int64_t>(buckets.size())) {
        buckets[static_cast<size_t>(index)].cumulative_count += count;
      }
      ++index;
    }
  }
  for (size_t i = 1; i < buckets.size(); ++i) {
    buckets[i].cumulative_count += buckets[i - 1].cumulative_count;
  }
  return buckets;
}

}  // namespace

void AppendName(std::string& out, std::string_view name) {
  if (IsLegacyMetricName(name)) {
    out += name;
  } else {
    AppendQuoted(out, name);
  }
}

void AppendHelpText(std::string& out, std::string_view help, bool escape_quotes) {
  for (const char c : help) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (c == '"' && escape_quotes)) out += '\\';
    out += c;
  }
}

void AppendSeries(std::string& out, std::string_view name, std::string_view suffix,
                  const std::vector<LabelPair>& labels, ExtraLabel extra) {
  char separator = '{';
  if (IsLegacyMetricName(name)) {
    out += name;
    out += suffix;
  } else {
    out += separator;
    AppendQuoted(out, name);
    out.pop_back();  // suffixes need no escaping: they go inside the quotes
    out += suffix;
    out += '"';
    separator = ',';
  }
  for (const LabelPair& label : labels) AppendLabel(out, separator, label.name, label.value);
  if (!extra.name.empty()) AppendLabel(out, separator, extra.name, extra.value);
  if (separator == ',') out += '}';
}

std::vector<Bucket> ClassicBuckets(const HistogramPoint& histogram) {
  std::vector<Bucket> buckets = histogram.buckets;
  const NativeHistogram* native = histogram.native.get();
  if (buckets.empty() && native != nullptr && native->schema == NativeHistogram::kCustomBuckets) {
    buckets = CumulativeBuckets(*native);
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool ends = !buckets.empty() && buckets.back().upper_bound == kInfinity;
  if (!ends && histogram.count) buckets.push_back({kInfinity, *histogram.count, {}});
  return buckets;
}

}  // namespace narthex::openmetrics
