#include "server/promql/info_operator.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "server/promql/leaf_operators.h"

namespace narthex::promql {
namespace {

using storage::Matcher;

constexpr std::string_view kIdentifyingLabels[] = {"instance", "job"};
constexpr std::string_view kTargetInfo = "target_info";
constexpr std::string_view kAnyInfo = ".+_info";

std::string QuoteForRegex(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '_' || static_cast<unsigned char>(c) >= 0x80;
    if (!plain) quoted += '\\';
    quoted += c;
  }
  return quoted;
}

// The time that the first selector of an expression looks at: its own, or that of the subquery
// around.
void TimeOf(const Expr& expr, At at, int64_t offset_ms, bool& found, Selector& into) {
  if (found) return;
  if (const auto* selector = std::get_if<Selector>(&expr.node)) {
    found = true;
    into.at = selector->at.kind != AtKind::kNone ? selector->at : at;
    into.offset.ms = selector->offset.ms + (selector->at.kind != AtKind::kNone ? 0 : offset_ms);
    return;
  }
  if (const auto* subquery = std::get_if<Subquery>(&expr.node)) {
    const bool fixed = subquery->at.kind != AtKind::kNone;
    at = fixed ? subquery->at : at;
    offset_ms = subquery->offset.ms + (fixed ? 0 : offset_ms);
  }
  for (const Expr* child : Children(expr)) TimeOf(*child, at, offset_ms, found, into);
}

class Info : public Operator {
 public:
  Info(QueryContext& context, const Steps& steps, const Call& call, OperatorPtr input)
      : context_(context), steps_(steps), input_(std::move(input)) {
    bool found = false;
    TimeOf(*call.arguments[0], {}, 0, found, selector_);
    if (call.arguments.size() < 2) return;
    for (const Matcher& matcher : std::get<Selector>(call.arguments[1]->node).matchers)
      (matcher.name() == kMetricName ? name_matchers_ : data_matchers_).push_back(matcher);
  }
  ~Info() override { context_.control().ReleaseBytes(held_bytes_); }

  Result<Heads> Open() override {
    RETURN_IF_ERROR(ChooseNames());
    ASSIGN_OR_RETURN(const Heads heads, input_->Open());
    for (const SeriesHead& head : heads) {
      RETURN_IF_ERROR(context_.control().Check());
      Base base;
      base.head = head;
      RETURN_IF_ERROR(input_->Next(base.column));
      held_bytes_ += base.column.bytes();
      RETURN_IF_ERROR(context_.control().HoldBytes(base.column.bytes()));
      base.is_info = std::all_of(
          name_matchers_.begin(), name_matchers_.end(),
          [&](const Matcher& matcher) { return matcher.Matches(head.labels.Get(kMetricName)); });
      bases_.push_back(std::move(base));
    }
    RETURN_IF_ERROR(ReadInfoSeries());
    for (Base& base : bases_) RETURN_IF_ERROR(Combine(base));
    return out_heads_;
  }

  Status Next(Column& out) override {
    std::swap(out, out_columns_[next_++]);
    return {};
  }

 private:
  struct Base {
    SeriesHead head;
    Column column;
    bool is_info = false;  // is an info metric itself, and stays as it is
  };
  struct InfoSeries {
    LabelSet labels;
    Column times;  // when the sample of each step was taken
  };
  // Info series of one name about the same thing: at each step the newest counts.
  using Candidates = std::vector<size_t>;

  // What the selector says of names; target_info by default.
  Status ChooseNames() {
    const bool positive = std::any_of(name_matchers_.begin(), name_matchers_.end(),
                                      [](const Matcher& matcher) { return !matcher.negative(); });
    if (positive) return {};
    const bool any = !name_matchers_.empty();
    ASSIGN_OR_RETURN(Matcher matcher, Matcher::Make(any ? Matcher::Op::kRegex : Matcher::Op::kEqual,
                                                    std::string(kMetricName),
                                                    std::string(any ? kAnyInfo : kTargetInfo)));
    name_matchers_.insert(name_matchers_.begin(), std::move(matcher));
    return {};
  }

  // Only info series about something that is in the input.
  Result<bool> AddIdentifyingMatchers() {
    bool any = false;
    for (const std::string_view label : kIdentifyingLabels) {
      std::set<std::string> values;
      for (const Base& base : bases_) {
        const std::string_view value = base.head.labels.Get(label);
        if (!base.is_info && !value.empty()) values.emplace(value);
      }
      if (values.empty()) continue;
      any = true;
      std::string pattern;
      for (const std::string& value : values)
        pattern += (pattern.empty() ? "" : "|") + QuoteForRegex(value);
      ASSIGN_OR_RETURN(Matcher matcher,
                       Matcher::Make(Matcher::Op::kRegex, std::string(label), pattern));
      selector_.matchers.push_back(std::move(matcher));
    }
    return any;
  }

  Status ReadInfoSeries() {
    ASSIGN_OR_RETURN(const bool any, AddIdentifyingMatchers());
    if (!any) return {};
    auto& matchers = selector_.matchers;
    matchers.insert(matchers.end(), name_matchers_.begin(), name_matchers_.end());
    matchers.insert(matchers.end(), data_matchers_.begin(), data_matchers_.end());
    const OperatorPtr times =
        NewInstantSelector(context_, steps_, selector_, 0, SampleAspect::kTime);
    const OperatorPtr values =
        NewInstantSelector(context_, steps_, selector_, 0, SampleAspect::kValue);
    ASSIGN_OR_RETURN(const Heads heads, times->Open());
    RETURN_IF_ERROR(values->Open().status());
    Column value;
    for (const SeriesHead& head : heads) {
      InfoSeries series{head.labels, {}};
      RETURN_IF_ERROR(times->Next(series.times));
      RETURN_IF_ERROR(values->Next(value));
      if (value.has_histograms())
        return InvalidArgument("this should be an info metric, with float samples: ",
                               head.labels.ToString());
      candidates_[Identity(head.labels)][std::string(head.labels.Get(kMetricName))].push_back(
          infos_.size());
      infos_.push_back(std::move(series));
    }
    return {};
  }

  static LabelSet Identity(const LabelSet& labels) {
    std::vector<Label> kept;
    for (const Label label : labels) {
      if (std::find(std::begin(kIdentifyingLabels), std::end(kIdentifyingLabels), label.name) !=
          std::end(kIdentifyingLabels))
        kept.push_back(label);
    }
    return LabelSet::From(kept);
  }

  // The newest of the candidates at a step; nothing where none has a sample.
  Result<std::optional<size_t>> Newest(const Candidates& candidates, size_t step) const {
    std::optional<size_t> newest;
    for (const size_t index : candidates) {
      const Column& times = infos_[index].times;
      if (times.present[step] == Column::kAbsent) continue;
      const double time = times.values[step];
      if (newest && infos_[*newest].times.values[step] == time)
        return InvalidArgument(fmt::format(
            "found duplicate series for info metric: existing {} @ {:.0f}, new {} @ {:.0f}",
            infos_[*newest].labels.ToString(), time * 1000, infos_[index].labels.ToString(),
            time * 1000));
      if (!newest || infos_[*newest].times.values[step] < time) newest = index;
    }
    return newest;
  }

  bool IsWanted(std::string_view label) const {
    if (label == kMetricName) return false;
    return data_matchers_.empty() ||
           std::any_of(data_matchers_.begin(), data_matchers_.end(),
                       [label](const Matcher& matcher) { return matcher.name() == label; });
  }

  // The labels of a series with those of the info series that were chosen for it.
  Result<LabelSet> Enriched(const LabelSet& base, const std::vector<size_t>& chosen) const {
    LabelSetBuilder added;
    LabelSetBuilder builder(base);
    for (const size_t index : chosen) {
      for (const Label label : infos_[index].labels) {
        if (!IsWanted(label.name)) continue;
        const std::string_view before = added.Get(label.name);
        if (!before.empty() && before != label.value)
          return InvalidArgument("conflicting label: ", label.name);
        if (!base.Get(label.name).empty()) continue;
        added.Set(label.name, label.value);
        builder.Set(label.name, label.value);
      }
    }
    return builder.Build();
  }

  // Whether a series stays that no info metric is about.
  bool StaysAlone() const {
    return std::all_of(data_matchers_.begin(), data_matchers_.end(),
                       [](const Matcher& matcher) { return matcher.MatchesEmpty(); });
  }

  Status Combine(Base& base) {
    if (base.is_info) {
      out_heads_.push_back(base.head);
      out_columns_.push_back(std::move(base.column));
      return {};
    }
    const auto about = candidates_.find(Identity(base.head.labels));
    std::map<std::vector<size_t>, size_t> outputs;  // by the info series chosen
    std::vector<size_t> chosen;
    for (size_t step = 0; step < steps_.count; ++step) {
      if (base.column.present[step] == Column::kAbsent) continue;
      chosen.clear();
      if (about != candidates_.end()) {
        for (const auto& [name, candidates] : about->second) {
          ASSIGN_OR_RETURN(const std::optional<size_t> newest, Newest(candidates, step));
          if (newest) chosen.push_back(*newest);
        }
      }
      if (chosen.empty() && !StaysAlone()) continue;
      auto output = outputs.find(chosen);
      if (output == outputs.end()) {
        ASSIGN_OR_RETURN(LabelSet labels, Enriched(base.head.labels, chosen));
        output = outputs.emplace(chosen, out_columns_.size()).first;
        out_heads_.push_back({std::move(labels), base.head.drop_name});
        out_columns_.emplace_back().Reset(steps_.count);
      }
      out_columns_[output->second].Set(step, base.column.Get(step));
    }
    return {};
  }

  QueryContext& context_;
  const Steps steps_;
  OperatorPtr input_;
  std::vector<Matcher> name_matchers_;
  std::vector<Matcher> data_matchers_;
  Selector selector_;  // of the info series
  std::vector<Base> bases_;
  std::vector<InfoSeries> infos_;
  std::map<LabelSet, std::map<std::string, Candidates>> candidates_;  // by identity, by name
  Heads out_heads_;
  std::vector<Column> out_columns_;
  uint64_t held_bytes_ = 0;
  size_t next_ = 0;
};

}  // namespace

OperatorPtr NewInfo(QueryContext& context, const Steps& steps, const Call& call,
                    OperatorPtr input) {
  return DistinctSeries(std::make_unique<Info>(context, steps, call, std::move(input)));
}

}  // namespace narthex::promql
