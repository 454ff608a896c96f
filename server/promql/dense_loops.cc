#include "server/promql/dense_loops.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace narthex::promql {
namespace {

[[gnu::always_inline]] inline ValueTraits Scan(std::span<const double> values) {
  const auto mark = std::bit_cast<uint64_t>(storage::StaleNaN());
  const double* __restrict in = values.data();
  const size_t size = values.size();
  if (size == 0) return {};
  uint64_t stale = std::bit_cast<uint64_t>(in[0]) == mark ? 1 : 0;
  uint64_t falls = 0;
  for (size_t i = 1; i < size; ++i) {
    stale |= std::bit_cast<uint64_t>(in[i]) == mark ? 1U : 0U;
    falls |= in[i] < in[i - 1] ? 1U : 0U;
  }
  return {stale != 0, falls != 0};
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] ValueTraits ScanWide(std::span<const double> values) {
  return Scan(values);
}
#endif

}  // namespace

ValueTraits TraitsOf(std::span<const double> values) {
#if defined(__x86_64__)
  static const bool kWide = __builtin_cpu_supports("avx2");
  if (kWide) return ScanWide(values);
#endif
  return Scan(values);
}

size_t CountEqual(std::span<const uint8_t> bytes, uint8_t byte) {
  constexpr size_t kAtOnce = 128;  // as many as a byte can count
  size_t count = 0;
  for (size_t begin = 0; begin < bytes.size(); begin += kAtOnce) {
    uint8_t equal = 0;
    for (const uint8_t other : bytes.subspan(begin, std::min(kAtOnce, bytes.size() - begin)))
      equal = static_cast<uint8_t>(equal + (other == byte ? 1 : 0));
    count += equal;
  }
  return count;
}

size_t EndOfRun(std::span<const uint8_t> bytes, size_t begin) {
  const uint8_t byte = bytes[begin];
  const uint64_t eight = byte * uint64_t{0x0101010101010101};
  size_t at = begin + 1;
  for (uint64_t next = 0; at + sizeof next <= bytes.size(); at += sizeof next) {
    std::memcpy(&next, &bytes[at], sizeof next);
    if (next != eight) break;
  }
  while (at < bytes.size() && bytes[at] == byte) ++at;
  return at;
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
