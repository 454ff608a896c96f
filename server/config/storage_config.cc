#include "server/config/storage_config.h"

namespace narthex::server {

Status RetentionConfig::Validate() const {
  if (!(percentage >= 0 && percentage <= 100)) return InvalidArgument("percentage: want 0 to 100");
  return {};
}

Status ChunkEncodingConfig::Validate() const {
  if (floats.empty() || floats == "xor" || floats == "xor2") return {};
  return InvalidArgument("floats: want xor or xor2, got ", Quote(floats));
}

}  // namespace narthex::server
