#include "common/compression/decompress.h"
#include "common/http_client/http_client.h"

namespace narthex {

Status DecodeBody(HttpResult& result, uint64_t max_bytes) {
  if (result.content_encoding.empty() || result.content_encoding == "identity") {
    if (result.body.size() <= max_bytes) return {};
    return LimitReached("body of ", std::to_string(result.body.size()), " bytes, limit ",
                        std::to_string(max_bytes));
  }
  if (result.content_encoding != "gzip")
    return Corruption("unknown content encoding ", Quote(result.content_encoding));
  ASSIGN_OR_RETURN(result.body, Gunzip(result.body, max_bytes));
  result.content_encoding.clear();
  return {};
}

}  // namespace narthex
