// Writing of protobuf expositions; a function for each message.
#include <algorithm>
#include <cassert>
#include <cmath>

#include "common/openmetrics/protobuf_format.h"
#include "common/openmetrics/protobuf_wire.h"
#include "common/openmetrics/sample_line.h"

namespace narthex::openmetrics {
namespace {

// A count as the wire's unsigned integer; what is none becomes the nearest.
uint64_t Whole(double count) {
  constexpr double kTwoTo64 = 18446744073709551616.0;
  if (!(count > 0)) return 0;
  return count < kTwoTo64 ? static_cast<uint64_t>(count) : UINT64_MAX;
}

// A count into the field for whole numbers or the one for others.
void AppendCount(std::string& out, uint32_t whole_field, uint32_t float_field, bool is_float,
                 double count) {
  if (is_float) {
    AppendDoubleField(out, float_field, count);
  } else {
    AppendVarintField(out, whole_field, Whole(count));
  }
}

void AppendTimestamp(std::string& out, uint32_t field, int64_t ms) {
  const int64_t seconds = ms >= 0 ? ms / 1000 : (ms - 999) / 1000;
  AppendMessageField(out, field, [&] {
    AppendVarintField(out, 1, static_cast<uint64_t>(seconds));
    AppendVarintField(out, 2, static_cast<uint64_t>(ms - seconds * 1000) * 1'000'000);
  });
}

void AppendCreated(std::string& out, uint32_t field, const std::optional<int64_t>& created_ms) {
  if (created_ms) AppendTimestamp(out, field, *created_ms);
}

void AppendLabelPair(std::string& out, std::string_view name, std::string_view value) {
  AppendMessageField(out, 1, [&] {
    AppendBytesField(out, 1, name);
    AppendBytesField(out, 2, value);
  });
}

void AppendExemplar(std::string& out, uint32_t field, const Exemplar& exemplar) {
  AppendMessageField(out, field, [&] {
    for (const Label label : exemplar.labels) AppendLabelPair(out, label.name, label.value);
    AppendDoubleField(out, 2, exemplar.value);
    if (exemplar.timestamp_ms) AppendTimestamp(out, 3, *exemplar.timestamp_ms);
  });
}

void AppendSpans(std::string& out, uint32_t field, const std::vector<BucketSpan>& spans) {
  for (const BucketSpan& span : spans) {
    AppendMessageField(out, field, [&] {
      AppendVarintField(out, 1, Zigzag(span.offset));
      AppendVarintField(out, 2, span.length);
    });
  }
}

// One side of a native histogram: spans, differences of whole counts, other counts.
void AppendNativeSide(std::string& out, uint32_t first_field, const NativeBuckets& side,
                      bool is_float) {
  AppendSpans(out, first_field, side.spans);
  int64_t before = 0;
  for (const double count : side.counts) {
    if (is_float) {
      AppendDoubleField(out, first_field + 2, count);
      continue;
    }
    const auto whole = static_cast<int64_t>(std::min<uint64_t>(Whole(count), INT64_MAX));
    AppendVarintField(out, first_field + 1, Zigzag(whole - before));
    before = whole;
  }
}

void AppendNative(std::string& out, const NativeHistogram& native, bool is_float) {
  AppendVarintField(out, 5, Zigzag(native.schema));
  AppendDoubleField(out, 6, native.zero_threshold);
  AppendCount(out, 7, 8, is_float, native.zero_count);
  AppendNativeSide(out, 9, native.negative, is_float);
  AppendNativeSide(out, 12, native.positive, is_float);
  const bool empty = native.negative.spans.empty() && native.positive.spans.empty();
  // Only this span tells an empty native histogram from a classic one.
  if (empty) AppendSpans(out, 12, {BucketSpan()});
  for (const Exemplar& exemplar : native.exemplars) AppendExemplar(out, 16, exemplar);
}

// Writes a metric's point as the field that its type has in Metric.
class PointWriter {
 public:
  PointWriter(std::string& out, Type type) : out_(out), type_(type) {}

  void Write(double value) {
    AppendMessageField(out_, type_ == Type::kUnknown ? 5 : 2,
                       [&] { AppendDoubleField(out_, 1, value); });
  }

  void Write(const CounterPoint& counter) {
    AppendMessageField(out_, 3, [&] {
      AppendDoubleField(out_, 1, counter.value);
      if (counter.exemplar) AppendExemplar(out_, 2, *counter.exemplar);
      AppendCreated(out_, 3, counter.created_ms);
    });
  }

  void Write(const SummaryPoint& summary) {
    AppendMessageField(out_, 4, [&] {
      if (summary.count) AppendVarintField(out_, 1, Whole(*summary.count));
      if (summary.sum) AppendDoubleField(out_, 2, *summary.sum);
      for (const Quantile& quantile : summary.quantiles) {
        AppendMessageField(out_, 3, [&] {
          AppendDoubleField(out_, 1, quantile.quantile);
          AppendDoubleField(out_, 2, quantile.value);
        });
      }
      AppendCreated(out_, 4, summary.created_ms);
    });
  }

  void Write(const HistogramPoint& histogram) {
    const bool is_float = histogram.float_counts;
    const NativeHistogram* native = histogram.native.get();
    const bool custom = native != nullptr && native->schema == NativeHistogram::kCustomBuckets;
    AppendMessageField(out_, 7, [&] {
      if (histogram.count) AppendCount(out_, 1, 4, is_float, *histogram.count);
      if (histogram.sum) AppendDoubleField(out_, 2, *histogram.sum);
      for (const Bucket& bucket : custom ? ClassicBuckets(histogram) : histogram.buckets) {
        AppendMessageField(out_, 3, [&] {
          AppendCount(out_, 1, 4, is_float, bucket.cumulative_count);
          AppendDoubleField(out_, 2, bucket.upper_bound);
          if (bucket.exemplar) AppendExemplar(out_, 3, *bucket.exemplar);
        });
      }
      if (native != nullptr && !custom) AppendNative(out_, *native, is_float);
      AppendCreated(out_, 15, histogram.created_ms);
    });
  }

  void Write(const StateSetPoint&) { assert(false && "AppendStates makes gauges of states"); }

 private:
  std::string& out_;
  Type type_;
};

void AppendMetric(std::string& out, const Metric& metric, Type type) {
  AppendMessageField(out, 4, [&] {
    for (const LabelPair& label : metric.labels) AppendLabelPair(out, label.name, label.value);
    std::visit([&](const auto& point) { PointWriter(out, type).Write(point); }, metric.point);
    if (metric.timestamp_ms) {
      AppendVarintField(out, 6, static_cast<uint64_t>(*metric.timestamp_ms));
    }
  });
}

// A stateset as a gauge for each state, labelled with it.
void AppendStates(std::string& out, const MetricFamily& family, const Metric& metric) {
  for (const State& state : std::get<StateSetPoint>(metric.point).states) {
    Metric gauge{metric.labels, state.enabled ? 1.0 : 0.0, metric.timestamp_ms};
    gauge.labels.push_back({family.name, state.name});
    std::sort(gauge.labels.begin(), gauge.labels.end());
    AppendMetric(out, gauge, Type::kGauge);
  }
}

uint64_t TypeNumber(Type type) {
  switch (type) {
    case Type::kCounter:
      return 0;
    case Type::kGauge:
    case Type::kInfo:
    case Type::kStateSet:
      return 1;
    case Type::kSummary:
      return 2;
    case Type::kUnknown:
      return 3;
    case Type::kHistogram:
      return 4;
    case Type::kGaugeHistogram:
      return 5;
  }
  return 3;
}

}  // namespace

void AppendProtobuf(std::string& out, const MetricFamily& family) {
  AppendSized(out, [&] {
    AppendBytesField(out, 1, family.name);
    if (!family.help.empty()) AppendBytesField(out, 2, family.help);
    AppendVarintField(out, 3, TypeNumber(family.type));
    for (const Metric& metric : family.metrics) {
      if (family.type == Type::kStateSet) {
        AppendStates(out, family, metric);
      } else {
        AppendMetric(out, metric, family.type);
      }
    }
    if (!family.unit.empty()) AppendBytesField(out, 5, family.unit);
  });
}

}  // namespace narthex::openmetrics
