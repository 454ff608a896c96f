#include <libdeflate.h>

#include <algorithm>
#include <memory>

#include "common/compression/decompress.h"

namespace narthex {
namespace {

constexpr size_t kSmallestMember = 18;  // header and trailer around two bytes of deflate

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

// Appends the first member of `gzip` to `plain` and takes it off.
Status AppendMember(std::string_view& gzip, uint64_t max_bytes, std::string& plain) {
  if (gzip.size() < kSmallestMember) return Corruption("gzip body cut short");
  static thread_local std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
      libdeflate_alloc_decompressor());
  const size_t begin = plain.size();
  const size_t limit = max_bytes - begin;
  // Deflate expands at most 1032 times, so a claim beyond that is a lie.
  size_t room = std::min<size_t>({ClaimedSize(gzip), limit, gzip.size() * 1032});
  for (;;) {
    plain.resize(begin + std::max<size_t>(room, 1));
    size_t taken = 0;
    size_t size = 0;
    const auto outcome =
        libdeflate_gzip_decompress_ex(decompressor.get(), gzip.data(), gzip.size(),
                                      plain.data() + begin, plain.size() - begin, &taken, &size);
    if (outcome == LIBDEFLATE_SUCCESS && size <= limit) {
      plain.resize(begin + size);
      gzip.remove_prefix(taken);
      return {};
    }
    if (outcome != LIBDEFLATE_SUCCESS && outcome != LIBDEFLATE_INSUFFICIENT_SPACE)
      return Corruption("gzip body is damaged");
    if (room >= limit)
      return LimitReached("decompressed body exceeds ", std::to_string(max_bytes), " bytes");
    room = std::min<size_t>(std::max<size_t>(room, 64 * 1024) * 2, limit);
  }
}

}  // namespace

Result<std::string> Gunzip(std::string_view gzip, uint64_t max_bytes) {
  std::string plain;
  do {
    RETURN_IF_ERROR(AppendMember(gzip, max_bytes, plain));
  } while (!gzip.empty());
  return plain;
}

}  // namespace narthex
