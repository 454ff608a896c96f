// Loops over whole columns without branches, apart from the rest so that they are compiled for
// vector instructions. Results are those of one element after the other.
#ifndef NARTHEX_SERVER_PROMQL_DENSE_LOOPS_H_
#define NARTHEX_SERVER_PROMQL_DENSE_LOOPS_H_

#include <bit>
#include <cstdint>
#include <span>

#include "server/storage/storage.h"

namespace narthex::promql {

// storage::IsStaleNaN of many: the marker's bits are looked up once.
class StaleMark {
 public:
  bool operator()(double value) const { return std::bit_cast<uint64_t>(value) == bits_; }

 private:
  uint64_t bits_ = std::bit_cast<uint64_t>(storage::StaleNaN());
};

struct ValueTraits {
  bool stale = false;  // some are staleness markers
  bool falls = false;  // some are less than the one before
};
ValueTraits TraitsOf(std::span<const double> values);
size_t CountEqual(std::span<const uint8_t> bytes, uint8_t byte);
// Behind the bytes that are equal to that at `begin` and follow it.
size_t EndOfRun(std::span<const uint8_t> bytes, size_t begin);

// sums[i] += values[i] with compensation, as KahanSum adds. All are of one size.
void AddCompensated(std::span<const double> values, std::span<double> sums,
                    std::span<double> compensations);

}  // namespace narthex::promql

#endif  // NARTHEX_SERVER_PROMQL_DENSE_LOOPS_H_
