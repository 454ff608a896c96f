// The open chunk of a series of floats, in the encoding of xor_chunk.h, in cells.
#ifndef NARTHEX_SERVER_TSDB_OPEN_CHUNK_H_
#define NARTHEX_SERVER_TSDB_OPEN_CHUNK_H_

#include <cstdint>
#include <string>

#include "server/tsdb/byte_buffer.h"
#include "server/tsdb/cell_bits.h"
#include "server/tsdb/xor_append.h"

namespace narthex::tsdb {

// Not safe from several threads. `cells` outlive it.
class OpenXorChunk {
 public:
  explicit OpenXorChunk(ChunkCells& cells) : out_(cells) {}

  // As XorChunkWriter's.
  void Append(int64_t timestamp_ms, double value) { state_.Append(out_, timestamp_ms, value); }
  uint16_t sample_count() const { return state_.sample_count(); }
  int64_t last_timestamp_ms() const { return state_.last_timestamp_ms(); }
  double last_value() const { return state_.last_value(); }
  void Prefetch() const { out_.Prefetch(); }

  // The chunk so far, of samples; lives as long as `memory` is not changed.
  std::string_view BytesIn(std::string& memory) const {
    memory.resize(out_.size());
    CopyTo(reinterpret_cast<uint8_t*>(memory.data()));
    return memory;
  }
  // The finished chunk; this one is then empty, as new.
  ByteBuffer Finish() {
    ByteBuffer finished = ByteBuffer::OfSize(out_.size());
    CopyTo(finished.data());
    Clear();
    return finished;
  }
  void Clear() {
    out_.Clear();
    state_ = XorAppendState();
  }

 private:
  void CopyTo(uint8_t* out) const {
    out_.CopyTo(out);
    out[0] = static_cast<uint8_t>(sample_count() >> 8);
    out[1] = static_cast<uint8_t>(sample_count());
  }

  CellBits out_;
  XorAppendState state_;
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_OPEN_CHUNK_H_
