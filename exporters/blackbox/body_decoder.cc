#include "exporters/blackbox/body_decoder.h"

#include <brotli/decode.h>
#include <zlib.h>

#include <array>
#include <cassert>

#include "common/bytes/ignore_case.h"

namespace narthex::blackbox {
namespace {

constexpr size_t kPieceBytes = 8 * 1024;
constexpr int kRawDeflate = -MAX_WBITS;
constexpr int kGzip = MAX_WBITS + 16;

class IdentityDecoder : public BodyDecoder {
 public:
  Status Decode(std::string_view piece, const Sink& sink) override {
    return sink(piece) ? Status() : Cancelled("enough");
  }
  Status Finish() override { return {}; }
};

class ZlibDecoder : public BodyDecoder {
 public:
  explicit ZlibDecoder(int window_bits) : window_bits_(window_bits) {
    usable_ = inflateInit2(&stream_, window_bits) == Z_OK;
  }
  ~ZlibDecoder() override { inflateEnd(&stream_); }
  ZlibDecoder(const ZlibDecoder&) = delete;
  ZlibDecoder& operator=(const ZlibDecoder&) = delete;

  Status Decode(std::string_view piece, const Sink& sink) override {
    if (!usable_) return Unavailable("zlib: no memory");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
    std::array<char, kPieceBytes> out{};
    do {
      // Members of gzip may follow each other; behind the end of a deflate stream is nothing.
      if (ended_ && stream_.avail_in == 0) return {};
      if (ended_ && (window_bits_ != kGzip || inflateReset(&stream_) != Z_OK)) return {};
      ended_ = false;
      stream_.next_out = reinterpret_cast<Bytef*>(out.data());
      stream_.avail_out = static_cast<uInt>(out.size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      ended_ = result == Z_STREAM_END;
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return Corruption("decompress: ", stream_.msg != nullptr ? stream_.msg : "broken data");
      const size_t made = out.size() - stream_.avail_out;
      if (made > 0 && !sink({out.data(), made})) return Cancelled("enough");
    } while (stream_.avail_in > 0 || stream_.avail_out == 0);
    return {};
  }

  Status Finish() override {
    return ended_ ? Status() : Corruption("decompress: the body ends too early");
  }

 private:
  const int window_bits_;
  z_stream stream_{};
  bool usable_ = false;
  bool ended_ = false;
};

class BrotliDecoder : public BodyDecoder {
 public:
  BrotliDecoder() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {}
  ~BrotliDecoder() override { BrotliDecoderDestroyInstance(state_); }
  BrotliDecoder(const BrotliDecoder&) = delete;
  BrotliDecoder& operator=(const BrotliDecoder&) = delete;

  Status Decode(std::string_view piece, const Sink& sink) override {
    if (state_ == nullptr) return Unavailable("brotli: no memory");
    const auto* next_in = reinterpret_cast<const uint8_t*>(piece.data());
    size_t left = piece.size();
    std::array<uint8_t, kPieceBytes> out{};
    for (;;) {
      uint8_t* next_out = out.data();
      size_t room = out.size();
      const BrotliDecoderResult result =
          BrotliDecoderDecompressStream(state_, &left, &next_in, &room, &next_out, nullptr);
      const size_t made = out.size() - room;
      if (made > 0 && !sink({reinterpret_cast<const char*>(out.data()), made}))
        return Cancelled("enough");
      if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) continue;
      if (result == BROTLI_DECODER_RESULT_ERROR) return Corruption("decompress: broken data");
      return {};
    }
  }

  Status Finish() override {
    return BrotliDecoderIsFinished(state_) != 0 ? Status()
                                                : Corruption("decompress: the body ends too early");
  }

 private:
  BrotliDecoderState* state_;
};

}  // namespace

bool IsKnownCompression(std::string_view name) {
  return EqualIgnoringCase(name, "br") || EqualIgnoringCase(name, "deflate") ||
         EqualIgnoringCase(name, "gzip") || EqualIgnoringCase(name, "identity");
}

std::unique_ptr<BodyDecoder> NewBodyDecoder(std::string_view compression) {
  assert(IsKnownCompression(compression));
  if (EqualIgnoringCase(compression, "br")) return std::make_unique<BrotliDecoder>();
  if (EqualIgnoringCase(compression, "deflate")) return std::make_unique<ZlibDecoder>(kRawDeflate);
  if (EqualIgnoringCase(compression, "gzip")) return std::make_unique<ZlibDecoder>(kGzip);
  return std::make_unique<IdentityDecoder>();
}

}  // namespace narthex::blackbox
