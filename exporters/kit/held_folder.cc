#include "exporters/kit/held_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace narthex::exporters {
namespace {

std::optional<std::pair<dev_t, ino_t>> IdentityOf(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return std::nullopt;
  return std::pair(about.st_dev, about.st_ino);
}

}  // namespace

HeldFolder::HeldFolder(std::string path)
    : path_(std::move(path)), folder_(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  struct stat about {};
  if (folder_.ok() && ::fstat(folder_.get(), &about) == 0)
    identity_ = std::pair(about.st_dev, about.st_ino);
}

bool HeldFolder::IsCurrent() const { return identity_ && IdentityOf(path_) == identity_; }

Result<std::string> HeldFolder::Read(const char* name) {
  auto found = std::find_if(attributes_.begin(), attributes_.end(),
                            [&](const Attribute& attribute) { return attribute.name == name; });
  if (found == attributes_.end()) {
    Descriptor file(::openat(folder_.get(), name, O_RDONLY | O_CLOEXEC));
    if (!file.ok()) return ErrnoStatus("open " + Quote(path_ + "/" + name), errno);
    attributes_.push_back({name, std::move(file)});
    found = std::prev(attributes_.end());
  }
  std::array<char, 4096> page;
  ssize_t got = 0;
  do {
    got = ::pread(found->file.get(), page.data(), page.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return ErrnoStatus("read " + Quote(path_ + "/" + name), errno);
  return std::string(page.data(), static_cast<size_t>(got));
}

}  // namespace narthex::exporters
