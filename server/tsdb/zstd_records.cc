#include "server/tsdb/zstd_records.h"

#include <zstd.h>

#include <algorithm>

namespace narthex::tsdb {
namespace {

constexpr int kLevel = 1;                           // records are small and many
constexpr size_t kFirstBytes = 64 * 1024;           // of a record that does not say how large it is
constexpr size_t kTrustedBytes = 16 * 1024 * 1024;  // a frame that says more has to have it first

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Takes memory as there is something to put there.
Status DecompressPiecewise(std::string_view frame, size_t max_bytes, std::string& record) {
  const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  ZSTD_inBuffer in{frame.data(), frame.size(), 0};
  record.resize(std::min(kFirstBytes, max_bytes));
  ZSTD_outBuffer out{record.data(), record.size(), 0};
  for (;;) {
    const size_t left = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(left) != 0U) return Corruption("zstd data is damaged");
    if (left == 0) break;
    if (out.pos < out.size) return Corruption("zstd data is cut short");
    if (record.size() == max_bytes) return Corruption("record too large");
    record.resize(std::min(2 * record.size(), max_bytes));
    out.dst = record.data();
    out.size = record.size();
  }
  record.resize(out.pos);
  return in.pos == in.size ? Status() : Corruption("bytes behind the zstd data");
}

}  // namespace

struct ZstdCompressor::Context {
  std::unique_ptr<ZSTD_CCtx, FreeContext> zstd{ZSTD_createCCtx()};
};

ZstdCompressor::ZstdCompressor() : context_(std::make_unique<Context>()) {}
ZstdCompressor::~ZstdCompressor() = default;

std::string_view ZstdCompressor::Compress(std::string_view record) {
  const size_t bound = ZSTD_compressBound(record.size());
  if (frame_.size() < bound) frame_.resize(bound);
  const size_t size = ZSTD_compressCCtx(context_->zstd.get(), frame_.data(), frame_.size(),
                                        record.data(), record.size(), kLevel);
  return ZSTD_isError(size) != 0U ? std::string_view() : std::string_view(frame_.data(), size);
}

Status ZstdDecompress(std::string_view frame, size_t max_bytes, std::string& record) {
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR) return Corruption("zstd data is damaged");
  if (size != ZSTD_CONTENTSIZE_UNKNOWN && size > max_bytes) return Corruption("record too large");
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size > kTrustedBytes)
    return DecompressPiecewise(frame, max_bytes, record);
  record.resize(size);
  const size_t got = ZSTD_decompress(record.data(), record.size(), frame.data(), frame.size());
  return got == size ? Status() : Corruption("zstd data is damaged");
}

}  // namespace narthex::tsdb
