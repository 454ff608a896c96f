#include "common/fs/file_layer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "common/fs/files.h"

namespace narthex {
namespace {

class SystemAppendFile : public AppendFile {
 public:
  SystemAppendFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~SystemAppendFile() override { ::close(fd_); }

  Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return ErrnoStatus("write " + Quote(path_), errno);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }
  Status Truncate(uint64_t size) override {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0)
      return ErrnoStatus("truncate " + Quote(path_), errno);
    return {};
  }
  Status Sync() override {
    if (::fdatasync(fd_) != 0) return ErrnoStatus("sync " + Quote(path_), errno);
    return {};
  }

 private:
  int fd_;
  std::string path_;
};

class SystemMappedFile : public MappedFile {
 public:
  explicit SystemMappedFile(std::string_view bytes) : bytes_(bytes) {}
  ~SystemMappedFile() override {
    if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
  }
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string_view bytes_;
};

Status FromErrorCode(const std::string& action, const std::error_code& error) {
  return error ? ErrnoStatus(action, error.value()) : Status();
}

class SystemFiles : public Files {
 public:
  Result<std::unique_ptr<AppendFile>> Create(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0) return ErrnoStatus("create " + Quote(path), errno);
    return std::unique_ptr<AppendFile>(new SystemAppendFile(fd, path));
  }

  Result<std::unique_ptr<MappedFile>> Map(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ErrnoStatus("open " + Quote(path), errno);
    struct stat info {};
    void* at = nullptr;
    Status status;
    if (::fstat(fd, &info) != 0) {
      status = ErrnoStatus("stat " + Quote(path), errno);
    } else if (info.st_size > 0) {
      at = ::mmap(nullptr, static_cast<size_t>(info.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
      if (at == MAP_FAILED) status = ErrnoStatus("map " + Quote(path), errno);
    }
    ::close(fd);
    if (!status.ok()) return status;
    return std::unique_ptr<MappedFile>(
        new SystemMappedFile({static_cast<const char*>(at), static_cast<size_t>(info.st_size)}));
  }

  Result<std::vector<std::string>> List(const std::string& directory) override {
    return ListDirectory(directory);
  }

  Status MakeDirectories(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    return FromErrorCode("create folder " + Quote(path), error);
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return ErrnoStatus("rename " + Quote(from), errno);
    return {};
  }

  Status Link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) != 0) return ErrnoStatus("link " + Quote(from), errno);
    return {};
  }

  Status Remove(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    return FromErrorCode("remove " + Quote(path), error);
  }

  Status Truncate(const std::string& path, uint64_t size) override {
    if (::truncate(path.c_str(), static_cast<off_t>(size)) != 0)
      return ErrnoStatus("truncate " + Quote(path), errno);
    return {};
  }

  Status SyncDirectory(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return ErrnoStatus("open folder " + Quote(path), errno);
    const int outcome = ::fsync(fd);
    const int error = errno;
    ::close(fd);
    return outcome == 0 ? Status() : ErrnoStatus("sync folder " + Quote(path), error);
  }

  Result<std::unique_ptr<AppendFile>> Lock(const std::string& path) override {
    for (;;) {
      const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
      if (fd < 0) return ErrnoStatus("open " + Quote(path), errno);
      auto file = std::make_unique<SystemAppendFile>(fd, path);
      if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
          return Unavailable("lock ", Quote(path), ": another process holds it");
        return ErrnoStatus("lock " + Quote(path), errno);
      }
      struct stat status {};
      if (::fstat(fd, &status) != 0) return ErrnoStatus("lock " + Quote(path), errno);
      // Who held it may have removed it between the two calls: then it keeps nobody out.
      if (status.st_nlink > 0) return std::unique_ptr<AppendFile>(std::move(file));
    }
  }
};

}  // namespace

std::unique_ptr<Files> NewSystemFiles() { return std::make_unique<SystemFiles>(); }

}  // namespace narthex
