#include "tests/promql/naive/value.h"

#include <algorithm>
#include <cmath>

namespace narthex::naive {

bool Near(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return true;
  const double difference = std::abs(a - b);
  return difference <= 1e-9 || difference <= 1e-8 * std::max(std::abs(a), std::abs(b));
}

void CheckComparable(const Sample& a, const Sample& b) {
  if ((!a.exact || !b.exact) && Near(a.value, b.value)) throw Ambiguous("nearly equal");
}

Labels WithoutName(Labels labels) {
  for (const char* name : {"__name__", "__type__", "__unit__"}) labels.erase(name);
  return labels;
}

}  // namespace narthex::naive
