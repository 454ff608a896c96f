// Every file operation of a program that keeps data goes through Files, so that a test can let any
// of them fail. Paths are absolute or relative to the working directory. Safe from many threads; a
// file itself is used by one at a time, but for Sync().
#ifndef NARTHEX_COMMON_FS_FILE_LAYER_H_
#define NARTHEX_COMMON_FS_FILE_LAYER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex {

// A file that is written at its end.
class AppendFile {
 public:
  virtual ~AppendFile() = default;  // closes

  virtual Status Append(
      std::string_view bytes) = 0;  // all of them, or a failure with any part written
  virtual Status Truncate(uint64_t size) = 0;
  virtual Status Sync() = 0;  // fdatasync
};

// A file's bytes, mapped read-only.
class MappedFile {
 public:
  virtual ~MappedFile() = default;  // unmaps

  virtual std::string_view bytes() const = 0;
};

class Files {
 public:
  virtual ~Files() = default;

  virtual Result<std::unique_ptr<AppendFile>> Create(
      const std::string& path) = 0;  // must not exist
  virtual Result<std::unique_ptr<MappedFile>> Map(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> List(const std::string& directory) = 0;  // names, sorted
  virtual Status MakeDirectories(const std::string& path) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Link(const std::string& from, const std::string& to) = 0;  // one file, two names
  virtual Status Remove(const std::string& path) = 0;  // a file, or a folder with all in it
  virtual Status Truncate(const std::string& path, uint64_t size) = 0;
  virtual Status SyncDirectory(const std::string& path) = 0;
  // Held until the returned object goes; kUnavailable when another process has it.
  virtual Result<std::unique_ptr<AppendFile>> Lock(const std::string& path) = 0;
};

// The operating system's files.
std::unique_ptr<Files> NewSystemFiles();

}  // namespace narthex

#endif  // NARTHEX_COMMON_FS_FILE_LAYER_H_
