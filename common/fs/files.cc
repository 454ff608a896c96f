#include "common/fs/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace narthex {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Status ReadFile(const std::string& path, std::string& text, size_t max_bytes) {
  constexpr size_t kFirstRead = 16 * 1024;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return ErrnoStatus("open " + Quote(path), errno);
  text.resize(std::max(text.capacity(), kFirstRead));
  size_t size = 0;
  for (;;) {
    if (size == text.size()) text.resize(2 * text.size());
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus("read " + Quote(path), errno);
    if (got == 0) break;
    size += static_cast<size_t>(got);
    if (size > max_bytes) {
      return LimitReached("read ", Quote(path), ": larger than ", std::to_string(max_bytes),
                          " bytes");
    }
  }
  text.resize(size);
  return {};
}

Result<std::string> ReadFile(const std::string& path) {
  std::string text;
  RETURN_IF_ERROR(ReadFile(path, text));
  return text;
}

std::string PathFromFile(const std::string& file, const std::string& name) {
  const size_t slash = file.rfind('/');
  if (name.empty() || name[0] == '/' || slash == std::string::npos) return name;
  return file.substr(0, slash + 1) + name;
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
