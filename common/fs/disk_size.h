#ifndef NARTHEX_COMMON_FS_DISK_SIZE_H_
#define NARTHEX_COMMON_FS_DISK_SIZE_H_

#include <cstdint>
#include <string>

#include "common/status/status.h"

namespace narthex {

// How many bytes the file system that holds `path` has in all, used ones among them.
Result<uint64_t> DiskSize(const std::string& path);

}  // namespace narthex

#endif  // NARTHEX_COMMON_FS_DISK_SIZE_H_
