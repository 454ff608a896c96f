#include "common/fs/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace narthex {
namespace {

// Small files, which most are, pass through the stack, so that `text` gets just the memory that it
// needs. `path` makes the name for a message.
enum class FileKind { kAny, kAttribute };

template <typename PathMaker>
Status ReadAll(int fd, FileKind kind, const PathMaker& path, std::string& text, size_t max_bytes) {
  std::array<char, 4096> buffer;  // what the kernel gives of its own files at once
  text.clear();
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus("read " + Quote(path()), errno);
    if (got == 0) return {};
    text.append(buffer.data(), static_cast<size_t>(got));
    if (text.size() > max_bytes) {
      return LimitReached("read ", Quote(path()), ": larger than ", std::to_string(max_bytes),
                          " bytes");
    }
    if (kind == FileKind::kAttribute && static_cast<size_t>(got) < buffer.size()) return {};
  }
}

}  // namespace

Status ReadFile(const std::string& path, std::string& text, size_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return ErrnoStatus("open " + Quote(path), errno);
  return ReadAll(
      file.get(), FileKind::kAny, [&] { return path; }, text, max_bytes);
}

Result<std::string> ReadFile(const std::string& path) {
  std::string text;
  RETURN_IF_ERROR(ReadFile(path, text));
  return text;
}

Result<std::string> Directory::ReadAttribute(std::string_view relative) const {
  std::string path = Path(relative);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return ErrnoStatus("open " + Quote(path), errno);
  std::string text;
  RETURN_IF_ERROR(ReadAll(
      file.get(), FileKind::kAttribute, [&] { return path; }, text, kMaxFileBytes));
  return text;
}

OpenFolder::OpenFolder(std::string path)
    : path_(std::move(path)),
      folder_(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
      error_(errno) {}

Result<std::string> OpenFolder::Read(const char* name) const {
  if (!folder_.ok()) return ErrnoStatus("open folder " + Quote(path_), error_);
  const Descriptor file(::openat(folder_.get(), name, O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return ErrnoStatus("open " + Quote(Path(name)), errno);
  std::string text;
  RETURN_IF_ERROR(ReadAll(
      file.get(), FileKind::kAttribute, [&] { return Path(name); }, text, kMaxFileBytes));
  return text;
}

std::string PathFromFile(const std::string& file, const std::string& name) {
  const size_t slash = file.rfind('/');
  if (name.empty() || name[0] == '/' || slash == std::string::npos) return name;
  return file.substr(0, slash + 1) + name;
}

std::vector<std::string> MatchFiles(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> files;
  if (::glob(pattern.c_str(), GLOB_PERIOD, nullptr, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; ++i) {
      const std::string_view path = found.gl_pathv[i];
      if (!path.ends_with("/.") && !path.ends_with("/..")) files.emplace_back(path);
    }
  }
  ::globfree(&found);
  return files;
}

Result<std::vector<std::string>> ListDirectory(const std::string& path) {
  DIR* dir = ::opendir(path.c_str());
  if (dir == nullptr) return ErrnoStatus("open folder " + Quote(path), errno);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(dir)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(dir);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace narthex
