// The body of an answer, decompressed piece by piece as it comes.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_BODY_DECODER_H_
#define NARTHEX_EXPORTERS_BLACKBOX_BODY_DECODER_H_

#include <functional>
#include <memory>
#include <string_view>

#include "common/status/status.h"

namespace narthex::blackbox {

// br, deflate (RFC 1951, without the frame of zlib, as the original has it), gzip, identity; in any
// case.
bool IsKnownCompression(std::string_view name);

class BodyDecoder {
 public:
  // Takes decoded bytes; false ends the decoding.
  using Sink = std::function<bool(std::string_view)>;

  virtual ~BodyDecoder() = default;

  // kCorruption; kCancelled where the sink wanted no more.
  virtual Status Decode(std::string_view piece, const Sink& sink) = 0;
  // After the last piece: kCorruption where the body ends too early.
  virtual Status Finish() = 0;
};

// Of a known compression.
std::unique_ptr<BodyDecoder> NewBodyDecoder(std::string_view compression);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_BODY_DECODER_H_
