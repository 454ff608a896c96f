// Records of the log compressed by zstd.
#ifndef NARTHEX_SERVER_TSDB_ZSTD_RECORDS_H_
#define NARTHEX_SERVER_TSDB_ZSTD_RECORDS_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::tsdb {

// Use from one thread.
class ZstdCompressor {
 public:
  ZstdCompressor();
  ~ZstdCompressor();

  // A frame, valid until the next call; nothing where zstd fails.
  std::string_view Compress(std::string_view record);

 private:
  struct Context;
  const std::unique_ptr<Context> context_;
  std::vector<char> frame_;
};

// Replaces `record` by what a frame holds. kCorruption for damage, and beyond `max_bytes`.
Status ZstdDecompress(std::string_view frame, size_t max_bytes, std::string& record);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_ZSTD_RECORDS_H_
