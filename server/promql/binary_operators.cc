#include "server/promql/binary_operators.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <cmath>

namespace narthex::promql {
namespace {

LabelSet WithoutName(const LabelSet& labels) {
  return LabelSetBuilder(labels).Remove(kMetricName).Build();
}

bool DropsName(const Binary& binary) { return !IsComparison(binary.op) || binary.return_bool; }

// What an operator gives for two numbers; nothing where a comparison filters the element out. The
// value that a filter keeps is the left one.
std::optional<double> Combine(const Binary& binary, double left, double right) {
  const double value = Calculate(binary.op, left, right);
  if (!IsComparison(binary.op) || binary.return_bool) return value;
  return value != 0 ? std::optional(left) : std::nullopt;
}

class Scalar : public Operator {
 public:
  Scalar(size_t steps, std::function<double(size_t)> value)
      : steps_(steps), value_(std::move(value)) {}
  Result<std::vector<LabelSet>> Open() override { return std::vector<LabelSet>(1); }
  Status Next(Column& out) override {
    out.Reset(steps_);
    for (size_t step = 0; step < steps_; ++step) out.Set(step, value_(step));
    return {};
  }

 private:
  const size_t steps_;
  const std::function<double(size_t)> value_;
};

class Negation : public Operator {
 public:
  explicit Negation(OperatorPtr input) : input_(std::move(input)) {}
  Result<std::vector<LabelSet>> Open() override {
    ASSIGN_OR_RETURN(std::vector<LabelSet> series, input_->Open());
    for (LabelSet& labels : series) labels = WithoutName(labels);
    return series;
  }
  Status Next(Column& out) override {
    RETURN_IF_ERROR(input_->Next(out));
    for (double& value : out.values) value = -value;
    return {};
  }

 private:
  OperatorPtr input_;
};

class ScalarScalar : public Operator {
 public:
  ScalarScalar(const Binary& binary, OperatorPtr left, OperatorPtr right)
      : binary_(binary), left_(std::move(left)), right_(std::move(right)) {}
  Result<std::vector<LabelSet>> Open() override {
    RETURN_IF_ERROR(left_->Open().status());
    RETURN_IF_ERROR(right_->Open().status());
    return std::vector<LabelSet>(1);
  }
  Status Next(Column& out) override {
    Column right;
    RETURN_IF_ERROR(left_->Next(out));
    RETURN_IF_ERROR(right_->Next(right));
    for (size_t step = 0; step < out.steps(); ++step) {
      out.values[step] = Calculate(binary_.op, out.values[step], right.values[step]);
    }
    return {};
  }

 private:
  const Binary& binary_;
  OperatorPtr left_;
  OperatorPtr right_;
};

class VectorScalar : public Operator {
 public:
  VectorScalar(const Binary& binary, OperatorPtr vector, OperatorPtr scalar, bool scalar_is_left)
      : binary_(binary),
        vector_(std::move(vector)),
        scalar_(std::move(scalar)),
        scalar_is_left_(scalar_is_left) {}

  Result<std::vector<LabelSet>> Open() override {
    RETURN_IF_ERROR(scalar_->Open().status());
    RETURN_IF_ERROR(scalar_->Next(scalar_column_));
    ASSIGN_OR_RETURN(std::vector<LabelSet> series, vector_->Open());
    if (DropsName(binary_)) {
      for (LabelSet& labels : series) labels = WithoutName(labels);
    }
    return series;
  }

  Status Next(Column& out) override {
    RETURN_IF_ERROR(vector_->Next(out));
    for (size_t step = 0; step < out.steps(); ++step) {
      if (out.present[step] == 0) continue;
      const double element = out.values[step];
      const double scalar = scalar_column_.values[step];
      const auto value =
          scalar_is_left_ ? Combine(binary_, scalar, element) : Combine(binary_, element, scalar);
      if (!value) {
        out.present[step] = 0;
      } else if (DropsName(binary_)) {
        out.values[step] = *value;  // a filter keeps the element, whichever side it is on
      }
    }
    return {};
  }

 private:
  const Binary& binary_;
  OperatorPtr vector_;
  OperatorPtr scalar_;
  const bool scalar_is_left_;
  Column scalar_column_;
};

// The labels by which series of the two sides find each other.
LabelSet Signature(const LabelSet& labels, const Binary& binary) {
  std::vector<Label> kept;
  for (const Label label : labels) {
    const bool listed =
        std::find(binary.labels.begin(), binary.labels.end(), label.name) != binary.labels.end();
    if (binary.on ? listed : !listed && label.name != kMetricName) kept.push_back(label);
  }
  return LabelSet::From(kept);
}

class VectorVector : public Operator {
 public:
  VectorVector(const Binary& binary, OperatorPtr left, OperatorPtr right)
      : binary_(binary), left_is_many_(binary.cardinality != Cardinality::kOneToMany) {
    many_ = std::move(left_is_many_ ? left : right);
    one_ = std::move(left_is_many_ ? right : left);
  }

  Result<std::vector<LabelSet>> Open() override {
    ASSIGN_OR_RETURN(const std::vector<LabelSet> one_series, one_->Open());
    ASSIGN_OR_RETURN(many_series_, many_->Open());
    RETURN_IF_ERROR(ReadOneSide(one_series));
    return Match();
  }

  Status Next(Column& out) override {
    if (!streams_) {
      std::swap(out, buffered_[next_output_++]);
      return {};
    }
    // Series of the many side without partner are passed over, but for their part in conflicts.
    for (;;) {
      RETURN_IF_ERROR(TakeMany(out));
      const Target& target = targets_[next_many_ - 1];
      if (target.partner == kNone) continue;
      Join(partners_[target.partner].column, out);
      return {};
    }
  }

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  // All series of the one side with the same signature and included labels.
  struct Partner {
    Column column;
    LabelSet labels;
  };
  // Where a series of the many side goes.
  struct Target {
    size_t partner = kNone;
    size_t output = kNone;
  };

  std::string_view one_side_name() const { return left_is_many_ ? "right" : "left"; }

  // Reads the one side. Series of one signature are joined unless they meet at a step, which is an
  // error at the steps where the many side has anything.
  Status ReadOneSide(const std::vector<LabelSet>& series) {
    Column column;
    for (const LabelSet& labels : series) {
      RETURN_IF_ERROR(one_->Next(column));
      steps_ = column.steps();
      const LabelSet signature = Signature(labels, binary_);
      RETURN_IF_ERROR(NoteConflicts(signature, labels, column));
      Partner partner{column, labels};
      by_signature_[signature].push_back(partners_.size());
      partners_.push_back(std::move(partner));
    }
    return {};
  }

  Status NoteConflicts(const LabelSet& signature, const LabelSet& labels, const Column& column) {
    const auto known = by_signature_.find(signature);
    if (known == by_signature_.end()) return {};
    for (const size_t other : known->second) {
      for (size_t step = 0; step < column.steps(); ++step) {
        if (column.present[step] == 0 || partners_[other].column.present[step] == 0) continue;
        conflicts_.resize(column.steps());
        conflicts_[step] = 1;
        if (!conflict_message_.empty()) continue;
        conflict_message_ =
            "found duplicate series for the match group " + signature.ToString() + " on the " +
            std::string(one_side_name()) + " hand-side of the operation: [" + labels.ToString() +
            ", " + partners_[other].labels.ToString() +
            "];many-to-many matching not allowed: matching labels must be unique on one side";
      }
    }
    return {};
  }

  // Plans the output. A signature with several series on the one side gives several outputs, as
  // their included labels may differ; the many side then feeds more than one, and is held.
  Result<std::vector<LabelSet>> Match() {
    std::vector<LabelSet> outputs;
    absl::flat_hash_map<LabelSet, size_t> known;
    std::vector<std::pair<size_t, Target>> plan;  // index of the many side and where it goes
    for (size_t i = 0; i < many_series_.size(); ++i) {
      const auto found = by_signature_.find(Signature(many_series_[i], binary_));
      if (found == by_signature_.end()) continue;
      streams_ = streams_ && found->second.size() == 1;
      for (const size_t partner : found->second) {
        LabelSet labels = OutputLabels(many_series_[i], partners_[partner].labels);
        const auto [at, added] = known.try_emplace(labels, outputs.size());
        streams_ = streams_ && added;
        if (added) outputs.push_back(std::move(labels));
        plan.emplace_back(i, Target{partner, at->second});
      }
    }
    if (streams_) {
      targets_.resize(many_series_.size());
      for (const auto& [index, target] : plan) targets_[index] = target;
    } else {
      RETURN_IF_ERROR(Buffer(plan, outputs.size()));
    }
    return outputs;
  }

  LabelSet OutputLabels(const LabelSet& many, const LabelSet& one) const {
    LabelSetBuilder builder(many);
    if (DropsName(binary_)) builder.Remove(kMetricName);
    if (binary_.cardinality == Cardinality::kOneToOne) {
      for (const Label label : many) {
        const bool listed = std::find(binary_.labels.begin(), binary_.labels.end(), label.name) !=
                            binary_.labels.end();
        if (binary_.on != listed) builder.Remove(label.name);
      }
    }
    for (const std::string& name : binary_.included) builder.Set(name, one.Get(name));
    return builder.Build();
  }

  Status TakeMany(Column& out) {
    ++next_many_;
    RETURN_IF_ERROR(many_->Next(out));
    if (conflicts_.empty()) return {};
    for (size_t step = 0; step < out.steps(); ++step) {
      if (out.present[step] != 0 && conflicts_[step] != 0)
        return InvalidArgument(conflict_message_);
    }
    return {};
  }

  void Join(const Column& one, Column& many) const {
    for (size_t step = 0; step < many.steps(); ++step) {
      if (many.present[step] == 0) continue;
      many.present[step] = one.present[step];
      if (one.present[step] == 0) continue;
      const double left = left_is_many_ ? many.values[step] : one.values[step];
      const double right = left_is_many_ ? one.values[step] : many.values[step];
      const auto value = Combine(binary_, left, right);
      many.present[step] = value ? 1 : 0;
      many.values[step] = value.value_or(0);
    }
  }

  Status Buffer(const std::vector<std::pair<size_t, Target>>& plan, size_t output_count) {
    buffered_.resize(output_count);
    for (Column& column : buffered_) column.Reset(steps_);
    Column column;
    auto at = plan.begin();
    for (size_t i = 0; i < many_series_.size(); ++i) {
      RETURN_IF_ERROR(TakeMany(column));
      for (; at != plan.end() && at->first == i; ++at) {
        Column joined = column;
        Join(partners_[at->second.partner].column, joined);
        RETURN_IF_ERROR(MergeInto(buffered_[at->second.output], joined));
      }
    }
    return {};
  }

  Status MergeInto(Column& output, const Column& joined) const {
    for (size_t step = 0; step < joined.steps(); ++step) {
      if (joined.present[step] == 0) continue;
      if (output.present[step] != 0) {
        return InvalidArgument(
            binary_.cardinality == Cardinality::kOneToOne
                ? "multiple matches for labels: many-to-one matching must be explicit "
                  "(group_left/group_right)"
                : "multiple matches for labels: grouping labels must ensure unique matches");
      }
      output.Set(step, joined.values[step]);
    }
    return {};
  }

  const Binary& binary_;
  const bool left_is_many_;
  OperatorPtr many_;
  OperatorPtr one_;
  std::vector<LabelSet> many_series_;
  std::vector<Partner> partners_;
  absl::flat_hash_map<LabelSet, std::vector<size_t>> by_signature_;
  std::vector<uint8_t> conflicts_;  // by step; empty where there are none
  std::string conflict_message_;
  std::vector<Target> targets_;
  std::vector<Column> buffered_;
  bool streams_ = true;
  size_t steps_ = 0;
  size_t next_many_ = 0;
  size_t next_output_ = 0;
};

}  // namespace

double Calculate(BinaryOp op, double left, double right) {
  switch (op) {
    case BinaryOp::kAdd:
      return left + right;
    case BinaryOp::kSubtract:
      return left - right;
    case BinaryOp::kMultiply:
      return left * right;
    case BinaryOp::kDivide:
      return left / right;
    case BinaryOp::kModulo:
      return std::fmod(left, right);
    case BinaryOp::kPower:
      return std::pow(left, right);
    case BinaryOp::kEqual:
      return left == right ? 1 : 0;
    case BinaryOp::kNotEqual:
      return left != right ? 1 : 0;
    case BinaryOp::kLess:
      return left < right ? 1 : 0;
    case BinaryOp::kLessOrEqual:
      return left <= right ? 1 : 0;
    case BinaryOp::kGreater:
      return left > right ? 1 : 0;
    case BinaryOp::kGreaterOrEqual:
      return left >= right ? 1 : 0;
  }
  return std::nan("");
}

OperatorPtr NewScalar(size_t steps, std::function<double(size_t)> value) {
  return std::make_unique<Scalar>(steps, std::move(value));
}

OperatorPtr NewNegation(OperatorPtr input, bool is_scalar) {
  OperatorPtr negation = std::make_unique<Negation>(std::move(input));
  return is_scalar ? std::move(negation) : DistinctSeries(std::move(negation));
}

OperatorPtr NewScalarScalar(const Binary& binary, OperatorPtr left, OperatorPtr right) {
  return std::make_unique<ScalarScalar>(binary, std::move(left), std::move(right));
}

OperatorPtr NewVectorScalar(const Binary& binary, OperatorPtr vector, OperatorPtr scalar,
                            bool scalar_is_left) {
  return DistinctSeries(
      std::make_unique<VectorScalar>(binary, std::move(vector), std::move(scalar), scalar_is_left));
}

OperatorPtr NewVectorVector(const Binary& binary, OperatorPtr left, OperatorPtr right) {
  return std::make_unique<VectorVector>(binary, std::move(left), std::move(right));
}

}  // namespace narthex::promql
