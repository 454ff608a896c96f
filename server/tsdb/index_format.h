// The file `index` of a block, version 2; what version 1, which is read only, does otherwise is at
// the end. Integers are big-endian, varints as in byte_codec.h.
//   header           magic 0xBAAAD700 (4 bytes), version (1 byte)
//   symbols          size (4), count (4), the texts in order with their sizes, CRC-32C
//   series           each at a multiple of 16, which divided by 16 is its ref: size as varint,
//                    number of labels, per label the numbers of two symbols, number of chunks;
//                    per chunk first time, duration and ref, as differences after the first;
//                    CRC-32C
//   postings         each at a multiple of 4: size (4), count (4), refs (4 each), CRC-32C
//   postings table   size (4), count (4), per list the byte 2, name, value and offset; CRC-32C
//   contents         six offsets (8 each): symbols, series, label indices and their table, which
//                    are not used any more, postings, postings table; CRC-32C
// Checksums are of what follows the size. The list of all series has empty name and value.
// In version 1 symbols are named by where in the file their size stands, series are at any place,
// which is their ref, and the postings table may be in any order.
#ifndef NARTHEX_SERVER_TSDB_INDEX_FORMAT_H_
#define NARTHEX_SERVER_TSDB_INDEX_FORMAT_H_

#include <cstddef>
#include <cstdint>

namespace narthex::tsdb {

inline constexpr uint32_t kIndexMagic = 0xBAAAD700;
inline constexpr uint8_t kIndexVersion = 2;
inline constexpr uint8_t kOldIndexVersion = 1;
inline constexpr size_t kIndexHeaderBytes = 5;
inline constexpr size_t kSeriesAlignment = 16;
inline constexpr size_t kPostingsAlignment = 4;
inline constexpr size_t kContentsBytes = 6 * 8 + 4;

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_INDEX_FORMAT_H_
