// The chunk of float samples, in the encoding that Prometheus calls XOR, after Facebook's Gorilla
// paper (VLDB 2015). All bits are written from the most significant down.
//   2 bytes   number of samples, big-endian
//   sample 1  timestamp as zigzag varint, value as 64 bits
//   sample 2  timestamp delta as varint, then a value
//   others    delta of the delta:  0                zero
//                                  10   + 14 bits   in (-2^13, 2^13]
//                                  110  + 17 bits   in (-2^16, 2^16]
//                                  1110 + 20 bits   in (-2^19, 2^19]
//                                  1111 + 64 bits   any
//             then a value as varbit.h has it
#ifndef NARTHEX_SERVER_TSDB_XOR_CHUNK_H_
#define NARTHEX_SERVER_TSDB_XOR_CHUNK_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "common/status/status.h"
#include "server/storage/storage.h"
#include "server/tsdb/bit_writer.h"
#include "server/tsdb/xor_append.h"

namespace narthex::tsdb {

// Appends to one chunk. Not safe from several threads.
class XorChunkWriter {
 public:
  // `timestamp_ms` is above that of the sample before; at most kMaxChunkSamples.
  void Append(int64_t timestamp_ms, double value);

  uint16_t sample_count() const { return state_.sample_count(); }
  int64_t last_timestamp_ms() const { return state_.last_timestamp_ms(); }
  double last_value() const { return state_.last_value(); }
  std::string_view bytes() const { return out_.bytes(); }
  size_t allocated_bytes() const { return out_.allocated_bytes(); }

  // The finished chunk; the writer is then empty, as new.
  ByteBuffer Finish();

 private:
  BitWriter out_;
  XorAppendState state_;
};

// Appends the samples of a chunk with timestamps in [min, max] to `samples`, but no more than the
// first `max_samples` of the chunk. kCorruption when the bytes end early.
Status DecodeXorChunk(std::string_view chunk, int64_t min_time_ms, int64_t max_time_ms,
                      size_t max_samples, storage::SampleColumns& samples);

// Appends all samples of the chunks, one chunk behind the other, faster than one by one. After
// kCorruption what was appended means nothing.
Status DecodeXorChunks(std::span<const std::string_view> chunks, storage::SampleColumns& samples);

// The first two bytes of a chunk, most of which are its number of samples.
size_t SampleCountField(std::string_view chunk);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_XOR_CHUNK_H_
