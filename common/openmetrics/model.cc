#include "common/openmetrics/model.h"

#include <algorithm>
#include <cstring>

namespace narthex::openmetrics {
namespace {

uint64_t Bits(double value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

// Equality by bits. One class, so that each overload sees all others.
struct SameBits {
  bool operator()(double a, double b) const { return Bits(a) == Bits(b); }

  template <typename T>
  bool operator()(const std::optional<T>& a, const std::optional<T>& b) const {
    return a.has_value() == b.has_value() && (!a || (*this)(*a, *b));
  }

  template <typename T>
  bool operator()(const std::vector<T>& a, const std::vector<T>& b) const {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), *this);
  }

  bool operator()(const Exemplar& a, const Exemplar& b) const {
    return a.labels == b.labels && (*this)(a.value, b.value) && a.timestamp_ms == b.timestamp_ms;
  }

  bool operator()(const CounterPoint& a, const CounterPoint& b) const {
    return (*this)(a.value, b.value) && (*this)(a.exemplar, b.exemplar) &&
           a.created_ms == b.created_ms;
  }

  bool operator()(const Quantile& a, const Quantile& b) const {
    return (*this)(a.quantile, b.quantile) && (*this)(a.value, b.value);
  }

  bool operator()(const SummaryPoint& a, const SummaryPoint& b) const {
    return (*this)(a.count, b.count) && (*this)(a.sum, b.sum) &&
           (*this)(a.quantiles, b.quantiles) && a.created_ms == b.created_ms;
  }

  bool operator()(const Bucket& a, const Bucket& b) const {
    return (*this)(a.upper_bound, b.upper_bound) &&
           (*this)(a.cumulative_count, b.cumulative_count) && (*this)(a.exemplar, b.exemplar);
  }

  bool operator()(const NativeBuckets& a, const NativeBuckets& b) const {
    return a.spans == b.spans && (*this)(a.counts, b.counts);
  }

  bool operator()(const NativeHistogram& a, const NativeHistogram& b) const {
    return a.schema == b.schema && (*this)(a.zero_threshold, b.zero_threshold) &&
           (*this)(a.zero_count, b.zero_count) && (*this)(a.negative, b.negative) &&
           (*this)(a.positive, b.positive) && (*this)(a.custom_bounds, b.custom_bounds) &&
           (*this)(a.exemplars, b.exemplars);
  }

  bool operator()(const HistogramPoint& a, const HistogramPoint& b) const {
    return (*this)(a.count, b.count) && (*this)(a.sum, b.sum) && (*this)(a.buckets, b.buckets) &&
           Native(a, b) && a.float_counts == b.float_counts && a.created_ms == b.created_ms;
  }

  bool Native(const HistogramPoint& a, const HistogramPoint& b) const {
    return (a.native != nullptr) == (b.native != nullptr) &&
           (!a.native || (*this)(*a.native, *b.native));
  }

  bool operator()(const StateSetPoint& a, const StateSetPoint& b) const {
    return a.states == b.states;
  }

  bool operator()(const Metric& a, const Metric& b) const {
    if (a.labels != b.labels || a.timestamp_ms != b.timestamp_ms) return false;
    if (a.point.index() != b.point.index()) return false;
    const auto same_as_b = [this, &b](const auto& point) {
      return (*this)(point, std::get<std::decay_t<decltype(point)>>(b.point));
    };
    return std::visit(same_as_b, a.point);
  }
};

}  // namespace

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kHistogram:
      return "histogram";
    case Type::kGaugeHistogram:
      return "gaugehistogram";
    case Type::kSummary:
      return "summary";
    case Type::kInfo:
      return "info";
    case Type::kStateSet:
      return "stateset";
    case Type::kUnknown:
      return "unknown";
  }
  return "unknown";
}

bool Same(const MetricFamily& a, const MetricFamily& b) {
  return a.name == b.name && a.type == b.type && a.help == b.help && a.unit == b.unit &&
         SameBits()(a.metrics, b.metrics);
}

}  // namespace narthex::openmetrics
