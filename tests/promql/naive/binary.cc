#include "tests/promql/naive/binary.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "tests/promql/naive/hist.h"

namespace narthex::naive {
namespace {

using promql::Binary;
using promql::BinaryOp;
using promql::Cardinality;
using promql::ValueType;

bool Listed(const std::vector<std::string>& names, const std::string& name) {
  return std::count(names.begin(), names.end(), name) > 0;
}

Labels MatchLabels(const Labels& labels, const promql::Matching& matching) {
  Labels kept;
  for (const auto& [name, value] : labels) {
    const bool listed = Listed(matching.labels, name);
    if (matching.on ? listed : !listed && name != "__name__") kept[name] = value;
  }
  return kept;
}

// What becomes of two elements: whether they go together at all, whether the result is kept (which
// a comparison decides), and what it is.
struct Outcome {
  bool fits = false;
  bool kept = false;
  Sample sample;
};

Outcome Made(const Hist& hist) {
  return {true, true, {0, 0, std::make_shared<Hist>(DropEmpty(hist)), false}};
}

Outcome OfHists(BinaryOp op, const Sample& left, const Sample& right) {
  if (op == BinaryOp::kAdd || op == BinaryOp::kSubtract) {
    const auto result = Combine(*left.hist, *right.hist, op == BinaryOp::kAdd ? 1 : -1);
    return result ? Made(*result) : Outcome{};
  }
  if (op != BinaryOp::kEqual && op != BinaryOp::kNotEqual) return {};
  if (!left.exact || !right.exact) throw Ambiguous("rounded histograms");
  return {true, SameHist(*left.hist, *right.hist) == (op == BinaryOp::kEqual), left};
}

Outcome OfFloats(BinaryOp op, const Sample& left, const Sample& right) {
  const double a = left.value;
  const double b = right.value;
  const bool exact = left.exact && right.exact;
  const auto computed = [&](double value, bool is_exact) {
    return Outcome{true, true, {0, value, nullptr, is_exact}};
  };
  const auto compared = [&](bool holds) {
    CheckComparable(left, right);
    return Outcome{true, holds, left};
  };
  switch (op) {
    case BinaryOp::kAdd:
      return computed(a + b, exact);
    case BinaryOp::kSubtract:
      return computed(a - b, exact);
    case BinaryOp::kMultiply:
      return computed(a * b, exact);
    case BinaryOp::kDivide:
      if (!exact && Near(b, 0)) throw Ambiguous("division by almost nothing");
      return computed(a / b, false);
    case BinaryOp::kModulo:
      if (!exact) throw Ambiguous("remainder of a rounded number");
      return computed(std::fmod(a, b), false);
    case BinaryOp::kPower:
      if (!exact) throw Ambiguous("power of a rounded number");
      return computed(std::pow(a, b), false);
    case BinaryOp::kAtan2:
      if (!exact) throw Ambiguous("angle of a rounded number");
      return computed(std::atan2(a, b), false);
    case BinaryOp::kEqual:
      return compared(a == b);
    case BinaryOp::kNotEqual:
      return compared(a != b);
    case BinaryOp::kLess:
      return compared(a < b);
    case BinaryOp::kLessOrEqual:
      return compared(a <= b);
    case BinaryOp::kGreater:
      return compared(a > b);
    case BinaryOp::kGreaterOrEqual:
      return compared(a >= b);
    default:
      return {};  // trims are of histograms
  }
}

Outcome Pair(BinaryOp op, const Sample& left, const Sample& right) {
  if (op == BinaryOp::kTrimUpper || op == BinaryOp::kTrimLower) {
    if (!left.hist || right.hist) return {};
    if (!left.exact || !right.exact) throw Ambiguous("trims of or at rounded numbers");
    return {
        true,
        true,
        {0, 0, std::make_shared<Hist>(Trim(*left.hist, right.value, op == BinaryOp::kTrimUpper)),
         false}};
  }
  if (left.hist && right.hist) return OfHists(op, left, right);
  if (left.hist && op == BinaryOp::kMultiply) return Made(Scale(*left.hist, right.value));
  if (left.hist && op == BinaryOp::kDivide) {
    if (right.value == 0) throw Ambiguous("a histogram by nothing");
    return Made(Scale(*left.hist, 1 / right.value));
  }
  if (right.hist && !left.hist && op == BinaryOp::kMultiply)
    return Made(Scale(*right.hist, left.value));
  if (left.hist || right.hist) return {};
  return OfFloats(op, left, right);
}

// The outcome as it stands in the result: with bool, comparisons give 1 or 0.
std::optional<Sample> Given(const Binary& binary, const Outcome& outcome) {
  if (!outcome.fits) return std::nullopt;
  if (binary.return_bool) return Sample{0, outcome.kept ? 1.0 : 0.0, nullptr};
  if (!outcome.kept) return std::nullopt;
  return outcome.sample;
}

Vector WithScalar(const Binary& binary, const Vector& vector, const Sample& scalar,
                  bool scalar_left) {
  Vector out;
  for (const Element& element : vector) {
    const Outcome outcome = scalar_left ? Pair(binary.op, scalar, element.sample)
                                        : Pair(binary.op, element.sample, scalar);
    auto given = Given(binary, outcome);
    if (!given) continue;
    const bool compares = promql::IsComparison(binary.op);
    if (compares && !binary.return_bool) given = element.sample;
    const bool renames = promql::ChangesMetric(binary.op) || binary.return_bool;
    out.push_back({renames ? WithoutName(element.labels) : element.labels, *given});
  }
  return out;
}

Vector OfSets(const Binary& binary, const Vector& left, const Vector& right) {
  const auto has = [&](const Vector& vector, const Labels& labels) {
    return std::any_of(vector.begin(), vector.end(), [&](const Element& element) {
      return MatchLabels(element.labels, binary.matching) == labels;
    });
  };
  const bool is_or = binary.op == BinaryOp::kOr;
  Vector out;
  for (const Element& element : left) {
    const bool partner = has(right, MatchLabels(element.labels, binary.matching));
    if (is_or || partner == (binary.op == BinaryOp::kAnd)) out.push_back(element);
  }
  for (const Element& element : right) {
    if (is_or && !has(left, MatchLabels(element.labels, binary.matching))) out.push_back(element);
  }
  return out;
}

Labels ResultLabels(const Binary& binary, const Labels& many, const Labels& one) {
  const promql::Matching& matching = binary.matching;
  Labels labels = many;
  if (promql::ChangesMetric(binary.op) || binary.return_bool) labels = WithoutName(labels);
  if (matching.cardinality == Cardinality::kOneToOne)
    std::erase_if(labels, [&](const auto& label) {
      return Listed(matching.labels, label.first) != matching.on;
    });
  for (const std::string& name : matching.included) {
    labels.erase(name);
    if (one.contains(name)) labels[name] = one.at(name);
  }
  return labels;
}

Vector Join(const Binary& binary, const Vector& left, const Vector& right) {
  if (left.empty() || right.empty()) return {};
  const promql::Matching& matching = binary.matching;
  const bool swapped = matching.cardinality == Cardinality::kOneToMany;
  const bool one_to_one = matching.cardinality == Cardinality::kOneToOne;
  const Vector& many = swapped ? right : left;
  std::map<Labels, const Element*> ones;
  for (const Element& element : swapped ? left : right) {
    if (!ones.try_emplace(MatchLabels(element.labels, matching), &element).second)
      throw Failure("two on the one side");
  }
  std::map<Labels, std::vector<Labels>> taken;
  Vector out;
  for (const Element& element : many) {
    const Labels key = MatchLabels(element.labels, matching);
    const auto one = ones.find(key);
    if (one == ones.end()) continue;
    const Sample& partner = one->second->sample;
    const Outcome outcome = swapped ? Pair(binary.op, partner, element.sample)
                                    : Pair(binary.op, element.sample, partner);
    if (!outcome.fits) continue;
    const Labels labels = ResultLabels(binary, element.labels, one->second->labels);
    std::vector<Labels>& before = taken[key];
    if (one_to_one ? !before.empty() : std::count(before.begin(), before.end(), labels) > 0)
      throw Failure("two matches");
    before.push_back(labels);
    if (const auto given = Given(binary, outcome)) out.push_back({labels, *given});
  }
  return out;
}

}  // namespace

Vector Operate(const Binary& binary, const Vector& left, const Vector& right) {
  const bool left_scalar = binary.left->type == ValueType::kScalar;
  const bool right_scalar = binary.right->type == ValueType::kScalar;
  if (left_scalar && right_scalar) {
    const Outcome outcome = OfFloats(binary.op, left[0].sample, right[0].sample);
    if (!promql::IsComparison(binary.op)) return {{{}, outcome.sample}};
    return {{{}, {0, outcome.kept ? 1.0 : 0.0, nullptr}}};
  }
  if (left_scalar) return WithScalar(binary, right, left[0].sample, true);
  if (right_scalar) return WithScalar(binary, left, right[0].sample, false);
  if (promql::IsSetOperator(binary.op)) return OfSets(binary, left, right);
  return Join(binary, left, right);
}

Vector Negate(Vector vector) {
  for (Element& element : vector) {
    element.labels = WithoutName(element.labels);
    element.sample.value = -element.sample.value;
    if (element.sample.hist)
      element.sample.hist = std::make_shared<Hist>(Scale(*element.sample.hist, -1));
  }
  return vector;
}

}  // namespace narthex::naive
