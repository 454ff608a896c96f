// Reading of protobuf expositions. Each message has one function, named after it; the nesting is
// fixed, so a body cannot drive recursion.
#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "common/openmetrics/protobuf_format.h"
#include "common/openmetrics/protobuf_wire.h"

namespace narthex::openmetrics {
namespace {

// Seconds whose milliseconds are exact as a double, as every other reader of ours bounds them.
constexpr int64_t kMaxSeconds = 9'007'199'254'740;

Status Broken(const WireReader& fields, std::string_view message) {
  return fields.broken() ? Corruption(message, " is cut or malformed") : Status();
}

Status Utf8(std::string_view text, std::string_view what) {
  return IsValidUtf8(text) ? Status() : Corruption(what, " is not UTF-8");
}

// google.protobuf.Timestamp to milliseconds, rounded down.
Result<int64_t> ReadTimestamp(std::string_view bytes) {
  WireReader fields(bytes);
  int64_t seconds = 0;
  int64_t nanos = 0;
  while (fields.Next()) {
    if (fields.tag() == VarintTag(1)) seconds = static_cast<int64_t>(fields.varint());
    if (fields.tag() == VarintTag(2)) nanos = static_cast<int64_t>(fields.varint());
  }
  RETURN_IF_ERROR(Broken(fields, "timestamp"));
  if (seconds < -kMaxSeconds || seconds > kMaxSeconds || nanos < 0 || nanos > 999'999'999) {
    return Corruption("timestamp out of range");
  }
  return seconds * 1000 + nanos / 1'000'000;
}

Result<LabelPair> ReadLabelPair(std::string_view bytes) {
  WireReader fields(bytes);
  LabelPair label;
  while (fields.Next()) {
    if (fields.tag() == BytesTag(1)) label.name = fields.bytes();
    if (fields.tag() == BytesTag(2)) label.value = fields.bytes();
  }
  RETURN_IF_ERROR(Broken(fields, "label"));
  RETURN_IF_ERROR(Utf8(label.name, "label name"));
  RETURN_IF_ERROR(Utf8(label.value, "label value"));
  return label;
}

Status SortLabels(std::vector<LabelPair>& labels) {
  std::sort(labels.begin(), labels.end());
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].name.empty()) return Corruption("label without a name");
    if (i > 0 && labels[i].name == labels[i - 1].name) {
      return Corruption("label ", Quote(labels[i].name), " twice");
    }
  }
  return {};
}

Result<Exemplar> ReadExemplar(std::string_view bytes) {
  WireReader fields(bytes);
  Exemplar exemplar;
  std::vector<LabelPair> labels;
  while (fields.Next()) {
    if (fields.tag() == BytesTag(1)) {
      ASSIGN_OR_RETURN(LabelPair label, ReadLabelPair(fields.bytes()));
      labels.push_back(std::move(label));
    } else if (fields.tag() == DoubleTag(2)) {
      exemplar.value = fields.number();
    } else if (fields.tag() == BytesTag(3)) {
      ASSIGN_OR_RETURN(exemplar.timestamp_ms, ReadTimestamp(fields.bytes()));
    }
  }
  RETURN_IF_ERROR(Broken(fields, "exemplar"));
  RETURN_IF_ERROR(SortLabels(labels).Prefixed("exemplar"));
  std::vector<Label> views;
  views.reserve(labels.size());
  for (const LabelPair& label : labels) views.push_back({label.name, label.value});
  exemplar.labels = LabelSet::From(views);
  return exemplar;
}

// The one value of Gauge and Untyped.
Result<double> ReadValue(std::string_view bytes) {
  WireReader fields(bytes);
  double value = 0;
  while (fields.Next()) {
    if (fields.tag() == DoubleTag(1)) value = fields.number();
  }
  RETURN_IF_ERROR(Broken(fields, "value"));
  return value;
}

Result<CounterPoint> ReadCounter(std::string_view bytes) {
  WireReader fields(bytes);
  CounterPoint counter;
  while (fields.Next()) {
    if (fields.tag() == DoubleTag(1)) {
      counter.value = fields.number();
    } else if (fields.tag() == BytesTag(2)) {
      ASSIGN_OR_RETURN(counter.exemplar, ReadExemplar(fields.bytes()));
    } else if (fields.tag() == BytesTag(3)) {
      ASSIGN_OR_RETURN(counter.created_ms, ReadTimestamp(fields.bytes()));
    }
  }
  RETURN_IF_ERROR(Broken(fields, "counter"));
  return counter;
}

Result<Quantile> ReadQuantile(std::string_view bytes) {
  WireReader fields(bytes);
  Quantile quantile;
  while (fields.Next()) {
    if (fields.tag() == DoubleTag(1)) quantile.quantile = fields.number();
    if (fields.tag() == DoubleTag(2)) quantile.value = fields.number();
  }
  RETURN_IF_ERROR(Broken(fields, "quantile"));
  return quantile;
}

Result<SummaryPoint> ReadSummary(std::string_view bytes) {
  WireReader fields(bytes);
  SummaryPoint summary;
  while (fields.Next()) {
    if (fields.tag() == VarintTag(1)) {
      summary.count = static_cast<double>(fields.varint());
    } else if (fields.tag() == DoubleTag(2)) {
      summary.sum = fields.number();
    } else if (fields.tag() == BytesTag(3)) {
      ASSIGN_OR_RETURN(const Quantile quantile, ReadQuantile(fields.bytes()));
      summary.quantiles.push_back(quantile);
    } else if (fields.tag() == BytesTag(4)) {
      ASSIGN_OR_RETURN(summary.created_ms, ReadTimestamp(fields.bytes()));
    }
  }
  RETURN_IF_ERROR(Broken(fields, "summary"));
  const auto less = [](const Quantile& a, const Quantile& b) { return a.quantile < b.quantile; };
  for (size_t i = 0; i < summary.quantiles.size(); ++i) {
    if (std::isnan(summary.quantiles[i].quantile)) return Corruption("quantile is not a number");
    if (i > 0 && !less(summary.quantiles[i - 1], summary.quantiles[i])) {
      return Corruption("quantiles are not in increasing order");
    }
  }
  return summary;
}

// A count that has a field for whole numbers and one for others, which wins when above zero.
struct Count {
  std::optional<double> whole;
  std::optional<double> fractional;

  bool is_float() const { return fractional.has_value(); }
  std::optional<double> value() const {
    return fractional && (*fractional > 0 || !whole) ? fractional : whole;
  }
};

Result<Bucket> ReadBucket(std::string_view bytes, bool& is_float) {
  WireReader fields(bytes);
  Bucket bucket;
  Count count;
  while (fields.Next()) {
    if (fields.tag() == VarintTag(1)) {
      count.whole = static_cast<double>(fields.varint());
    } else if (fields.tag() == DoubleTag(2)) {
      bucket.upper_bound = fields.number();
    } else if (fields.tag() == BytesTag(3)) {
      ASSIGN_OR_RETURN(bucket.exemplar, ReadExemplar(fields.bytes()));
    } else if (fields.tag() == DoubleTag(4)) {
      count.fractional = fields.number();
    }
  }
  RETURN_IF_ERROR(Broken(fields, "bucket"));
  bucket.cumulative_count = count.value().value_or(0);
  is_float = is_float || count.is_float();
  if (!(bucket.cumulative_count >= 0)) return Corruption("bucket with a negative count");
  if (std::isnan(bucket.upper_bound)) return Corruption("bucket bound is not a number");
  return bucket;
}

// One side of a native histogram as the message has it: its counts as whole differences, or as
// fractional counts.
struct NativeSide {
  std::vector<BucketSpan> spans;
  std::vector<int64_t> deltas;
  std::vector<double> counts;
};

Result<BucketSpan> ReadSpan(std::string_view bytes) {
  WireReader fields(bytes);
  BucketSpan span;
  while (fields.Next()) {
    if (fields.tag() == VarintTag(1)) {
      const int64_t offset = UndoZigzag(fields.varint());
      if (offset < INT32_MIN || offset > INT32_MAX) return Corruption("span offset out of range");
      span.offset = static_cast<int32_t>(offset);
    } else if (fields.tag() == VarintTag(2)) {
      if (fields.varint() > UINT32_MAX) return Corruption("span length out of range");
      span.length = static_cast<uint32_t>(fields.varint());
    }
  }
  RETURN_IF_ERROR(Broken(fields, "span"));
  return span;
}

// Takes a field of one side, whose numbers begin at `first`: spans, deltas, counts. The two
// repeated ones may be packed.
Status TakeNativeField(const WireReader& fields, uint32_t first, NativeSide& side) {
  if (fields.tag() == BytesTag(first)) {
    ASSIGN_OR_RETURN(const BucketSpan span, ReadSpan(fields.bytes()));
    side.spans.push_back(span);
  } else if (fields.tag() == VarintTag(first + 1)) {
    side.deltas.push_back(UndoZigzag(fields.varint()));
  } else if (fields.tag() == DoubleTag(first + 2)) {
    side.counts.push_back(fields.number());
  } else if (fields.tag() == BytesTag(first + 1)) {
    WireReader packed(fields.bytes());
    while (!packed.at_end()) {
      const auto delta = packed.TakeVarint();
      if (!delta) return Corruption("packed deltas are cut or malformed");
      side.deltas.push_back(UndoZigzag(*delta));
    }
  } else if (fields.tag() == BytesTag(first + 2)) {
    const std::string_view packed = fields.bytes();
    if (packed.size() % sizeof(double) != 0) return Corruption("packed counts are cut");
    for (size_t at = 0; at < packed.size(); at += sizeof(double)) {
      std::memcpy(&side.counts.emplace_back(), packed.data() + at, sizeof(double));
    }
  }
  return {};
}

Result<NativeBuckets> CheckNativeSide(NativeSide side, bool& is_float) {
  NativeBuckets buckets;
  // One empty span only tells an empty native histogram from a classic one.
  if (side.spans.size() == 1 && side.spans[0] == BucketSpan()) side.spans.clear();
  uint64_t length = 0;
  for (size_t i = 0; i < side.spans.size(); ++i) {
    if (i > 0 && side.spans[i].offset < 0) return Corruption("native spans overlap");
    length += side.spans[i].length;
  }
  buckets.spans = std::move(side.spans);
  if (!side.deltas.empty() && !side.counts.empty()) {
    return Corruption("native buckets with whole and with fractional counts");
  }
  is_float = is_float || !side.counts.empty();
  buckets.counts = std::move(side.counts);
  uint64_t count = 0;  // unsigned, because differences may go around
  for (const int64_t delta : side.deltas) {
    count += static_cast<uint64_t>(delta);
    if (count > INT64_MAX) return Corruption("native bucket with a negative count");
    buckets.counts.push_back(static_cast<double>(count));
  }
  for (const double value : buckets.counts) {
    if (!(value >= 0)) return Corruption("native bucket with a negative count");
  }
  if (length != buckets.counts.size()) {
    return Corruption("native spans of ", std::to_string(length), " buckets, but ",
                      std::to_string(buckets.counts.size()), " counts");
  }
  return buckets;
}

constexpr int32_t kLowestSchema = -4;
constexpr int32_t kHighestSchema = 8;

class HistogramReader {
 public:
  Result<HistogramPoint> Read(std::string_view bytes) {
    WireReader fields(bytes);
    while (fields.Next()) RETURN_IF_ERROR(Take(fields));
    RETURN_IF_ERROR(Broken(fields, "histogram"));
    return Finish();
  }

 private:
  Status Take(const WireReader& fields) {
    switch (fields.tag()) {
      case VarintTag(1):
        count_.whole = static_cast<double>(fields.varint());
        return {};
      case DoubleTag(2):
        point_.sum = fields.number();
        return {};
      case BytesTag(3): {
        ASSIGN_OR_RETURN(Bucket bucket, ReadBucket(fields.bytes(), point_.float_counts));
        point_.buckets.push_back(std::move(bucket));
        return {};
      }
      case DoubleTag(4):
        count_.fractional = fields.number();
        return {};
      case BytesTag(15): {
        ASSIGN_OR_RETURN(point_.created_ms, ReadTimestamp(fields.bytes()));
        return {};
      }
      default:
        return TakeNative(fields);
    }
  }

  Status TakeNative(const WireReader& fields) {
    switch (fields.tag()) {
      case VarintTag(5): {
        const int64_t schema = UndoZigzag(fields.varint());
        if (schema < kLowestSchema || schema > kHighestSchema) {
          return Corruption("unknown native schema ", std::to_string(schema));
        }
        native_.schema = static_cast<int32_t>(schema);
        break;
      }
      case DoubleTag(6):
        native_.zero_threshold = fields.number();
        break;
      case VarintTag(7):
        zero_count_.whole = static_cast<double>(fields.varint());
        break;
      case DoubleTag(8):
        zero_count_.fractional = fields.number();
        break;
      case BytesTag(16): {
        ASSIGN_OR_RETURN(Exemplar exemplar, ReadExemplar(fields.bytes()));
        native_.exemplars.push_back(std::move(exemplar));
        break;
      }
      default:
        if (fields.tag() >> 3 < 9 || fields.tag() >> 3 > 14) return {};
        RETURN_IF_ERROR(TakeNativeField(fields, 9, negative_));
        RETURN_IF_ERROR(TakeNativeField(fields, 12, positive_));
    }
    has_native_ = true;
    return {};
  }

  Result<HistogramPoint> Finish() {
    point_.float_counts = point_.float_counts || count_.is_float();
    point_.count = count_.value();
    if (point_.count && !(*point_.count >= 0)) return Corruption("histogram with a negative count");
    for (size_t i = 1; i < point_.buckets.size(); ++i) {
      if (point_.buckets[i].upper_bound > point_.buckets[i - 1].upper_bound) continue;
      return Corruption("buckets are not in increasing order");
    }
    if (!has_native_) return std::move(point_);
    point_.float_counts = point_.float_counts || zero_count_.is_float();
    native_.zero_count = zero_count_.value().value_or(0);
    if (!(native_.zero_count >= 0)) return Corruption("zero bucket with a negative count");
    if (!(native_.zero_threshold >= 0)) return Corruption("negative zero threshold");
    ASSIGN_OR_RETURN(native_.negative, CheckNativeSide(std::move(negative_), point_.float_counts));
    ASSIGN_OR_RETURN(native_.positive, CheckNativeSide(std::move(positive_), point_.float_counts));
    point_.native = std::make_shared<NativeHistogram>(std::move(native_));
    return std::move(point_);
  }

  HistogramPoint point_;
  Count count_;
  NativeHistogram native_;
  Count zero_count_;
  NativeSide negative_;
  NativeSide positive_;
  bool has_native_ = false;
};

// The field of Metric that holds the point of a type.
uint32_t PointField(Type type) {
  switch (type) {
    case Type::kCounter:
      return 3;
    case Type::kSummary:
      return 4;
    case Type::kUnknown:
      return 5;
    case Type::kHistogram:
    case Type::kGaugeHistogram:
      return 7;
    default:
      return 2;
  }
}

Result<Point> ReadPoint(std::string_view bytes, Type type) {
  switch (type) {
    case Type::kCounter: {
      ASSIGN_OR_RETURN(CounterPoint counter, ReadCounter(bytes));
      return Point(std::move(counter));
    }
    case Type::kSummary: {
      ASSIGN_OR_RETURN(SummaryPoint summary, ReadSummary(bytes));
      return Point(std::move(summary));
    }
    case Type::kHistogram:
    case Type::kGaugeHistogram: {
      ASSIGN_OR_RETURN(HistogramPoint histogram, HistogramReader().Read(bytes));
      return Point(std::move(histogram));
    }
    default: {
      ASSIGN_OR_RETURN(const double value, ReadValue(bytes));
      return Point(value);
    }
  }
}

Status CheckLabelNames(const std::vector<LabelPair>& labels, Type type, NameScheme names) {
  const bool histogram = type == Type::kHistogram || type == Type::kGaugeHistogram;
  for (const LabelPair& label : labels) {
    const bool legacy_wanted = names == NameScheme::kLegacy;
    if (legacy_wanted && !IsLegacyLabelName(label.name)) {
      return Corruption("invalid label name ", Quote(label.name));
    }
    if (label.name == kMetricName || (histogram && label.name == "le") ||
        (type == Type::kSummary && label.name == "quantile")) {
      return Corruption("label name ", label.name, " is reserved");
    }
  }
  return {};
}

Result<Metric> ReadMetric(std::string_view bytes, Type type, NameScheme names) {
  WireReader fields(bytes);
  Metric metric;
  std::optional<std::string_view> point;
  while (fields.Next()) {
    if (fields.tag() == BytesTag(1)) {
      ASSIGN_OR_RETURN(LabelPair label, ReadLabelPair(fields.bytes()));
      metric.labels.push_back(std::move(label));
    } else if (fields.tag() == VarintTag(6)) {
      metric.timestamp_ms = static_cast<int64_t>(fields.varint());
    } else if (fields.tag() == BytesTag(PointField(type))) {
      point = fields.bytes();
    }
  }
  RETURN_IF_ERROR(Broken(fields, "metric"));
  RETURN_IF_ERROR(SortLabels(metric.labels));
  RETURN_IF_ERROR(CheckLabelNames(metric.labels, type, names));
  if (!point) return Corruption("a ", TypeName(type), "'s metric without a ", TypeName(type));
  ASSIGN_OR_RETURN(metric.point, ReadPoint(*point, type));
  return metric;
}

constexpr Type kTypes[] = {Type::kCounter, Type::kGauge,     Type::kSummary,
                           Type::kUnknown, Type::kHistogram, Type::kGaugeHistogram};

// The type comes before or after the metrics that it tells how to read: those are read last.
Result<MetricFamily> ReadFamily(std::string_view bytes, NameScheme names) {
  WireReader fields(bytes);
  MetricFamily family;
  family.type = kTypes[0];
  std::vector<std::string_view> metrics;
  while (fields.Next()) {
    if (fields.tag() == BytesTag(1)) family.name = fields.bytes();
    if (fields.tag() == BytesTag(2)) family.help = fields.bytes();
    if (fields.tag() == BytesTag(4)) metrics.push_back(fields.bytes());
    if (fields.tag() == BytesTag(5)) family.unit = fields.bytes();
    if (fields.tag() == VarintTag(3)) {
      if (fields.varint() >= std::size(kTypes)) {
        return Corruption("unknown metric type ", std::to_string(fields.varint()));
      }
      family.type = kTypes[fields.varint()];
    }
  }
  RETURN_IF_ERROR(Broken(fields, "family"));
  RETURN_IF_ERROR(Utf8(family.name, "metric name"));
  RETURN_IF_ERROR(Utf8(family.help, "help"));
  RETURN_IF_ERROR(Utf8(family.unit, "unit"));
  const bool valid =
      names == NameScheme::kLegacy ? IsLegacyMetricName(family.name) : !family.name.empty();
  if (!valid) return Corruption("invalid metric name ", Quote(family.name));
  for (const std::string_view metric_bytes : metrics) {
    auto metric = ReadMetric(metric_bytes, family.type, names);
    if (!metric.ok()) {
      return metric.status().Prefixed("metric " + std::to_string(family.metrics.size()));
    }
    family.metrics.push_back(std::move(*metric));
  }
  return family;
}

}  // namespace

Result<std::vector<MetricFamily>> ReadProtobuf(std::string_view body, NameScheme names) {
  std::vector<MetricFamily> families;
  std::unordered_set<std::string> seen;
  WireReader messages(body);
  for (size_t number = 0; !messages.at_end(); ++number) {
    const std::string place = "family " + std::to_string(number);
    if (!messages.TakeBytes()) return Corruption(place, ": message is cut");
    auto family = ReadFamily(messages.bytes(), names);
    if (!family.ok()) return family.status().Prefixed(place);
    if (!seen.insert(family->name).second) {
      return Corruption(place, ": ", Quote(family->name), " given twice");
    }
    if (!family->metrics.empty()) families.push_back(std::move(*family));
  }
  return families;
}

}  // namespace narthex::openmetrics
