#include "server/promql/dense_loops.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace narthex::promql {
namespace {

// Where something is looked for, so many elements are looked at before it is asked whether it was
// found: without that question in between they are compared several at a time.
constexpr size_t kBetweenQuestions = 256;

}  // namespace

bool HasStale(std::span<const double> values) {
  const auto stale = std::bit_cast<uint64_t>(storage::StaleNaN());
  for (size_t begin = 0; begin < values.size(); begin += kBetweenQuestions) {
    const size_t end = std::min(values.size(), begin + kBetweenQuestions);
    uint64_t found = 0;
    for (size_t i = begin; i < end; ++i)
      found |= std::bit_cast<uint64_t>(values[i]) == stale ? 1U : 0U;
    if (found != 0) return true;
  }
  return false;
}

bool Falls(std::span<const double> values) {
  for (size_t begin = 1; begin < values.size(); begin += kBetweenQuestions) {
    const size_t end = std::min(values.size(), begin + kBetweenQuestions);
    uint64_t found = 0;
    for (size_t i = begin; i < end; ++i) found |= values[i] < values[i - 1] ? 1U : 0U;
    if (found != 0) return true;
  }
  return false;
}

bool AllEqual(std::span<const uint8_t> bytes, uint8_t byte) {
  uint8_t difference = 0;
  for (const uint8_t other : bytes) difference |= static_cast<uint8_t>(other ^ byte);
  return difference == 0;
}

void AddCompensated(std::span<const double> values, std::span<double> sums,
                    std::span<double> compensations) {
  const size_t size = values.size();
  const double* __restrict in = values.data();
  double* __restrict sum = sums.data();
  double* __restrict compensation = compensations.data();
  for (size_t i = 0; i < size; ++i) {
    const double before = sum[i];
    const double value = in[i];
    const double total = before + value;
    const double of_value = (before - total) + value;
    const double of_sum = (value - total) + before;
    const double lost = std::abs(before) >= std::abs(value) ? of_value : of_sum;
    const double kept = compensation[i] + lost;
    const bool infinite = std::abs(total) == std::numeric_limits<double>::infinity();
    compensation[i] = infinite ? 0.0 : kept;
    sum[i] = total;
  }
}

}  // namespace narthex::promql
