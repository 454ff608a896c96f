// Functions of instant vectors.
#ifndef NARTHEX_TESTS_PROMQL_NAIVE_FUNCTIONS_H_
#define NARTHEX_TESTS_PROMQL_NAIVE_FUNCTIONS_H_

#include <string_view>

#include "server/promql/ast.h"
#include "tests/promql/naive/value.h"

namespace narthex::naive {

struct Arguments {
  Vector vector;
  std::vector<Sample> scalars;
  std::vector<std::string> texts;
};
Vector Apply(std::string_view name, const Arguments& arguments);

// What absent() gives where there is nothing of the argument.
Vector AbsentElement(const promql::Expr& argument);

}  // namespace narthex::naive

#endif  // NARTHEX_TESTS_PROMQL_NAIVE_FUNCTIONS_H_
