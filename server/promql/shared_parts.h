// Parts of a query that are written more than once, as `a` in a / (a + b): evaluated once, for all
// who read them.
#ifndef NARTHEX_SERVER_PROMQL_SHARED_PARTS_H_
#define NARTHEX_SERVER_PROMQL_SHARED_PARTS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/promql/ast.h"
#include "server/promql/operator.h"

namespace narthex::promql {

class QueryControl;
class SharedColumns;

// The instant vectors of a prepared expression that occur more than once at the same steps: not
// within subqueries, which have steps of their own. Not shared either are parts whose annotations
// tell how often something happened. Refers to the expression. Use on one thread.
class SharedParts {
 public:
  SharedParts(const Expr& root, bool counts_overlaps);
  ~SharedParts();

  struct Part {
    // The last one that is written: annotations point there.
    const Expr* expr = nullptr;
    size_t readers = 0;
    std::shared_ptr<SharedColumns> columns;  // null until it is compiled
  };
  // Null where the expression occurs once.
  Part* Find(const Expr& expr);

 private:
  struct Text {
    size_t count = 0;
    const Expr* last = nullptr;
  };
  // Whether the expression, or anything in it, may be shared: false keeps all around it from that.
  bool Count(const Expr& expr);
  void Choose(const Expr& expr);

  const bool counts_overlaps_;
  std::unordered_map<const Expr*, std::string> texts_;  // of those that may be shared
  std::unordered_map<std::string_view, Text> known_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::unordered_map<std::string_view, Part*> by_text_;
};

// Turns the operator of a part into what is read by several. `control` accounts for columns that
// some have read and others not.
std::shared_ptr<SharedColumns> ShareColumns(OperatorPtr input, size_t readers,
                                            QueryControl& control);
// The operator of the next reader.
OperatorPtr NewReader(std::shared_ptr<SharedColumns> columns);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_SHARED_PARTS_H_
