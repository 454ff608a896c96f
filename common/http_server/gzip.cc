#include "common/http_server/gzip.h"

#include <libdeflate.h>

#include <memory>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"

namespace narthex {
namespace {

// Level 1 halves the time of the default level and costs a tenth more bytes on expositions.
constexpr int kLevel = 1;

struct FreeCompressor {
  void operator()(libdeflate_compressor* compressor) const {
    libdeflate_free_compressor(compressor);
  }
};

}  // namespace

std::string Gzip(std::string_view body) {
  const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(
      libdeflate_alloc_compressor(kLevel));
  if (!compressor) return {};
  std::string out(libdeflate_gzip_compress_bound(compressor.get(), body.size()), '\0');
  out.resize(
      libdeflate_gzip_compress(compressor.get(), body.data(), body.size(), out.data(), out.size()));
  return out;
}

bool AcceptsGzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const size_t comma = accept_encoding.find(',');
    const std::string_view part = accept_encoding.substr(0, comma);
    const size_t semicolon = part.find(';');
    if (TrimBlanks(part.substr(0, semicolon)) == "gzip") {
      const size_t quality = part.find("q=");
      return quality == std::string_view::npos ||
             ParseDouble(TrimBlanks(part.substr(quality + 2))).value_or(0) > 0;
    }
    if (comma == std::string_view::npos) break;
    accept_encoding.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace narthex
