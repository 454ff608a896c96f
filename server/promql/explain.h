// What each operator of a query did: a tree as the expression's, filled in while the query runs.
#ifndef NARTHEX_SERVER_PROMQL_EXPLAIN_H_
#define NARTHEX_SERVER_PROMQL_EXPLAIN_H_

#include <memory>
#include <string>
#include <vector>

#include "common/clock/clock.h"
#include "server/promql/ast.h"
#include "server/promql/operator.h"

namespace narthex::promql {

class QueryControl;

struct ExplainNode {
  std::string kind;        // "selector", "rate", "sum", "/"
  std::string expression;  // in its canonical spelling
  uint64_t series = 0;     // announced
  uint64_t samples = 0;    // values at steps
  uint64_t bytes = 0;      // the most that the operator and those below it held
  int64_t ns = 0;          // spent in the operator and those below it
  std::vector<std::shared_ptr<ExplainNode>> children;
};

// Builds the tree while a compiler walks over an expression. Use on one thread.
class ExplainTree {
 public:
  explicit ExplainTree(const Clock& clock) : clock_(clock) {}

  void Enter(const Expr& expr);
  // Ends the node that was entered last, and lets it watch its operator.
  OperatorPtr Leave(OperatorPtr op, const QueryControl& control);

  std::shared_ptr<const ExplainNode> root() const { return root_; }

 private:
  const Clock& clock_;
  std::shared_ptr<ExplainNode> root_;
  std::vector<std::shared_ptr<ExplainNode>> open_;
};

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_EXPLAIN_H_
