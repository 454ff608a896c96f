// and, or, unless: series of two vectors are compared by presence, step by step.
#include <absl/container/flat_hash_map.h>

#include "server/promql/binary_operators.h"

namespace narthex::promql {
namespace {

class SetOperator : public Operator {
 public:
  SetOperator(QueryContext& context, const Steps& steps, const Binary& binary, OperatorPtr left,
              OperatorPtr right)
      : context_(context),
        steps_(steps),
        binary_(binary),
        left_(std::move(left)),
        right_(std::move(right)) {}

  Result<Heads> Open() override {
    ASSIGN_OR_RETURN(Heads left, left_->Open());
    ASSIGN_OR_RETURN(Heads right, right_->Open());
    for (const SeriesHead& head : left) left_group_.push_back(GroupOf(head.labels));
    for (const SeriesHead& head : right) right_group_.push_back(GroupOf(head.labels));
    if (binary_.op == BinaryOp::kOr) {
      left.insert(left.end(), right.begin(), right.end());
      return left;
    }
    Narrow();
    Column column;
    for (const size_t group : right_group_) {
      RETURN_IF_ERROR(context_.control().Check());
      RETURN_IF_ERROR(right_->Next(column));
      RETURN_IF_ERROR(Note(group, column));
    }
    return left;
  }

  // Of `or`: all of the left side, then what of the right has no partner there.
  Status Next(Column& out) override {
    const size_t i = next_++;
    if (binary_.op != BinaryOp::kOr) {
      RETURN_IF_ERROR(left_->Next(out));
      Keep(out, left_group_[i], binary_.op == BinaryOp::kAnd);
      return {};
    }
    if (i < left_group_.size()) {
      RETURN_IF_ERROR(left_->Next(out));
      return Note(left_group_[i], out);
    }
    RETURN_IF_ERROR(right_->Next(out));
    Keep(out, right_group_[i - left_group_.size()], false);
    return {};
  }

 private:
  size_t GroupOf(const LabelSet& labels) {
    const auto [at, added] =
        group_of_.try_emplace(MatchingLabels(labels, binary_.matching), present_.size());
    if (added) present_.emplace_back();
    return at->second;
  }

  // Of the right side those matter that the left has a group for; of the left side of `and`, too.
  void Narrow() {
    if (context_.exhaustive) return;
    std::vector<uint8_t> in_left(present_.size());
    std::vector<uint8_t> in_right(present_.size());
    for (const size_t group : left_group_) in_left[group] = 1;
    for (const size_t group : right_group_) in_right[group] = 1;
    std::vector<uint8_t> wanted;
    for (const size_t group : right_group_) wanted.push_back(in_left[group]);
    right_->Expect(wanted);
    if (binary_.op != BinaryOp::kAnd) return;
    wanted.clear();
    for (const size_t group : left_group_) wanted.push_back(in_right[group]);
    left_->Expect(wanted);
  }

  // Marks the steps at which a group has a value.
  Status Note(size_t group, const Column& column) {
    std::vector<uint8_t>& present = present_[group];
    if (present.empty()) {
      present.resize(steps_.count);
      RETURN_IF_ERROR(context_.control().HoldBytes(steps_.count));
    }
    for (size_t step = 0; step < steps_.count; ++step)
      present[step] = static_cast<uint8_t>(present[step] | column.present[step]);
    return {};
  }

  // Takes from a column the steps at which its group is present, or those at which it is not.
  void Keep(Column& column, size_t group, bool present) const {
    const std::vector<uint8_t>& marks = present_[group];
    for (size_t step = 0; step < steps_.count; ++step) {
      const bool marked = !marks.empty() && marks[step] != 0;
      if (marked != present) column.present[step] = Column::kAbsent;
    }
  }

  QueryContext& context_;
  const Steps steps_;
  const Binary& binary_;
  OperatorPtr left_;
  OperatorPtr right_;
  absl::flat_hash_map<LabelSet, size_t> group_of_;
  std::vector<std::vector<uint8_t>> present_;  // by group
  std::vector<size_t> left_group_;
  std::vector<size_t> right_group_;
  size_t next_ = 0;
};

}  // namespace

OperatorPtr NewSetOperator(QueryContext& context, const Steps& steps, const Binary& binary,
                           OperatorPtr left, OperatorPtr right) {
  return std::make_unique<SetOperator>(context, steps, binary, std::move(left), std::move(right));
}

}  // namespace narthex::promql
