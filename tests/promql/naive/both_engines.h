// Runs a case through the naive evaluator and the engine, and says how they differ.
#ifndef NARTHEX_TESTS_PROMQL_NAIVE_BOTH_ENGINES_H_
#define NARTHEX_TESTS_PROMQL_NAIVE_BOTH_ENGINES_H_

#include <string>

#include "tests/promql/naive/random_case.h"

namespace narthex::naive {

enum class Verdict : unsigned char {
  kSame,       // both have values, the same
  kSameEmpty,  // both have none
  kSameError,
  kAmbiguous,  // the result hangs on rounding
  kDifferent,
  kNotParsed,
};

struct Comparison {
  Verdict verdict = Verdict::kSame;
  std::string finding;  // of kDifferent
};
Comparison Compare(const Case& test);

// A smaller case that differs still.
Case Shrink(Case test);

// The case as a test script, its expectation by the naive evaluator.
std::string ScriptOf(const Case& test);

}  // namespace narthex::naive

#endif  // NARTHEX_TESTS_PROMQL_NAIVE_BOTH_ENGINES_H_
