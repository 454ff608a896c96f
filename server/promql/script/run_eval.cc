#include <fmt/format.h>

#include <algorithm>

#include "server/promql/functions.h"
#include "server/promql/parser.h"
#include "server/promql/script/eval_command.h"

namespace narthex::promql {
namespace {

Status CompareMessages(std::string_view kind, const std::vector<ExpectedMessage>& expected,
                       bool none, const std::vector<std::string>& got) {
  if (none && !got.empty())
    return InvalidArgument(fmt::format("unexpected {}: {}", kind, Quote(got[0])));
  if (expected.empty()) return {};
  for (const ExpectedMessage& message : expected) {
    const bool found = std::any_of(got.begin(), got.end(),
                                   [&](const std::string& text) { return message.Matches(text); });
    if (!found)
      return InvalidArgument(fmt::format("expected {} {} is not there{}", kind,
                                         Quote(message.text.value_or("")),
                                         got.empty() ? "" : ", but " + Quote(got[0])));
  }
  for (const std::string& text : got) {
    const bool known =
        std::any_of(expected.begin(), expected.end(),
                    [&](const ExpectedMessage& message) { return message.Matches(text); });
    if (!known) return InvalidArgument(fmt::format("unexpected {}: {}", kind, Quote(text)));
  }
  return {};
}

// Whether a query that failed was to fail so.
Status CompareFailure(const EvalCommand& command, const Status& failure) {
  if (!command.failure) return failure;
  if (command.failure->Matches(failure.message())) return {};
  return InvalidArgument("expected another failure than: ", failure.message());
}

Status CheckOutcome(const EvalCommand& command, const Result<QueryResult>& result) {
  if (!result.ok()) return CompareFailure(command, result.status());
  if (command.failure) return InvalidArgument("expected a failure, got a result");
  RETURN_IF_ERROR(
      CompareMessages("warning", command.warnings, command.no_warnings, result->warnings));
  RETURN_IF_ERROR(CompareMessages("info", command.infos, command.no_infos, result->infos));
  return CompareResult(command, *result);
}

// What of a range query an instant query at one of its steps would give.
QueryResult AtStep(QueryResult range, int64_t time_ms, ValueType type) {
  QueryResult at;
  at.type = type;
  for (ResultSeries& series : range.series) {
    for (size_t i = 0; i < series.values.size(); ++i) {
      if (series.timestamps_ms[i] != time_ms) continue;
      ResultSeries one{series.labels, {time_ms}, {series.values[i]}, {}};
      if (!series.histograms.empty()) one.histograms.push_back(series.histograms[i]);
      at.series.push_back(std::move(one));
    }
  }
  return at;
}

bool AnyCall(const Expr& expr, bool (*matches)(const FunctionRow&)) {
  const auto* call = std::get_if<Call>(&expr.node);
  if (call != nullptr && matches(*call->function)) return true;
  const std::vector<const Expr*> children = Children(expr);
  return std::any_of(children.begin(), children.end(),
                     [&](const Expr* child) { return AnyCall(*child, matches); });
}

Status RunInstant(const EvalCommand& command, const Engine& engine, const Expr& expr,
                  int64_t time_ms) {
  const QueryOptions options{.text = command.query};
  const auto instant = engine.Instant(expr, time_ms, options);
  RETURN_IF_ERROR(CheckOutcome(command, instant).Prefixed(fmt::format("at {} ms", time_ms)));
  const bool has_range = instant.ok() &&
                         (expr.type == ValueType::kScalar || expr.type == ValueType::kVector) &&
                         !command.range_vector && !AnyCall(expr, [](const FunctionRow& function) {
                           return function.kind == FunctionKind::kQueryContext;
                         });
  const bool context_words = command.query.find("start()") != std::string::npos ||
                             command.query.find("end()") != std::string::npos ||
                             command.query.find("range()") != std::string::npos ||
                             command.query.find("step()") != std::string::npos;
  if (!has_range || context_words || command.ordered) return {};
  constexpr int64_t kMinuteMs = 60'000;
  const auto range = engine.Range(expr, {time_ms - kMinuteMs, kMinuteMs, 3}, options);
  if (!range.ok()) return range.status().Prefixed("as a range query");
  return CompareResult(command, AtStep(*range, time_ms, instant->type))
      .Prefixed(fmt::format("as a range query around {} ms", time_ms));
}

// Fixes selectors to a time, unless they or a subquery around say another.
void FixTime(Expr& expr, int64_t time_ms) {
  if (auto* selector = std::get_if<Selector>(&expr.node)) {
    if (selector->at.kind != AtKind::kTime) selector->at = {AtKind::kTime, time_ms};
    return;
  }
  if (auto* subquery = std::get_if<Subquery>(&expr.node)) {
    if (subquery->at.kind != AtKind::kTime) subquery->at = {AtKind::kTime, time_ms};
    return;
  }
  for (Expr* child : Children(expr)) FixTime(*child, time_ms);
}

// A query whose selectors are fixed to one time gives the same at any other.
Status RunFixed(const EvalCommand& command, const Engine& engine, const Expr& expr) {
  if (AnyCall(expr, [](const FunctionRow& function) { return function.depends_on_time; }))
    return {};
  const ExprPtr fixed = Clone(expr);
  const int64_t time_ms = command.end_ms;
  FixTime(*fixed, time_ms);
  std::vector<int64_t> times = {-10 * time_ms, 0, time_ms / 5, time_ms, 10 * time_ms};
  if (time_ms == 0) times = {-1000, 1000};
  for (const int64_t at_ms : times) {
    RETURN_IF_ERROR(RunInstant(command, engine, *fixed, at_ms)
                        .Prefixed(fmt::format("fixed to {} ms", time_ms)));
  }
  return {};
}

}  // namespace

Status RunEval(const EvalCommand& command, const Engine& engine) {
  const auto expr = Parse(command.query, ParserOptions::All());
  if (!expr.ok()) return CompareFailure(command, expr.status());
  if (!command.is_range) {
    RETURN_IF_ERROR(RunInstant(command, engine, **expr, command.end_ms));
    return RunFixed(command, engine, **expr);
  }
  const auto count = static_cast<size_t>((command.end_ms - command.start_ms) / command.step_ms) + 1;
  if ((*expr)->type != ValueType::kScalar && (*expr)->type != ValueType::kVector)
    return CompareFailure(
        command, InvalidArgument("invalid expression type ", Quote(ValueTypeName((*expr)->type)),
                                 " for range query, must be Scalar or instant Vector"));
  return CheckOutcome(command, engine.Range(**expr, {command.start_ms, command.step_ms, count},
                                            command.end_ms, {.text = command.query}));
}

}  // namespace narthex::promql
