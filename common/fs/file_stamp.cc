#include "common/fs/file_stamp.h"

#include <sys/stat.h>

#include <algorithm>

namespace narthex {
namespace {

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

FileStamp StampOf(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {.path = path};
  return {path, Nanoseconds(found.st_mtim), Nanoseconds(found.st_ctim), found.st_ino,
          found.st_size};
}

bool AreCurrent(const std::vector<FileStamp>& stamps) {
  return std::all_of(stamps.begin(), stamps.end(),
                     [](const FileStamp& stamp) { return StampOf(stamp.path) == stamp; });
}

}  // namespace narthex
