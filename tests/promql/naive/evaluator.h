// Evaluates a query one step after another by the definitions of the documentation, with no care
// for cost. Shares nothing with the engine but the parser and its tree.
//
// The order of results is not its matter, nor which elements limitk takes of more than it may.
#ifndef NARTHEX_TESTS_PROMQL_NAIVE_EVALUATOR_H_
#define NARTHEX_TESTS_PROMQL_NAIVE_EVALUATOR_H_

#include "server/promql/ast.h"
#include "tests/promql/naive/over_time.h"
#include "tests/promql/naive/value.h"

namespace narthex::naive {

struct Query {
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  int64_t step_ms = 0;  // 0: an instant query
  int64_t lookback_ms = 300'000;
  int64_t subquery_step_ms = 60'000;
  bool use_starts = false;  // of samples, by rate and its like
};

// A scalar is one element without labels. Range vectors are not evaluated by themselves.
class Evaluator {
 public:
  Evaluator(const Database& database, const Query& query) : database_(database), query_(query) {}

  // Throws Failure and Ambiguous.
  Vector At(const promql::Expr& expr, int64_t now_ms) const;

 private:
  Vector Select(const promql::Selector& selector, int64_t now_ms) const;
  Vector Call(const promql::Call& call, int64_t now_ms) const;
  Vector CallOverTime(std::string_view name, const promql::Call& call, int64_t now_ms) const;
  Vector CallTimestamp(const promql::Expr& argument, bool of_start, int64_t now_ms) const;
  Vector Info(const promql::Call& call, int64_t now_ms) const;
  Vector InfoElements(const std::vector<storage::Matcher>& matchers, int64_t now_ms) const;
  Vector Aggregate(const promql::Aggregate& aggregate, int64_t now_ms) const;
  Sample Scalar(const promql::Expr& expr, int64_t now_ms) const;

  struct Range {
    Labels labels;
    Window window;
  };
  std::vector<Range> Ranges(const promql::Expr& expr, int64_t now_ms) const;
  std::vector<Range> SelectRanges(const promql::Selector& selector, int64_t now_ms) const;
  std::vector<Range> SubqueryRanges(const promql::Subquery& subquery, int64_t now_ms) const;

  int64_t Milliseconds(const promql::DurationSpec& spec) const;
  double Seconds(const promql::DurationExpr& expr) const;
  int64_t Anchor(const promql::At& at, const promql::DurationSpec& offset, int64_t now_ms) const;

  const Database& database_;
  const Query query_;
};

}  // namespace narthex::naive

#endif  // NARTHEX_TESTS_PROMQL_NAIVE_EVALUATOR_H_
