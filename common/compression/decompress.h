// Whole bodies as they come over the network, decompressed within a bound.
#ifndef NARTHEX_COMMON_COMPRESSION_DECOMPRESS_H_
#define NARTHEX_COMMON_COMPRESSION_DECOMPRESS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex {

// A gzip file (RFC 1952), which may have several members. kCorruption for damage, kLimit for more
// than `max_bytes`. Memory follows what the body holds, not what it claims.
Result<std::string> Gunzip(std::string_view gzip, uint64_t max_bytes);

// A stream in snappy's framing format, as Go's snappy.Reader takes it. Errors as Gunzip.
// Format: github.com/google/snappy, framing_format.txt.
Result<std::string> UnsnappyFrames(std::string_view stream, uint64_t max_bytes);

}  // namespace narthex

#endif  // NARTHEX_COMMON_COMPRESSION_DECOMPRESS_H_
