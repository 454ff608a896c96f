// topk, bottomk, limitk, limit_ratio: which elements of a group stay.
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/promql/aggregate_operators.h"
#include "server/promql/best_heap.h"
#include "server/promql/go_format.h"

namespace narthex::promql {
namespace {

constexpr double kInt64Bound = 9223372036854775808.0;

// A number from 0 to 1 that only depends on the labels. It is the reference's: the hash of names
// and values, each behind its length.
double RatioOffset(const LabelSet& labels) {
  std::string bytes;
  const auto append = [&](std::string_view text) {
    if (text.size() < 255) {
      bytes += static_cast<char>(text.size());
    } else {
      bytes += '\xff';
      for (int shift = 0; shift < 24; shift += 8)
        bytes += static_cast<char>((text.size() >> shift) & 0xff);
    }
    bytes += text;
  };
  for (const Label label : labels) {
    append(label.name);
    append(label.value);
  }
  return static_cast<double>(XXH64(bytes.data(), bytes.size(), 0)) /
         static_cast<double>(std::numeric_limits<uint64_t>::max());
}

class Pick : public Operator {
 public:
  Pick(QueryContext& context, const Steps& steps, const Aggregate& aggregate, size_t place,
       OperatorPtr input, OperatorPtr parameter)
      : context_(context),
        steps_(steps),
        aggregate_(aggregate),
        place_(place),
        input_(std::move(input)),
        parameter_(std::move(parameter)) {}
  ~Pick() override { context_.control().ReleaseBytes(held_bytes_); }

  Result<Heads> Open() override {
    RETURN_IF_ERROR(parameter_->Open().status());
    RETURN_IF_ERROR(parameter_->Next(parameters_));
    ASSIGN_OR_RETURN(Heads heads, input_->Open());
    RETURN_IF_ERROR(CheckParameters());
    columns_.resize(heads.size());
    for (Column& column : columns_) {
      RETURN_IF_ERROR(context_.control().Check());
      RETURN_IF_ERROR(input_->Next(column));
      held_bytes_ += column.bytes();
      RETURN_IF_ERROR(context_.control().HoldBytes(column.bytes()));
      if (Ranks()) LeaveOutHistograms(column);
    }
    const Grouping grouping(heads, aggregate_);
    members_.resize(grouping.groups.size());
    for (size_t i = 0; i < heads.size(); ++i) members_[grouping.group_of[i]].push_back(i);
    if (aggregate_.op == AggregateOp::kLimitRatio) {
      for (const SeriesHead& head : heads) offsets_.push_back(RatioOffset(head.labels));
    }
    for (size_t step = 0; step < steps_.count; ++step) {
      RETURN_IF_ERROR(context_.control().Check());
      for (const std::vector<size_t>& members : members_) PickAt(members, step);
    }
    return Ordered(std::move(heads));
  }

  Status Next(Column& out) override {
    std::swap(out, columns_[order_[next_++]]);
    return {};
  }

 private:
  bool Ranks() const {
    return aggregate_.op == AggregateOp::kTopK || aggregate_.op == AggregateOp::kBottomK;
  }

  Status CheckParameters() {
    double least = std::numeric_limits<double>::infinity();
    double most = -least;
    bool has_nan = false;
    for (const double parameter : parameters_.values) {
      has_nan = has_nan || std::isnan(parameter);
      least = std::fmin(least, parameter);
      most = std::fmax(most, parameter);
    }
    if (aggregate_.op == AggregateOp::kLimitRatio) return CheckRatios(least, most, has_nan);
    if (has_nan) return InvalidArgument("Parameter value is NaN");
    if (most < 1) return {};
    if (least <= -kInt64Bound)
      return InvalidArgument("Scalar value ", GoG(least), " underflows int64");
    if (most >= kInt64Bound) return InvalidArgument("Scalar value ", GoG(most), " overflows int64");
    return {};
  }

  Status CheckRatios(double least, double most, bool has_nan) {
    if (has_nan) return InvalidArgument("Ratio value is NaN");
    const auto warn = [&](double ratio, std::string_view bound) {
      context_.annotations().Warn(
          fmt::format("ratio value should be between -1 and 1, got {}, capping to {}", GoG(ratio),
                      bound),
          aggregate_.parameter->place.begin);
    };
    if (most > 1) warn(most, "1");
    if (least < -1) warn(least, "-1");
    return {};
  }

  void LeaveOutHistograms(Column& column) {
    if (!column.has_histograms()) return;
    for (uint8_t& present : column.present) {
      if (present == Column::kHistogram) present = Column::kAbsent;
    }
    column.histograms.clear();
    context_.annotations().IgnoredInAggregation(AggregateName(aggregate_.op), place_);
  }

  // NaN comes last of all.
  bool Before(size_t a, size_t b, size_t step) const {
    const double x = columns_[a].values[step];
    const double y = columns_[b].values[step];
    if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
    return aggregate_.op == AggregateOp::kTopK ? x > y : x < y;
  }

  // Puts those that stay in front. Of equal values these are the ones that stay in the reference,
  // which holds the best in a heap.
  void RankPresent(size_t kept, size_t step) {
    const auto worse = [&](size_t a, size_t b) {
      const double x = columns_[a].values[step];
      const double y = columns_[b].values[step];
      return std::isnan(x) || (aggregate_.op == AggregateOp::kTopK ? x < y : x > y);
    };
    BestHeap heap(std::span<size_t>(present_), worse);
    for (size_t i = 0; i < kept; ++i) heap.Grow();
    for (size_t i = kept; i < present_.size(); ++i) {
      if (Before(present_[i], heap.worst(), step)) {
        std::swap(heap.worst(), present_[i]);
        heap.Settle();
      }
    }
  }

  // Takes the value from all members but those that stay.
  void PickAt(const std::vector<size_t>& members, size_t step) {
    const double parameter = parameters_.values[step];
    if (aggregate_.op == AggregateOp::kLimitRatio) {
      for (const size_t member : members) {
        const double offset = offsets_[member];
        const bool stays = parameter >= 0 ? parameter != 0 && offset < std::min(parameter, 1.0)
                                          : offset >= 1.0 + std::max(parameter, -1.0);
        if (!stays) columns_[member].present[step] = Column::kAbsent;
      }
      return;
    }
    present_.clear();
    for (const size_t member : members) {
      if (columns_[member].present[step] != Column::kAbsent) present_.push_back(member);
    }
    if (parameter >= static_cast<double>(present_.size())) return;
    const size_t kept = parameter < 1 ? 0 : static_cast<size_t>(parameter);
    const auto border = present_.begin() + static_cast<ptrdiff_t>(kept);
    if (Ranks() && kept > 0) RankPresent(kept, step);
    for (auto dropped = border; dropped != present_.end(); ++dropped)
      columns_[*dropped].present[step] = Column::kAbsent;
  }

  Heads Ordered(Heads heads) {
    for (const std::vector<size_t>& members : members_) {
      const auto begin = static_cast<ptrdiff_t>(order_.size());
      order_.insert(order_.end(), members.begin(), members.end());
      if (steps_.count == 1 && Ranks())
        std::stable_sort(order_.begin() + begin, order_.end(),
                         [&](size_t a, size_t b) { return Before(a, b, 0); });
    }
    Heads ordered;
    ordered.reserve(heads.size());
    for (const size_t index : order_) ordered.push_back(std::move(heads[index]));
    return ordered;
  }

  QueryContext& context_;
  const Steps steps_;
  const Aggregate& aggregate_;
  const size_t place_;
  OperatorPtr input_;
  OperatorPtr parameter_;
  Column parameters_;
  std::vector<Column> columns_;
  std::vector<std::vector<size_t>> members_;  // by group
  std::vector<double> offsets_;               // by series, of limit_ratio
  std::vector<size_t> present_;
  std::vector<size_t> order_;
  uint64_t held_bytes_ = 0;
  size_t next_ = 0;
};

}  // namespace

OperatorPtr NewPick(QueryContext& context, const Steps& steps, const Aggregate& aggregate,
                    size_t place, OperatorPtr input, OperatorPtr parameter) {
  return std::make_unique<Pick>(context, steps, aggregate, place, std::move(input),
                                std::move(parameter));
}

}  // namespace narthex::promql
