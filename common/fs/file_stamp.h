// Tells cheaply, by stat alone, whether files have changed since they were read.
#ifndef NARTHEX_COMMON_FS_FILE_STAMP_H_
#define NARTHEX_COMMON_FS_FILE_STAMP_H_

#include <cstdint>
#include <string>
#include <vector>

namespace narthex {

// One version of one file. Take it before reading: what changes meanwhile then counts as changed.
struct FileStamp {
  std::string path;
  int64_t modified_ns = 0;  // Unix time, as is the next
  int64_t changed_ns = 0;   // of the inode: a file moved into place keeps its time of modification
  uint64_t inode = 0;
  int64_t size = -1;  // -1: cannot be looked at

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

FileStamp StampOf(const std::string& path);

// Whether all are as they were.
bool AreCurrent(const std::vector<FileStamp>& stamps);

}  // namespace narthex

#endif  // NARTHEX_COMMON_FS_FILE_STAMP_H_
