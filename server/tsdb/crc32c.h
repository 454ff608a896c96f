// CRC-32 with the Castagnoli polynomial (RFC 3720, B.4), which every file of the database uses.
// Debian has no library for it.
#ifndef NARTHEX_SERVER_TSDB_CRC32C_H_
#define NARTHEX_SERVER_TSDB_CRC32C_H_

#include <cstdint>
#include <string_view>

namespace narthex::tsdb {

uint32_t Crc32c(std::string_view bytes);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_CRC32C_H_
