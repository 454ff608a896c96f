// The join of two vectors: series find each other by their matching labels. The "one" side has at
// most one series of each group of labels at a step and is held; the other, "many", streams.
#include <fmt/format.h>

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <deque>

#include "server/promql/binary_operators.h"

namespace narthex::promql {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

std::string WithNames(const LabelSet& labels) {
  std::string text = "{";
  for (const Label label : labels) {
    if (text.size() > 1) text += ", ";
    text += fmt::format("{}={}", label.name, Quote(label.value));
  }
  return text + "}";
}

class VectorJoin : public Operator {
 public:
  VectorJoin(QueryContext& context, const Steps& steps, const Binary& binary, size_t place,
             OperatorPtr left, OperatorPtr right)
      : context_(context),
        steps_(steps),
        binary_(binary),
        matching_(binary.matching),
        swapped_(binary.matching.cardinality == Cardinality::kOneToMany),
        one_to_one_(binary.matching.cardinality == Cardinality::kOneToOne),
        place_(place),
        many_(swapped_ ? std::move(right) : std::move(left)),
        one_(swapped_ ? std::move(left) : std::move(right)),
        fill_one_(binary.matching.fill_right),
        fill_many_(binary.matching.fill_left) {}

  ~VectorJoin() override { context_.control().ReleaseBytes(held_bytes_); }

  Result<Heads> Open() override {
    // Inputs are opened in the order in which they are written.
    ASSIGN_OR_RETURN(Heads left_heads, (swapped_ ? one_ : many_)->Open());
    ASSIGN_OR_RETURN(Heads right_heads, (swapped_ ? many_ : one_)->Open());
    const Heads& many_heads = swapped_ ? right_heads : left_heads;
    const Heads& one_heads = swapped_ ? left_heads : right_heads;
    NarrowOne(one_heads, many_heads);
    RETURN_IF_ERROR(HoldOneSide(one_heads));
    Heads heads = Announce(many_heads);
    // Conflicts are errors wherever the many side has a value, even of series without a partner.
    NarrowMany();
    const bool all = context_.exhaustive || !conflicts_.empty();
    while (all && next_many_ < many_series_.size()) RETURN_IF_ERROR(Produce());
    return heads;
  }

  Status Next(Column& out) override {
    while (ready_.empty()) RETURN_IF_ERROR(Produce());
    std::swap(out, ready_.front());
    ready_.pop_front();
    return {};
  }

 private:
  // Series of the one side that share their matching labels, and what has been made of them.
  struct Group {
    std::vector<size_t> members;   // of the one side
    std::vector<uint8_t> matched;  // by step; only where someone asks
    size_t many_members = 0;
    // Many-to-one: by the number of the output's labels, the steps that are taken.
    absl::flat_hash_map<LabelSet, std::vector<uint8_t>> taken;
  };

  // An output series: one of the many side with those of the one side that give it these labels.
  struct Pairing {
    std::vector<size_t> members;  // of the one side; empty: the fill value stands for it
    LabelSet labels;
  };
  struct ManySeries {
    size_t group;
    std::vector<Pairing> pairings;
  };

  size_t GroupOf(const LabelSet& labels) {
    const auto [at, added] =
        group_of_.try_emplace(MatchingLabels(labels, matching_), groups_.size());
    if (added) groups_.emplace_back();
    return at->second;
  }

  // Series of the one side that no series of the many side looks for need not be computed, unless
  // they could conflict with each other.
  void NarrowOne(const Heads& one_heads, const Heads& many_heads) {
    if (context_.exhaustive || fill_many_) return;
    absl::flat_hash_map<LabelSet, size_t> members;
    for (const SeriesHead& head : one_heads) ++members[MatchingLabels(head.labels, matching_)];
    if (members.size() < one_heads.size()) return;
    for (auto& [labels, looked_for] : members) looked_for = 0;
    for (const SeriesHead& head : many_heads) {
      const auto found = members.find(MatchingLabels(head.labels, matching_));
      if (found != members.end()) found->second = 1;
    }
    std::vector<uint8_t> wanted;
    for (const SeriesHead& head : one_heads)
      wanted.push_back(members[MatchingLabels(head.labels, matching_)] != 0 ? 1 : 0);
    one_->Expect(wanted);
  }

  // Nor need those of the many side that have no partner.
  void NarrowMany() {
    if (context_.exhaustive || !conflicts_.empty()) return;
    std::vector<uint8_t> wanted;
    for (const ManySeries& series : many_series_) wanted.push_back(series.pairings.empty() ? 0 : 1);
    many_->Expect(wanted);
  }

  Status HoldOneSide(const Heads& heads) {
    for (const SeriesHead& head : heads) {
      RETURN_IF_ERROR(context_.control().Check());
      one_columns_.emplace_back();
      one_labels_.push_back(head.labels);
      RETURN_IF_ERROR(one_->Next(one_columns_.back()));
      const uint64_t bytes = one_columns_.back().bytes();
      held_bytes_ += bytes;
      RETURN_IF_ERROR(context_.control().HoldBytes(bytes));
      const size_t group = GroupOf(head.labels);
      one_group_.push_back(group);
      groups_[group].members.push_back(one_labels_.size() - 1);
    }
    for (Group& group : groups_) FindConflicts(group);
    return {};
  }

  // Steps at which two series of a group both have a value: an error if the many side has any then.
  void FindConflicts(Group& group) {
    if (group.members.size() < 2) return;
    std::vector<size_t> present(steps_.count, kNone);
    for (const size_t member : group.members) {
      for (size_t step = 0; step < steps_.count; ++step) {
        if (one_columns_[member].present[step] == Column::kAbsent) continue;
        if (present[step] != kNone) {
          if (conflicts_.empty()) conflicts_.assign(steps_.count, {kNone, kNone});
          if (conflicts_[step].first == kNone) conflicts_[step] = {present[step], member};
        }
        present[step] = member;
      }
    }
  }

  // What the labels of a series of the many side become with a partner.
  LabelSet OutputLabels(const LabelSet& many, const LabelSet& one) const {
    LabelSet base = many;
    const bool drop = ChangesMetric(binary_.op) ||
                      (binary_.return_bool && !context_.features.delayed_name_removal);
    if (drop) base = WithoutName(base);
    LabelSetBuilder builder(base);
    if (one_to_one_) {
      for (const Label label : base) {
        const bool listed = std::find(matching_.labels.begin(), matching_.labels.end(),
                                      label.name) != matching_.labels.end();
        if (listed != matching_.on) builder.Remove(label.name);
      }
    }
    for (const std::string& name : matching_.included) builder.Set(name, one.Get(name));
    return builder.Build();
  }

  void AddPairing(std::vector<Pairing>& pairings, LabelSet labels, size_t member) const {
    for (Pairing& pairing : pairings) {
      if (member == kNone || pairing.members.empty() || pairing.labels != labels) continue;
      pairing.members.push_back(member);
      return;
    }
    pairings.push_back({{}, std::move(labels)});
    if (member != kNone) pairings.back().members.push_back(member);
  }

  Heads Announce(const Heads& many_heads) {
    Heads heads;
    const bool drop_later = binary_.return_bool && context_.features.delayed_name_removal;
    for (const SeriesHead& head : many_heads) {
      ManySeries series{GroupOf(head.labels), {}};
      Group& group = groups_[series.group];
      ++group.many_members;
      for (const size_t member : group.members)
        AddPairing(series.pairings, OutputLabels(head.labels, one_labels_[member]), member);
      if (fill_one_)
        AddPairing(series.pairings,
                   OutputLabels(head.labels, MatchingLabels(head.labels, matching_)), kNone);
      for (const Pairing& pairing : series.pairings) heads.push_back({pairing.labels, drop_later});
      many_series_.push_back(std::move(series));
    }
    if (fill_many_) {
      for (const LabelSet& one : one_labels_)
        heads.push_back({OutputLabels(MatchingLabels(one, matching_), one), drop_later});
    }
    return heads;
  }

  // Makes the outputs of the next series of the many side, or the next that fills it.
  Status Produce() {
    RETURN_IF_ERROR(context_.control().Check());
    if (next_many_ == many_series_.size()) return FillMany();
    RETURN_IF_ERROR(many_->Next(many_column_));
    const ManySeries& series = many_series_[next_many_++];
    RETURN_IF_ERROR(CheckConflicts(many_column_));
    for (const Pairing& pairing : series.pairings) {
      Column out;
      out.Reset(steps_.count);
      RETURN_IF_ERROR(pairing.members.empty() ? PairWithFill(series, pairing, out)
                                              : PairWithMembers(series, pairing, out));
      ready_.push_back(std::move(out));
    }
    return {};
  }

  Status CheckConflicts(const Column& many) const {
    for (size_t step = 0; step < conflicts_.size(); ++step) {
      if (many.present[step] == Column::kAbsent || conflicts_[step].first == kNone) continue;
      return ConflictAt(step);
    }
    return {};
  }

  Status ConflictAt(size_t step) const {
    const LabelSet& labels = one_labels_[conflicts_[step].first];
    std::string first = WithNames(labels);
    std::string second = WithNames(one_labels_[conflicts_[step].second]);
    if (first > second) std::swap(first, second);
    return InvalidArgument(fmt::format(
        "found duplicate series for the match group {} on the {} hand-side of the operation: [{}, "
        "{}];many-to-many matching not allowed: matching labels must be unique on one side",
        WithNames(MatchingLabels(labels, matching_)), swapped_ ? "left" : "right", first, second));
  }

  Status PairWithMembers(const ManySeries& series, const Pairing& pairing, Column& out) {
    const Taken taken = TakenOf(series.group, pairing.labels);
    for (const size_t member : pairing.members) {
      const Column& one = one_columns_[member];
      for (size_t step = 0; step < steps_.count; ++step) {
        if (many_column_.present[step] == Column::kAbsent || one.present[step] == Column::kAbsent)
          continue;
        const bool floats = (many_column_.present[step] | one.present[step]) == Column::kFloat;
        const bool given =
            floats && !IsTrim()
                ? CombineFloats(many_column_.values[step], one.values[step], step, out)
                : Combine(many_column_.Get(step), one.Get(step), step, out);
        if (given) RETURN_IF_ERROR(Take(taken, step));
      }
    }
    return {};
  }

  Status PairWithFill(const ManySeries& series, const Pairing& pairing, Column& out) {
    const Group& group = groups_[series.group];
    const Taken taken = TakenOf(series.group, pairing.labels);
    for (size_t step = 0; step < steps_.count; ++step) {
      if (many_column_.present[step] == Column::kAbsent) continue;
      const bool partner = std::any_of(
          group.members.begin(), group.members.end(),
          [&](size_t member) { return one_columns_[member].present[step] != Column::kAbsent; });
      if (partner) continue;
      if (Combine(many_column_.Get(step), {*fill_one_, nullptr}, step, out))
        RETURN_IF_ERROR(Take(taken, step));
    }
    return {};
  }

  // The series of the one side that have met none of the many side.
  Status FillMany() {
    Column out;
    out.Reset(steps_.count);
    const size_t member = next_fill_++;
    const Group& group = groups_[one_group_[member]];
    const Column& one = one_columns_[member];
    for (size_t step = 0; step < steps_.count; ++step) {
      if (one.present[step] == Column::kAbsent) continue;
      if (!conflicts_.empty() && conflicts_[step].first != kNone) return ConflictAt(step);
      if (!group.matched.empty() && group.matched[step] != 0) continue;
      Combine({*fill_many_, nullptr}, one.Get(step), step, out);
    }
    ready_.push_back(std::move(out));
    return {};
  }

  bool IsTrim() const {
    return binary_.op == BinaryOp::kTrimUpper || binary_.op == BinaryOp::kTrimLower;
  }

  // The result of one pair, put into `out`. True where the two were combined at all.
  bool CombineFloats(double many, double one, size_t step, Column& out) const {
    const double left = swapped_ ? one : many;
    const double right = swapped_ ? many : one;
    const double result = Calculate(binary_.op, left, right);
    if (!IsComparison(binary_.op) || binary_.return_bool) {
      out.Set(step, result);
    } else if (result != 0) {
      out.Set(step, left);
    }
    return true;
  }

  bool Combine(const Value& many, const Value& one, size_t step, Column& out) {
    const Value& left = swapped_ ? one : many;
    const Value& right = swapped_ ? many : one;
    ElementResult result = CombineElements(context_, binary_.op, place_, left, right);
    if (result.failed) return false;
    if (binary_.return_bool) {
      out.Set(step, result.present ? 1.0 : 0.0);
    } else if (result.present) {
      out.Set(step, std::move(result.value));
    }
    return true;
  }

  // What a group has given, by step: with any labels, and with those of one output. Null where it
  // does not matter.
  struct Taken {
    uint8_t* by_group = nullptr;
    uint8_t* by_labels = nullptr;
  };
  Taken TakenOf(size_t group_index, const LabelSet& labels) {
    const auto steps_of = [this](std::vector<uint8_t>& steps) {
      steps.resize(steps_.count);
      return steps.data();
    };
    Group& group = groups_[group_index];
    Taken taken;
    const bool several = group.many_members > 1;
    if ((one_to_one_ && several) || fill_many_) taken.by_group = steps_of(group.matched);
    if (!one_to_one_ && several) taken.by_labels = steps_of(group.taken[labels]);
    return taken;
  }

  // Notes that a group has given an element at a step; refuses a second where there must be one.
  Status Take(const Taken& taken, size_t step) const {
    if (taken.by_group != nullptr) {
      if (one_to_one_ && taken.by_group[step] != 0)
        return InvalidArgument(
            "multiple matches for labels: many-to-one matching must be explicit "
            "(group_left/group_right)");
      taken.by_group[step] = 1;
    }
    if (taken.by_labels == nullptr) return {};
    if (taken.by_labels[step] != 0)
      return InvalidArgument(
          "multiple matches for labels: grouping labels must ensure unique matches");
    taken.by_labels[step] = 1;
    return {};
  }

  QueryContext& context_;
  const Steps steps_;
  const Binary& binary_;
  const Matching& matching_;
  const bool swapped_;  // the many side is the right one
  const bool one_to_one_;
  const size_t place_;
  OperatorPtr many_;
  OperatorPtr one_;
  const std::optional<double> fill_one_;
  const std::optional<double> fill_many_;

  std::vector<Group> groups_;
  absl::flat_hash_map<LabelSet, size_t> group_of_;  // by matching labels
  std::vector<LabelSet> one_labels_;
  std::vector<Column> one_columns_;
  std::vector<size_t> one_group_;
  std::vector<std::pair<size_t, size_t>> conflicts_;  // by step; empty for none at all
  std::vector<ManySeries> many_series_;
  Column many_column_;
  std::deque<Column> ready_;
  size_t next_many_ = 0;
  size_t next_fill_ = 0;
  uint64_t held_bytes_ = 0;
};

}  // namespace

OperatorPtr NewVectorVector(QueryContext& context, const Steps& steps, const Binary& binary,
                            size_t place, OperatorPtr left, OperatorPtr right) {
  return DistinctSeries(std::make_unique<VectorJoin>(context, steps, binary, place, std::move(left),
                                                     std::move(right)));
}

}  // namespace narthex::promql
