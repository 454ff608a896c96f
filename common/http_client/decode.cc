#include <libdeflate.h>

#include <algorithm>
#include <memory>

#include "common/http_client/http_client.h"

namespace narthex {
namespace {

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};

// The size that a gzip stream's last four bytes claim; a hint, not to be trusted.
size_t ClaimedSize(std::string_view gzip) {
  size_t size = 0;
  for (size_t i = 0; i < 4; ++i) {
    size |= static_cast<size_t>(static_cast<unsigned char>(gzip[gzip.size() - 4 + i])) << (8 * i);
  }
  return size;
}

}  // namespace

Status DecodeBody(HttpResult& result, uint64_t max_bytes) {
  if (result.content_encoding.empty() || result.content_encoding == "identity") {
    if (result.body.size() <= max_bytes) return {};
    return LimitReached("body of ", std::to_string(result.body.size()), " bytes, limit ",
                        std::to_string(max_bytes));
  }
  if (result.content_encoding != "gzip")
    return Corruption("unknown content encoding ", Quote(result.content_encoding));
  constexpr size_t kSmallestGzip = 18;
  if (result.body.size() < kSmallestGzip) return Corruption("gzip body cut short");
  static thread_local std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
      libdeflate_alloc_decompressor());
  // Deflate expands at most 1032 times, so a claim beyond that is a lie.
  size_t room = std::min<size_t>({ClaimedSize(result.body), max_bytes, result.body.size() * 1032});
  std::string plain;
  for (;;) {
    plain.resize(std::max<size_t>(room, 1));
    size_t size = 0;
    const auto outcome =
        libdeflate_gzip_decompress(decompressor.get(), result.body.data(), result.body.size(),
                                   plain.data(), plain.size(), &size);
    if (outcome == LIBDEFLATE_SUCCESS) {
      plain.resize(size);
      result.body = std::move(plain);
      result.content_encoding.clear();
      return {};
    }
    if (outcome != LIBDEFLATE_INSUFFICIENT_SPACE) return Corruption("gzip body is damaged");
    if (room >= max_bytes)
      return LimitReached("decompressed body exceeds ", std::to_string(max_bytes), " bytes");
    room = std::min<size_t>(std::max<size_t>(room, 64 * 1024) * 2, max_bytes);
  }
}

}  // namespace narthex
