// CRC-32 with the Castagnoli polynomial (RFC 3720, B.4), which guards what we write to disk and
// snappy frames. Debian has no library for it.
#ifndef NARTHEX_COMMON_BYTES_CRC32C_H_
#define NARTHEX_COMMON_BYTES_CRC32C_H_

#include <cstdint>
#include <string_view>

namespace narthex {

uint32_t Crc32c(std::string_view bytes);

}  // namespace narthex

#endif  // NARTHEX_COMMON_BYTES_CRC32C_H_
