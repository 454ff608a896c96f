#include "exporters/kit/file_version.h"

#include <cerrno>

namespace narthex::exporters {
namespace {

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

FileVersion FileVersionOf(const struct stat& about) {
  return {about.st_dev, about.st_ino, about.st_size, Nanoseconds(about.st_mtim),
          Nanoseconds(about.st_ctim)};
}

Result<FileVersion> FileVersionOf(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return ErrnoStatus("stat " + Quote(path), errno);
  return FileVersionOf(about);
}

}  // namespace narthex::exporters
