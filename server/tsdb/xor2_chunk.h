// The chunk of float samples in the encoding that Prometheus calls XOR2: smaller than XOR for what
// is scraped, and with start times.
//   2 bytes   number of samples, big-endian
//   1 byte    of the starts, see start_codec.h
//   sample 1  timestamp as zigzag varint, value as 64 bits
//   sample 2  timestamp delta as varint, then a value
//   others    0                                the delta and the value of the sample before
//             10     + a changed value         the delta of the sample before
//             110    + 13 bits + a value       delta of the delta, two's complement
//             1110   + 20 bits + a value       the same
//             11110  + 64 bits + a value       the same
//             11111                            the delta of the sample before, a stale marker
// A value is written as the XOR with the last one that is no stale marker, 0 before there is any:
//   value          0 the same, 10 + bits fits the last window, 110 + window + bits, 111 stale
//   marker changed value  0 + bits fits the last window, 1 + window + bits window         5 bits
//   leading zeros, 6 bits length (0 is 64)
// Behind each sample follows its start.
#ifndef NARTHEX_SERVER_TSDB_XOR2_CHUNK_H_
#define NARTHEX_SERVER_TSDB_XOR2_CHUNK_H_

#include <cstdint>
#include <string_view>

#include "common/status/status.h"
#include "server/storage/storage.h"
#include "server/tsdb/start_codec.h"

namespace narthex::tsdb {

// Appends to one chunk. Not safe from several threads.
class Xor2ChunkWriter {
 public:
  // `time` is after that of the sample before; at most kMaxChunkSamples.
  void Append(storage::SampleTime time, double value);

  uint16_t sample_count() const { return sample_count_; }
  int64_t last_timestamp_ms() const { return last_timestamp_ms_; }  // of a chunk that has samples
  double last_value() const;
  std::string_view bytes() const { return out_.bytes(); }
  size_t allocated_bytes() const { return out_.allocated_bytes(); }

  // The finished chunk; the writer is then empty, as new.
  ByteBuffer Finish();

 private:
  void WriteJoint(int64_t delta_of_delta, uint64_t value_bits, bool stale);
  void WriteValue(uint64_t value_bits, bool stale);
  void WriteBits(uint64_t difference, uint64_t reuse_tag, uint64_t window_tag, unsigned tag_bits);

  BitWriter out_;
  XorWindow window_;
  StartWriter starts_;
  uint16_t sample_count_ = 0;
  bool stale_ = false;  // the last sample is a stale marker
  int64_t last_timestamp_ms_ = 0;
  uint64_t last_delta_ms_ = 0;
  uint64_t base_bits_ = 0;  // of the last value that is no stale marker
};

// As DecodeXorChunk().
Status DecodeXor2Chunk(std::string_view chunk, int64_t min_time_ms, int64_t max_time_ms,
                       size_t max_samples, storage::SampleColumns& samples);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_XOR2_CHUNK_H_
