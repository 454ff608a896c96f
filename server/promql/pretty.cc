#include "server/promql/pretty.h"

#include <fmt/format.h>

#include "server/promql/functions.h"
#include "server/promql/printer.h"

namespace narthex::promql {
namespace {

constexpr size_t kLineBytes = 100;  // what is longer is cut

std::string Indent(size_t level) { return std::string(2 * level, ' '); }

// Prints nodes that are too long for a line; each visit gives whole lines, indented.
class Layout {
 public:
  std::string Lines(const Expr& expr, size_t level) const {
    const std::string line = Print(expr);
    if (line.size() <= kLineBytes) {
      // The reference leaves out the indent of a short subquery.
      return std::holds_alternative<Subquery>(expr.node) ? line : Indent(level) + line;
    }
    if (const auto* aggregate = std::get_if<Aggregate>(&expr.node)) return Cut(*aggregate, level);
    if (const auto* binary = std::get_if<Binary>(&expr.node)) return Cut(*binary, level);
    if (const auto* call = std::get_if<Call>(&expr.node)) return Cut(*call, level);
    if (const auto* inner = std::get_if<Parentheses>(&expr.node))
      return Enclosed(Indent(level) + "(", Lines(*inner->argument, level + 1), level);
    if (const auto* subquery = std::get_if<Subquery>(&expr.node))
      return Lines(*subquery->argument, level) + PrintWindow(*subquery);
    if (const auto* unary = std::get_if<Unary>(&expr.node)) {
      const std::string inner = Lines(*unary->argument, level);
      return Indent(level) + (unary->negate ? "-" : "+") +
             inner.substr(std::min(inner.find_first_not_of(' '), inner.size()));
    }
    return Indent(level) + line;  // selectors and literals are not cut
  }

 private:
  static std::string Enclosed(std::string_view head, std::string_view inner, size_t level) {
    return fmt::format("{}\n{}\n{})", head, inner, Indent(level));
  }

  std::string Cut(const Aggregate& aggregate, size_t level) const {
    std::string inner;
    if (aggregate.parameter) inner = Lines(*aggregate.parameter, level + 1) + ",\n";
    inner += Lines(*aggregate.argument, level + 1);
    return Enclosed(Indent(level) + PrintHead(aggregate) + "(", inner, level);
  }

  std::string Cut(const Binary& binary, size_t level) const {
    return fmt::format("{}\n{}{}\n{}", Lines(*binary.left, level + 1), Indent(level),
                       PrintOperator(binary), Lines(*binary.right, level + 1));
  }

  std::string Cut(const Call& call, size_t level) const {
    std::string inner;
    for (const ExprPtr& argument : call.arguments)
      inner += (inner.empty() ? "" : ",\n") + Lines(*argument, level + 1);
    return Enclosed(fmt::format("{}{}(", Indent(level), call.function->name), inner, level);
  }
};

}  // namespace

std::string PrettyPrint(const Expr& expr) { return Layout().Lines(expr, 0); }

}  // namespace narthex::promql
