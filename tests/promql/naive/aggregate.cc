#include "tests/promql/naive/aggregate.h"

#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "tests/promql/naive/hist.h"
#include "tests/promql/naive/over_time.h"

namespace narthex::naive {
namespace {

using promql::AggregateOp;
using Real = long double;

Labels GroupOf(const Labels& labels, const promql::Aggregate& aggregate) {
  Labels kept;
  for (const auto& [name, value] : labels) {
    const bool listed = std::count(aggregate.labels.begin(), aggregate.labels.end(), name) > 0;
    if (aggregate.without ? !listed && name != "__name__" : listed) kept[name] = value;
  }
  return kept;
}

Vector WithoutHists(const Vector& vector) {
  Vector floats;
  for (const Element& element : vector) {
    if (!element.sample.hist) floats.push_back(element);
  }
  return floats;
}

std::optional<Sample> Sum(const Vector& group, bool mean) {
  const auto size = static_cast<double>(group.size());
  const Vector floats = WithoutHists(group);
  if (floats.size() == group.size()) {
    Real sum = 0;
    bool exact = !mean;
    for (const Element& element : floats) {
      sum += element.sample.value;
      exact = exact && element.sample.exact;
    }
    return Sample{0, static_cast<double>(mean ? sum / size : sum), nullptr, exact};
  }
  if (!floats.empty()) return std::nullopt;
  Hist sum = *group[0].sample.hist;
  for (size_t i = 1; i < group.size(); ++i) {
    const auto next = Combine(sum, *group[i].sample.hist, 1);
    if (!next) return std::nullopt;
    sum = *next;
  }
  return Sample{0, 0, std::make_shared<Hist>(DropEmpty(mean ? Scale(sum, 1 / size) : sum)), false};
}

Sample Extreme(const Vector& floats, bool least) {
  Sample best = floats[0].sample;
  for (const Element& element : floats) {
    const double value = element.sample.value;
    if (std::isnan(best.value) || (least ? value < best.value : value > best.value))
      best.value = value;
    best.exact = best.exact && element.sample.exact;
  }
  return best;
}

Sample Spread(const Vector& floats, bool deviation) {
  Real sum = 0;
  for (const Element& element : floats) sum += element.sample.value;
  const Real mean = sum / static_cast<Real>(floats.size());
  Real squares = 0;
  for (const Element& element : floats)
    squares += (element.sample.value - mean) * (element.sample.value - mean);
  const auto variance = static_cast<double>(squares / static_cast<Real>(floats.size()));
  return {0, deviation ? std::sqrt(variance) : variance, nullptr, false};
}

std::optional<Sample> FoldGroup(AggregateOp op, const Vector& group, const Sample& parameter) {
  const Vector floats = WithoutHists(group);
  switch (op) {
    case AggregateOp::kSum:
    case AggregateOp::kAvg:
      return Sum(group, op == AggregateOp::kAvg);
    case AggregateOp::kCount:
      return Sample{0, static_cast<double>(group.size()), nullptr};
    case AggregateOp::kGroup:
      return Sample{0, 1, nullptr};
    default:
      break;
  }
  if (floats.empty()) return std::nullopt;
  switch (op) {
    case AggregateOp::kMin:
    case AggregateOp::kMax:
      return Extreme(floats, op == AggregateOp::kMin);
    case AggregateOp::kStddev:
    case AggregateOp::kStdvar:
      return Spread(floats, op == AggregateOp::kStddev);
    default: {  // quantile
      std::vector<double> values;
      for (const Element& element : floats) values.push_back(element.sample.value);
      return Sample{0, Quantile(parameter.value, values), nullptr, false};
    }
  }
}

// The k elements of a group that rank first; NaN ranks last.
Vector Rank(const Vector& group, double k, bool top) {
  Vector floats = WithoutHists(group);
  if (k < 1) return {};
  const auto before = [top](const Element& a, const Element& b) {
    const double x = a.sample.value;
    const double y = b.sample.value;
    if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
    return top ? x > y : x < y;
  };
  std::sort(floats.begin(), floats.end(), before);
  const auto kept = static_cast<size_t>(k);
  if (kept >= floats.size()) return floats;
  if (Near(floats[kept - 1].sample.value, floats[kept].sample.value))
    throw Ambiguous("a tie at the border");
  floats.resize(kept);
  return floats;
}

// The k elements of a group, whichever they are.
Vector Limit(const Vector& group, double k) {
  if (k < 1) return {};
  if (k < static_cast<double>(group.size())) throw Ambiguous("which of a group");
  return group;
}

// Elements whose labels hash to less than the ratio, or of a negative one to the rest.
Vector Sampled(const Vector& group, const Sample& ratio) {
  if (!ratio.exact) throw Ambiguous("a rounded ratio");
  Vector kept;
  for (const Element& element : group) {
    std::string bytes;
    for (const auto& [name, value] : element.labels) {
      for (const std::string& text : {name, value}) {
        if (text.size() > 254) throw Ambiguous("the hash of a long label");
        bytes += static_cast<char>(text.size());
        bytes += text;
      }
    }
    const double place = static_cast<double>(XXH64(bytes.data(), bytes.size(), 0)) /
                         static_cast<double>(std::numeric_limits<uint64_t>::max());
    const double bound = std::clamp(ratio.value, -1.0, 1.0);
    if (bound > 0 ? place < bound : bound < 0 && place >= 1 + bound) kept.push_back(element);
  }
  return kept;
}

std::string TextOf(const Sample& sample) {
  if (!sample.exact) throw Ambiguous("digits of a rounded number");
  if (std::isnan(sample.value)) return "NaN";
  if (std::isinf(sample.value)) return sample.value > 0 ? "+Inf" : "-Inf";
  char digits[400];
  const auto end =
      std::to_chars(digits, digits + sizeof digits, sample.value, std::chars_format::fixed).ptr;
  return {digits, end};
}

}  // namespace

Vector Fold(const promql::Aggregate& aggregate, const Vector& vector, const Sample& number,
            const std::string& text) {
  const bool ranks = aggregate.op == AggregateOp::kTopK || aggregate.op == AggregateOp::kBottomK;
  const bool limits = aggregate.op == AggregateOp::kLimitK;
  const bool samples = aggregate.op == AggregateOp::kLimitRatio;
  constexpr double kMost = 9223372036854775807.0;
  if ((ranks || limits) && !(number.value < kMost)) throw Failure("no number of elements");
  if (samples && std::isnan(number.value)) throw Failure("no ratio");
  std::map<Labels, Vector> groups;
  for (const Element& element : vector) {
    Labels labels = GroupOf(element.labels, aggregate);
    if (aggregate.op == AggregateOp::kCountValues) {
      if (element.sample.hist) throw Ambiguous("the text of a histogram");
      labels[text] = TextOf(element.sample);
    }
    groups[labels].push_back(element);
  }
  Vector out;
  for (const auto& [labels, group] : groups) {
    if (ranks || limits || samples) {
      const Vector kept = ranks    ? Rank(group, number.value, aggregate.op == AggregateOp::kTopK)
                          : limits ? Limit(group, number.value)
                                   : Sampled(group, number);
      out.insert(out.end(), kept.begin(), kept.end());
      continue;
    }
    const AggregateOp op =
        aggregate.op == AggregateOp::kCountValues ? AggregateOp::kCount : aggregate.op;
    if (const auto result = FoldGroup(op, group, number)) out.push_back({labels, *result});
  }
  return out;
}

}  // namespace narthex::naive
