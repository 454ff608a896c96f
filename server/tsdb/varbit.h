// How chunks write numbers in few bits. A number that fits into n bits is written as a tag and n
// bits, where the sizes are, with their tags:
//   0 (0)  3 (10)  6 (110)  9 (1110)  12 (11110)  18 (111110)  25 (1111110)  56 (11111110)
//   64 (11111111)
// A signed number fits into n bits when it is in (-2^(n-1), 2^(n-1)].
//
// A float is written as the XOR with the one before:
//   0                the same value
//   10 + bits        fits the last window of meaningful bits
//   11 + 5 bits leading zeros + 6 bits length (0 is 64) + bits
#ifndef NARTHEX_SERVER_TSDB_VARBIT_H_
#define NARTHEX_SERVER_TSDB_VARBIT_H_

#include <algorithm>
#include <bit>
#include <cstdint>

#include "server/tsdb/bit_reader.h"
#include "server/tsdb/bit_writer.h"

namespace narthex::tsdb {

// Whether a signed number fits `bits`, see above.
inline bool FitsBits(int64_t value, unsigned bits) {
  const int64_t half = int64_t{1} << (bits - 1);
  return -(half - 1) <= value && value <= half;
}

// Signs a field of `bits` that was written by the rule of FitsBits.
inline int64_t SignedField(uint64_t field, unsigned bits) {
  const auto value = static_cast<int64_t>(field);
  return value > (int64_t{1} << (bits - 1)) ? value - (int64_t{1} << bits) : value;
}

void WriteVarbitInt(BitWriter& out, int64_t value);
void WriteVarbitUint(BitWriter& out, uint64_t value);
int64_t ReadVarbitInt(BitReader& in);
uint64_t ReadVarbitUint(BitReader& in);

// Where the meaningful bits of the last XOR lay.
struct XorWindow {
  uint8_t leading_zeros = 0;
  uint8_t length = 0;  // 1 to 64; 0 before the first
};

// `difference` is the XOR with the value before.
template <typename Bits>  // BitWriter or CellBits
void WriteXor(Bits& out, XorWindow& window, uint64_t difference) {
  constexpr unsigned kMaxLeadingZeros = 31;  // the field has five bits
  if (difference == 0) return out.Write(0b0, 1);
  const unsigned leading =
      std::min<unsigned>(static_cast<unsigned>(std::countl_zero(difference)), kMaxLeadingZeros);
  const auto trailing = static_cast<unsigned>(std::countr_zero(difference));
  const unsigned window_trailing = 64U - window.leading_zeros - window.length;
  if (window.length != 0 && leading >= window.leading_zeros && trailing >= window_trailing)
    return out.WriteTagged(0b10, 2, difference >> window_trailing, window.length);
  const unsigned length = 64 - leading - trailing;
  window = {static_cast<uint8_t>(leading), static_cast<uint8_t>(length)};
  out.WriteTagged(uint64_t{0b11} << 11 | leading << 6 | (length & 63), 13, difference >> trailing,
                  length);
}

// Changes `value` from the one before to the present one. Damaged bytes may use a window before
// they set one, or one that is too long: that fails.
inline void ReadXor(BitReader& in, XorWindow& window, uint64_t& value) {
  if (in.Read(1) == 0) return;
  if (in.Read(1) != 0) {
    window.leading_zeros = static_cast<uint8_t>(in.Read(5));
    window.length = static_cast<uint8_t>(in.Read(6));
    if (window.length == 0) window.length = 64;
  }
  if (window.length == 0 || window.leading_zeros + window.length > 64) return in.Fail();
  value ^= in.Read(window.length) << (64 - window.leading_zeros - window.length);
}

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_VARBIT_H_
