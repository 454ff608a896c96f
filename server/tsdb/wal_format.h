// The write-ahead log, as Prometheus writes it: a folder of segments 00000000, 00000001, …
//
// A segment is a run of 32 KiB pages. A record is cut into fragments so that none crosses a page;
// a page tail too short for a header is zero. Integers are big-endian.
//   offset  size  field   meaning
//   0       1     type    FragmentType in the low three bits, compression above
//   1       2     length  payload bytes, at most kMaxPayload
//   3       4     crc32c  of the payload
//   7       n     payload
// All fragments of a record carry its compression; it is decompressed as a whole.
// A segment is synced, and its directory entry too, before the next one is begun: so a crash can
// only cut or garble the end of the last one. There a reader truncates; anywhere earlier it is
// Corruption.
#ifndef NARTHEX_SERVER_TSDB_WAL_FORMAT_H_
#define NARTHEX_SERVER_TSDB_WAL_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace narthex::tsdb {

inline constexpr size_t kWalPageSize = 32 * 1024;
inline constexpr size_t kWalHeaderSize = 1 + 2 + 4;
inline constexpr size_t kWalMaxPayload = kWalPageSize - kWalHeaderSize;
static_assert(kWalMaxPayload <= UINT16_MAX, "length must fit its two bytes");
inline constexpr uint64_t kWalDefaultSegmentBytes = 128UL << 20;
inline constexpr size_t kWalMaxRecordBytes = 1UL << 30;  // beyond that a length is damage

// On disk: add, never renumber. Zero is what an unwritten page reads as.
enum class FragmentType : uint8_t { kPadding = 0, kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };
inline constexpr uint8_t kFragmentTypeMask = 0x07;
inline constexpr uint8_t kSnappyFlag = 0x08;
inline constexpr uint8_t kZstdFlag = 0x10;

// "00000012"; nothing for a name that is no segment.
std::string SegmentName(uint64_t index);
std::optional<uint64_t> SegmentIndex(std::string_view name);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_WAL_FORMAT_H_
