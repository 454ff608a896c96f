// Files in memory for tests: content can be looked at and garbled, writes can be made to fail.
#ifndef NARTHEX_COMMON_FS_MEMORY_FILES_H_
#define NARTHEX_COMMON_FS_MEMORY_FILES_H_

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/fs/file_layer.h"

namespace narthex {

class MemoryFiles : public Files {
 public:
  static constexpr size_t kNever = SIZE_MAX;

  std::string Content(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    return *contents_.at(path);
  }
  void SetContent(const std::string& path, std::string content) {
    const std::lock_guard lock(mutex_);
    contents_[path] = std::make_shared<std::string>(std::move(content));
  }
  // The disk is full after this many more bytes.
  void FailWritesAfter(size_t bytes) {
    const std::lock_guard lock(mutex_);
    room_bytes_ = bytes;
  }

  Result<std::unique_ptr<AppendFile>> Create(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    if (contents_.contains(path)) return ErrnoStatus("create " + path, EEXIST);
    auto content = contents_[path] = std::make_shared<std::string>();
    return std::unique_ptr<AppendFile>(new File(*this, std::move(content)));
  }
  Result<std::unique_ptr<MappedFile>> Map(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    if (!contents_.contains(path)) return ErrnoStatus("open " + path, ENOENT);
    return std::unique_ptr<MappedFile>(new Mapping(*contents_[path]));
  }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [path, content] : contents_) {
      if (path.compare(0, directory.size() + 1, directory + "/") != 0) continue;
      const std::string rest = path.substr(directory.size() + 1);
      const std::string name = rest.substr(0, rest.find('/'));
      if (names.empty() || names.back() != name) names.push_back(name);
    }
    return names;
  }
  Status MakeDirectories(const std::string&) override { return {}; }
  Status Rename(const std::string& from, const std::string& to) override {
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::shared_ptr<std::string>> moved;
    for (const auto& [path, content] : contents_) {
      const bool inside = path == from || path.compare(0, from.size() + 1, from + "/") == 0;
      moved[inside ? to + path.substr(from.size()) : path] = content;
    }
    contents_ = std::move(moved);
    return {};
  }
  Status Link(const std::string& from, const std::string& to) override {
    const std::lock_guard lock(mutex_);
    if (!contents_.contains(from)) return ErrnoStatus("link " + from, ENOENT);
    contents_[to] = contents_[from];
    return {};
  }
  Status Remove(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(contents_, [&](const auto& entry) {
      return entry.first == path || entry.first.compare(0, path.size() + 1, path + "/") == 0;
    });
    return {};
  }
  Status Truncate(const std::string& path, uint64_t size) override {
    const std::lock_guard lock(mutex_);
    contents_.at(path)->resize(size);
    return {};
  }
  Status SyncDirectory(const std::string&) override { return {}; }
  Result<std::unique_ptr<AppendFile>> Lock(const std::string& path) override {
    (void)Remove(path);
    return Create(path);
  }

 private:
  class File : public AppendFile {
   public:
    File(MemoryFiles& files, std::shared_ptr<std::string> content)
        : files_(files), content_(std::move(content)) {}
    Status Append(std::string_view bytes) override {
      const std::lock_guard lock(files_.mutex_);
      const size_t written = std::min(bytes.size(), files_.room_bytes_);
      content_->append(bytes.substr(0, written));
      if (files_.room_bytes_ != kNever) files_.room_bytes_ -= written;
      return written == bytes.size() ? Status() : ErrnoStatus("write", ENOSPC);
    }
    Status Truncate(uint64_t size) override {
      const std::lock_guard lock(files_.mutex_);
      content_->resize(size);
      return {};
    }
    Status Sync() override { return {}; }

   private:
    MemoryFiles& files_;
    std::shared_ptr<std::string> content_;
  };

  class Mapping : public MappedFile {
   public:
    explicit Mapping(std::string bytes) : bytes_(std::move(bytes)) {}
    std::string_view bytes() const override { return bytes_; }

   private:
    std::string bytes_;
  };

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<std::string>> contents_;
  size_t room_bytes_ = kNever;
};

}  // namespace narthex

#endif  // NARTHEX_COMMON_FS_MEMORY_FILES_H_
