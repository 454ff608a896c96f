#include "common/fs/disk_size.h"

#include <sys/statvfs.h>

#include <cerrno>

namespace narthex {

Result<uint64_t> DiskSize(const std::string& path) {
  struct statvfs disk {};
  if (::statvfs(path.c_str(), &disk) != 0) return ErrnoStatus("statvfs " + path, errno);
  return uint64_t{disk.f_blocks} * disk.f_frsize;
}

}  // namespace narthex
