// Random series and random expressions over them.
#ifndef NARTHEX_TESTS_PROMQL_NAIVE_RANDOM_CASE_H_
#define NARTHEX_TESTS_PROMQL_NAIVE_RANDOM_CASE_H_

#include <random>
#include <string>

#include "tests/promql/naive/evaluator.h"

namespace narthex::naive {

struct Case {
  Database database;
  std::string query;
  Query when;
};

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}

  // 0 … below - 1.
  int Roll(int below) { return static_cast<int>(engine_() % static_cast<uint64_t>(below)); }
  bool OneIn(int n) { return Roll(n) == 0; }
  template <typename Item>
  const Item& Pick(std::initializer_list<Item> items) {
    return items.begin()[Roll(static_cast<int>(items.size()))];
  }

 private:
  std::mt19937_64 engine_;
};

// Series of floats, of histograms and of both, with gaps, staleness markers and counter resets, at
// whole seconds within ten minutes.
Database RandomDatabase(Dice& dice);

// A query that the parser takes, about such series. `range`: for a range query.
std::string RandomQuery(Dice& dice, bool range);

Case RandomCase(uint64_t seed);

}  // namespace narthex::naive

#endif  // NARTHEX_TESTS_PROMQL_NAIVE_RANDOM_CASE_H_
