#include "server/storage/storage.h"

#include <bit>

namespace narthex::storage {
namespace {

constexpr uint64_t kStaleNaNBits = 0x7ff0000000000002;

}  // namespace

double StaleNaN() { return std::bit_cast<double>(kStaleNaNBits); }
bool IsStaleNaN(double value) { return std::bit_cast<uint64_t>(value) == kStaleNaNBits; }

}  // namespace narthex::storage
