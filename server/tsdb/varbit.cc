#include "server/tsdb/varbit.h"

#include <array>

namespace narthex::tsdb {
namespace {

constexpr unsigned kWholeBits = 64;
constexpr std::array<unsigned, 9> kSizes = {0, 3, 6, 9, 12, 18, 25, 56, kWholeBits};
constexpr unsigned kLongestTag = 8;

// As many ones as the size's index, and a zero, which the longest goes without.
void WriteSized(BitWriter& out, size_t index, uint64_t value) {
  const unsigned size = kSizes[index];
  const uint64_t ones = (uint64_t{1} << index) - 1;
  if (size == 0) return out.Write(0, 1);
  if (size == kWholeBits) return out.WriteTagged(ones, kLongestTag, value, size);
  out.WriteTagged(ones << 1, static_cast<unsigned>(index) + 1, value & ((uint64_t{1} << size) - 1),
                  size);
}

unsigned ReadSize(BitReader& in) {
  size_t index = 0;
  while (index < kLongestTag && in.Read(1) != 0) ++index;
  return kSizes[index];
}

}  // namespace

void WriteVarbitInt(BitWriter& out, int64_t value) {
  size_t index = 0;
  if (value != 0) {
    for (index = 1; kSizes[index] != kWholeBits && !FitsBits(value, kSizes[index]);) ++index;
  }
  WriteSized(out, index, static_cast<uint64_t>(value));
}

void WriteVarbitUint(BitWriter& out, uint64_t value) {
  const auto needed = static_cast<unsigned>(std::bit_width(value));
  size_t index = 0;
  while (kSizes[index] < needed) ++index;
  WriteSized(out, index, value);
}

int64_t ReadVarbitInt(BitReader& in) {
  const unsigned size = ReadSize(in);
  if (size == 0) return 0;
  const uint64_t field = in.Read(size);
  return size == kWholeBits ? static_cast<int64_t>(field) : SignedField(field, size);
}

uint64_t ReadVarbitUint(BitReader& in) {
  const unsigned size = ReadSize(in);
  return size == 0 ? 0 : in.Read(size);
}

}  // namespace narthex::tsdb
