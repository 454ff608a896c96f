#ifndef NARTHEX_EXPORTERS_KIT_FILE_VERSION_H_
#define NARTHEX_EXPORTERS_KIT_FILE_VERSION_H_

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <string>

#include "common/status/status.h"

namespace narthex::exporters {

// What tells that a file is still the one that was read, and unchanged: so that what was parsed is
// good yet. Taken before reading, so that a change meanwhile is seen the next time. A change that
// keeps size and both times, within the clock's tick of the file system, is not seen.
struct FileVersion {
  dev_t device = 0;
  ino_t inode = 0;
  int64_t size = 0;
  int64_t modified_ns = 0;  // Unix time
  int64_t changed_ns = 0;

  bool operator==(const FileVersion&) const = default;
};

FileVersion FileVersionOf(const struct stat& about);

// kNotFound, kUnavailable.
Result<FileVersion> FileVersionOf(const std::string& path);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_FILE_VERSION_H_
