// Whether two numbers differ by rounding only.
#ifndef NARTHEX_SERVER_PROMQL_ALMOST_EQUAL_H_
#define NARTHEX_SERVER_PROMQL_ALMOST_EQUAL_H_

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/storage/storage.h"

namespace narthex::promql {

// Whether the difference is less than `tolerance` times the sum. NaN equals NaN, and a staleness
// marker only another.
inline bool AlmostEqual(double a, double b, double tolerance) {
  if (storage::IsStaleNaN(a) || storage::IsStaleNaN(b))
    return storage::IsStaleNaN(a) && storage::IsStaleNaN(b);
  if (std::isnan(a) && std::isnan(b)) return true;
  if (a == b) return true;
  constexpr double kLeastNormal = std::numeric_limits<double>::min();
  const double sum = std::abs(a) + std::abs(b);
  const double difference = std::abs(a - b);
  if (a == 0 || b == 0 || sum < kLeastNormal) return difference < tolerance * kLeastNormal;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < tolerance;
}

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_ALMOST_EQUAL_H_
