#include "tests/promql/naive/random_case.h"

namespace narthex::naive {

Case RandomCase(uint64_t seed) {
  Dice dice(seed);
  Case out;
  out.database = RandomDatabase(dice);
  const bool range = !dice.OneIn(3);
  out.when.start_ms = 1000 * (60 + dice.Roll(400));
  out.when.end_ms = out.when.start_ms;
  if (range) {
    out.when.step_ms = 1000 * dice.Pick({1, 7, 15, 30, 47});
    out.when.end_ms += out.when.step_ms * dice.Roll(12);
  }
  if (dice.OneIn(3)) out.when.lookback_ms = 1000 * dice.Pick({10, 30, 60});
  out.when.use_starts = dice.OneIn(4);
  out.query = RandomQuery(dice, range);
  return out;
}

}  // namespace narthex::naive
