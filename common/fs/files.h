// Whole small files, and paths below a root: how exporters read procfs and sysfs and how
// configuration is loaded. What keeps data goes through file_layer.h.
#ifndef NARTHEX_COMMON_FS_FILES_H_
#define NARTHEX_COMMON_FS_FILES_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/fs/descriptor.h"
#include "common/status/status.h"

namespace narthex {

// More than any file that we read whole has a reason to hold.
inline constexpr size_t kMaxFileBytes = 64UL << 20;

// Reads all of a file into `text`, whose memory is reused. Files of procfs, which have no size, are
// read to their end. kNotFound, kUnavailable, or kLimit beyond `max_bytes`.
Status ReadFile(const std::string& path, std::string& text, size_t max_bytes = kMaxFileBytes);
Result<std::string> ReadFile(const std::string& path);

// What a file calls `name`: as it is where that is absolute or empty, else from the folder of
// `file`.
std::string PathFromFile(const std::string& file, const std::string& name);

// The files that a path names at present, sorted; "*", "?" and "[…]" match within a name, one that
// begins with a dot too.
std::vector<std::string> MatchFiles(const std::string& pattern);

// The names in a folder, sorted, without "." and "..".
Result<std::vector<std::string>> ListDirectory(const std::string& path);

// A folder that stands for a mounted tree, such as /proc or a fixture of it.
class Directory {
 public:
  explicit Directory(std::string root) : root_(std::move(root)) {}

  const std::string& root() const { return root_; }
  std::string Path(std::string_view relative) const { return root_ + "/" + std::string(relative); }
  Result<std::string> Read(std::string_view relative) const { return ReadFile(Path(relative)); }
  // An attribute: a file of sysfs, /proc/sys or a control group, or one of a process, whose text
  // the kernel makes as one record. A read(2) that is not filled has all of it, so one suffices.
  Result<std::string> ReadAttribute(std::string_view relative) const;
  Result<std::vector<std::string>> List(std::string_view relative) const {
    return ListDirectory(Path(relative));
  }

 private:
  std::string root_;
};

// A folder held open: finding its files costs no walk along its path, which for devices in sysfs
// leads over several links. Where the folder is not there, reading fails as opening it did.
class OpenFolder {
 public:
  explicit OpenFolder(std::string path);

  bool exists() const { return folder_.ok(); }
  std::string Path(std::string_view name) const { return path_ + "/" + std::string(name); }
  // Of an attribute; see Directory.
  Result<std::string> Read(const char* name) const;

 private:
  const std::string path_;
  const Descriptor folder_;
  const int error_;  // errno where it could not be opened
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_FS_FILES_H_
