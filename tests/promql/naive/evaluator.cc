#include "tests/promql/naive/evaluator.h"

#include <algorithm>
#include <cmath>

#include "tests/promql/naive/aggregate.h"
#include "tests/promql/naive/binary.h"
#include "tests/promql/naive/functions.h"

namespace narthex::naive {
namespace {

using promql::DurationExpr;

double Seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }

bool Matches(const Labels& labels, const std::vector<storage::Matcher>& matchers) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const storage::Matcher& matcher) {
    const auto found = labels.find(matcher.name());
    return matcher.Matches(found == labels.end() ? "" : found->second);
  });
}

Vector Number(double value, bool exact = true) { return {{{}, {0, value, nullptr, exact}}}; }

// No two elements of a vector have the same labels.
Vector Distinct(Vector vector) {
  std::vector<Labels> seen;
  for (const Element& element : vector) {
    if (std::count(seen.begin(), seen.end(), element.labels) > 0)
      throw Failure("labels occur twice");
    seen.push_back(element.labels);
  }
  return vector;
}

}  // namespace

double Evaluator::Seconds(const DurationExpr& expr) const {
  using Op = DurationExpr::Op;
  const auto left = [&] { return Seconds(*expr.left); };
  const auto right = [&] { return Seconds(*expr.right); };
  switch (expr.op) {
    case Op::kNumber:
      return expr.seconds;
    case Op::kStep:
      return naive::Seconds(query_.step_ms);
    case Op::kRange:
      return naive::Seconds(query_.end_ms - query_.start_ms);
    case Op::kMinOf:
      return std::min(left(), right());
    case Op::kMaxOf:
      return std::max(left(), right());
    case Op::kAdd:
      return left() + right();
    case Op::kSubtract:
      return left() - right();
    case Op::kMultiply:
      return left() * right();
    case Op::kDivide:
      return left() / right();
    case Op::kModulo:
      return std::fmod(left(), right());
    case Op::kPower:
      return std::pow(left(), right());
    case Op::kPlus:
      return right();
    case Op::kMinus:
      return -right();
  }
  return 0;
}

int64_t Evaluator::Milliseconds(const promql::DurationSpec& spec) const {
  if (!spec.expr) return spec.ms;
  return static_cast<int64_t>(std::round(Seconds(*spec.expr) * 1000));
}

int64_t Evaluator::Anchor(const promql::At& at, const promql::DurationSpec& offset,
                          int64_t now_ms) const {
  using promql::AtKind;
  const int64_t from_ms = at.kind == AtKind::kTime    ? at.time_ms
                          : at.kind == AtKind::kStart ? query_.start_ms
                          : at.kind == AtKind::kEnd   ? query_.end_ms
                                                      : now_ms;
  return from_ms - Milliseconds(offset);
}

Vector Evaluator::Select(const promql::Selector& selector, int64_t now_ms) const {
  const int64_t at_ms = Anchor(selector.at, selector.offset, now_ms);
  Vector found;
  for (const Series& series : database_) {
    if (!Matches(series.labels, selector.matchers)) continue;
    const Sample* newest = nullptr;
    for (const Sample& sample : series.samples) {
      if (sample.at_ms <= at_ms && sample.at_ms > at_ms - query_.lookback_ms) newest = &sample;
    }
    if (newest != nullptr && !newest->stale) found.push_back({series.labels, *newest});
  }
  return found;
}

std::vector<Evaluator::Range> Evaluator::SelectRanges(const promql::Selector& selector,
                                                      int64_t now_ms) const {
  const int64_t end_ms = Anchor(selector.at, selector.offset, now_ms);
  const int64_t begin_ms = end_ms - Milliseconds(*selector.range);
  const bool extended = selector.anchored || selector.smoothed;
  const int64_t first_ms = begin_ms - (extended ? query_.lookback_ms : 0);
  const int64_t last_ms = end_ms + (selector.smoothed ? query_.lookback_ms : 0);
  std::vector<Range> ranges;
  for (const Series& series : database_) {
    if (!Matches(series.labels, selector.matchers)) continue;
    Window window{{}, begin_ms, end_ms, now_ms, selector.anchored, selector.smoothed};
    for (const Sample& sample : series.samples) {
      if (sample.stale || sample.at_ms <= first_ms || sample.at_ms > last_ms) continue;
      window.samples.push_back(sample);
      if (!query_.use_starts) window.samples.back().start_ms = 0;
    }
    if (!window.samples.empty()) ranges.push_back({series.labels, std::move(window)});
  }
  return ranges;
}

std::vector<Evaluator::Range> Evaluator::SubqueryRanges(const promql::Subquery& subquery,
                                                        int64_t now_ms) const {
  const int64_t end_ms = Anchor(subquery.at, subquery.offset, now_ms);
  const int64_t begin_ms = end_ms - Milliseconds(subquery.range);
  int64_t step_ms = Milliseconds(subquery.step);
  if (step_ms == 0) step_ms = query_.subquery_step_ms;
  std::map<Labels, Window> windows;
  // The steps are those multiples of the width that lie in the range.
  for (int64_t at_ms = begin_ms - (begin_ms % step_ms + step_ms) % step_ms; at_ms <= end_ms;
       at_ms += step_ms) {
    if (at_ms <= begin_ms) continue;
    for (const Element& element : At(*subquery.argument, at_ms)) {
      Window& window =
          windows.try_emplace(element.labels, Window{{}, begin_ms, end_ms, now_ms}).first->second;
      window.samples.push_back(element.sample);
      window.samples.back().at_ms = at_ms;
      window.samples.back().start_ms = 0;
    }
  }
  std::vector<Range> ranges;
  ranges.reserve(windows.size());
  for (auto& [labels, window] : windows) ranges.push_back({labels, std::move(window)});
  return ranges;
}

std::vector<Evaluator::Range> Evaluator::Ranges(const promql::Expr& expr, int64_t now_ms) const {
  if (const auto* selector = std::get_if<promql::Selector>(&expr.node))
    return SelectRanges(*selector, now_ms);
  if (const auto* inner = std::get_if<promql::Parentheses>(&expr.node))
    return Ranges(*inner->argument, now_ms);
  return SubqueryRanges(std::get<promql::Subquery>(expr.node), now_ms);
}

Sample Evaluator::Scalar(const promql::Expr& expr, int64_t now_ms) const {
  return At(expr, now_ms)[0].sample;
}

Vector Evaluator::CallOverTime(std::string_view name, const promql::Call& call,
                               int64_t now_ms) const {
  std::vector<Range> ranges;
  std::vector<double> scalars;
  for (const auto& argument : call.arguments) {
    if (argument->type == promql::ValueType::kMatrix) {
      ranges = Ranges(*argument, now_ms);
    } else {
      scalars.push_back(Scalar(*argument, now_ms).value);
    }
  }
  Vector out;
  for (const Range& range : ranges) {
    auto result = OverTime(name, range.window, scalars);
    if (result)
      out.push_back({KeepsName(name) ? range.labels : WithoutName(range.labels), *result});
  }
  return out;
}

// Of a selector the samples' own times, of anything else the step's. Only samples that were stored
// have a start.
Vector Evaluator::CallTimestamp(const promql::Expr& argument, bool of_start, int64_t now_ms) const {
  const promql::Expr* inner = &argument;
  while (const auto* parentheses = std::get_if<promql::Parentheses>(&inner->node))
    inner = parentheses->argument.get();
  const bool selects = std::holds_alternative<promql::Selector>(inner->node);
  Vector out = At(*inner, now_ms);
  if (of_start && (!selects || !query_.use_starts)) return {};
  for (Element& element : out) {
    const int64_t own_ms = of_start ? element.sample.start_ms : element.sample.at_ms;
    const int64_t at_ms = selects ? own_ms : now_ms;
    element = {WithoutName(element.labels), {0, naive::Seconds(at_ms), nullptr}};
  }
  return out;
}

Vector Evaluator::Call(const promql::Call& call, int64_t now_ms) const {
  const std::string_view name = promql::FunctionName(call);
  if (IsRangeFunction(name)) return CallOverTime(name, call, now_ms);
  if (name == "time") return Number(naive::Seconds(now_ms));
  if (name == "start") return Number(naive::Seconds(query_.start_ms));
  if (name == "end") return Number(naive::Seconds(query_.end_ms));
  if (name == "range") return Number(naive::Seconds(query_.end_ms - query_.start_ms));
  if (name == "step")
    return Number(query_.start_ms == query_.end_ms ? 0 : naive::Seconds(query_.step_ms));
  if (name == "timestamp" || name == "start_timestamp")
    return CallTimestamp(*call.arguments[0], name == "start_timestamp", now_ms);
  if (name == "info") return Info(call, now_ms);
  if (name == "absent_over_time")
    return Ranges(*call.arguments[0], now_ms).empty() ? AbsentElement(*call.arguments[0])
                                                      : Vector();
  if (name == "absent")
    return At(*call.arguments[0], now_ms).empty() ? AbsentElement(*call.arguments[0]) : Vector();
  Arguments arguments;
  for (const auto& argument : call.arguments) {
    if (const auto* text = std::get_if<promql::StringLiteral>(&argument->node)) {
      arguments.texts.push_back(text->value);
    } else if (argument->type == promql::ValueType::kScalar) {
      arguments.scalars.push_back(Scalar(*argument, now_ms));
    } else {
      arguments.vector = At(*argument, now_ms);
    }
  }
  if (call.arguments.empty())
    arguments.vector = Number(naive::Seconds(now_ms));  // hour() and its like
  return Apply(name, arguments);
}

Vector Evaluator::InfoElements(const std::vector<storage::Matcher>& matchers,
                               int64_t now_ms) const {
  promql::Selector selector;
  selector.matchers = matchers;
  return Select(selector, now_ms);
}

namespace {

std::string Get(const Labels& labels, const std::string& name) {
  const auto found = labels.find(name);
  return found == labels.end() ? "" : found->second;
}

bool HasModifiers(const promql::Expr& expr) {
  if (const auto* selector = std::get_if<promql::Selector>(&expr.node)) {
    return selector->at.kind != promql::AtKind::kNone || selector->offset.ms != 0 ||
           selector->offset.expr != nullptr;
  }
  if (std::holds_alternative<promql::Subquery>(expr.node)) return true;
  const auto children = promql::Children(expr);
  return std::any_of(children.begin(), children.end(),
                     [](const promql::Expr* child) { return HasModifiers(*child); });
}

// Which info metrics are meant, and which of their labels: by default all of target_info.
struct InfoChoice {
  std::vector<storage::Matcher> names;
  std::vector<storage::Matcher> data;

  explicit InfoChoice(const promql::Call& call) {
    using storage::Matcher;
    if (call.arguments.size() > 1) {
      for (const Matcher& matcher : std::get<promql::Selector>(call.arguments[1]->node).matchers)
        (matcher.name() == "__name__" ? names : data).push_back(matcher);
    }
    const bool positive = std::any_of(names.begin(), names.end(),
                                      [](const Matcher& matcher) { return !matcher.negative(); });
    if (!positive)
      names.push_back(*Matcher::Make(names.empty() ? Matcher::Op::kEqual : Matcher::Op::kRegex,
                                     "__name__", names.empty() ? "target_info" : ".+_info"));
  }

  bool Wants(const std::string& label) const {
    return label != "__name__" &&
           (data.empty() || std::any_of(data.begin(), data.end(), [&](const auto& matcher) {
              return matcher.name() == label;
            }));
  }
  bool MayBeMissing() const {
    return std::all_of(data.begin(), data.end(),
                       [](const auto& matcher) { return matcher.MatchesEmpty(); });
  }
};

// Of each name the newest of those about the same instance and job.
std::map<std::string, Element> InfosAbout(const Labels& labels, const Vector& infos) {
  std::map<std::string, Element> chosen;
  for (const Element& info : infos) {
    const bool about = Get(info.labels, "instance") == Get(labels, "instance") &&
                       Get(info.labels, "job") == Get(labels, "job");
    if (!about) continue;
    const auto [at, added] = chosen.try_emplace(Get(info.labels, "__name__"), info);
    if (added) continue;
    if (at->second.sample.at_ms == info.sample.at_ms) throw Failure("two infos at one time");
    if (at->second.sample.at_ms < info.sample.at_ms) at->second = info;
  }
  return chosen;
}

}  // namespace

Vector Evaluator::Info(const promql::Call& call, int64_t now_ms) const {
  if (HasModifiers(*call.arguments[0])) throw Ambiguous("info at another time");
  const InfoChoice choice(call);
  std::vector<storage::Matcher> matchers = choice.names;
  matchers.insert(matchers.end(), choice.data.begin(), choice.data.end());
  const Vector infos = InfoElements(matchers, now_ms);
  Vector out;
  for (Element element : At(*call.arguments[0], now_ms)) {
    const Labels base = element.labels;
    if (Matches({{"__name__", Get(base, "__name__")}}, choice.names)) {
      out.push_back(element);
      continue;
    }
    const auto about = Get(base, "instance").empty() && Get(base, "job").empty()
                           ? std::map<std::string, Element>()
                           : InfosAbout(base, infos);
    if (about.empty() && !choice.MayBeMissing()) continue;
    Labels added;
    for (const auto& [name, info] : about) {
      for (const auto& [label, value] : info.labels) {
        if (!choice.Wants(label)) continue;
        if (added.contains(label) && added[label] != value) throw Failure("infos contradict");
        if (base.contains(label)) continue;
        added[label] = element.labels[label] = value;
      }
    }
    out.push_back(element);
  }
  return out;
}

Vector Evaluator::Aggregate(const promql::Aggregate& aggregate, int64_t now_ms) const {
  const Vector vector = At(*aggregate.argument, now_ms);
  Sample number;
  std::string text;
  if (aggregate.parameter) {
    if (const auto* literal = std::get_if<promql::StringLiteral>(&aggregate.parameter->node)) {
      text = literal->value;
    } else {
      number = Scalar(*aggregate.parameter, now_ms);
    }
  }
  return Fold(aggregate, vector, number, text);
}

Vector Evaluator::At(const promql::Expr& expr, int64_t now_ms) const {
  if (const auto* number = std::get_if<promql::NumberLiteral>(&expr.node))
    return Number(number->value);
  if (const auto* selector = std::get_if<promql::Selector>(&expr.node))
    return Select(*selector, now_ms);
  if (const auto* call = std::get_if<promql::Call>(&expr.node))
    return Distinct(Call(*call, now_ms));
  if (const auto* aggregate = std::get_if<promql::Aggregate>(&expr.node))
    return Aggregate(*aggregate, now_ms);
  if (const auto* inner = std::get_if<promql::Parentheses>(&expr.node))
    return At(*inner->argument, now_ms);
  if (const auto* unary = std::get_if<promql::Unary>(&expr.node)) {
    Vector vector = At(*unary->argument, now_ms);
    return unary->negate ? Distinct(Negate(std::move(vector))) : vector;
  }
  const auto& binary = std::get<promql::Binary>(expr.node);
  const Vector left = At(*binary.left, now_ms);
  const Vector right = At(*binary.right, now_ms);
  return Distinct(Operate(binary, left, right));
}

}  // namespace narthex::naive
