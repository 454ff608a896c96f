// Checks of JSON bodies: the common part of CEL, the Common Expression Language
// (github.com/google/cel-spec). There is: the variable `body`, literals but bytes, lists and maps;
// fields and indices; ! - * / % + < <= > >= == != in && || ?:; has, size, matches, contains,
// startsWith, endsWith, int, uint, double, string; all, exists, exists_one, filter, map. What else
// the language has is refused when an expression is compiled.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_CEL_PROGRAM_H_
#define NARTHEX_EXPORTERS_BLACKBOX_CEL_PROGRAM_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex::blackbox {

struct CelNode;

// Immutable; copies share the compiled form. Safe from many threads.
class CelProgram {
 public:
  CelProgram();  // none
  ~CelProgram();
  CelProgram(const CelProgram&);
  CelProgram& operator=(const CelProgram&);

  // kInvalidArgument with the column.
  static Result<CelProgram> Compile(std::string_view expression);

  bool given() const { return root_ != nullptr; }
  const std::string& expression() const { return expression_; }

  // What the expression says of a JSON text. kCorruption for a text that is none, kInvalidArgument
  // for an expression that fails on it (a missing field, the wrong type) or gives no boolean,
  // kLimit beyond ten million steps or values, kTimeout once `expired` says so.
  Result<bool> Evaluate(std::string_view json, const std::function<bool()>& expired) const;

 private:
  std::string expression_;
  std::shared_ptr<const CelNode> root_;
};

inline Status FromText(std::string_view text, CelProgram& program) {
  ASSIGN_OR_RETURN(program, CelProgram::Compile(text));
  return {};
}
inline std::string ToText(const CelProgram& program) { return program.expression(); }

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_CEL_PROGRAM_H_
