#include "server/config/storage_config.h"

namespace narthex::server {

Status RetentionConfig::Validate() const {
  if (!(percentage >= 0 && percentage <= 100)) return InvalidArgument("percentage: want 0 to 100");
  if (time.ms <= 0 && size.bytes == 0 && percentage == 0) {
    return InvalidArgument("retention: want a time, a size or a percentage above 0; ",
                           "--storage.tsdb.retention.time=0s keeps all");
  }
  return {};
}

Status ChunkEncodingConfig::Validate() const {
  if (floats.empty() || floats == "xor" || floats == "xor2") return {};
  return InvalidArgument("floats: want xor or xor2, got ", Quote(floats));
}

}  // namespace narthex::server
