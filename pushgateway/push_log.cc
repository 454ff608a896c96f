#include "pushgateway/push_log.h"

#include <filesystem>

#include "common/bytes/crc32c.h"

namespace narthex::pushgateway {
namespace {

constexpr size_t kFrameHeader = 8;

void AppendLittleEndian(std::string& out, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift);
}

uint32_t LittleEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

void AppendFrame(std::string& out, std::string_view record) {
  assert(record.size() <= kMaxRecordBytes);
  AppendLittleEndian(out, static_cast<uint32_t>(record.size()));
  AppendLittleEndian(out, Crc32c(record));
  out += record;
}

Result<size_t> ReadFrames(std::string_view log, const std::function<void(std::string_view)>& take) {
  if (log.empty()) return 0;
  if (log.substr(0, kLogMagic.size()) != kLogMagic.substr(0, log.size()))
    return InvalidArgument("not a file of narthex-pushgateway");
  size_t at = std::min(kLogMagic.size(), log.size());
  while (log.size() - at >= kFrameHeader) {
    const size_t length = LittleEndian(log.substr(at));
    const uint32_t crc = LittleEndian(log.substr(at + 4));
    if (length > kMaxRecordBytes || length > log.size() - at - kFrameHeader) break;
    const std::string_view record = log.substr(at + kFrameHeader, length);
    if (Crc32c(record) != crc) break;
    take(record);
    at += kFrameHeader + length;
  }
  return at;
}

Result<std::unique_ptr<PushLog>> PushLog::Open(const std::string& path, Files& files, Logger log,
                                               const std::function<void(std::string_view)>& take) {
  std::unique_ptr<PushLog> opened(new PushLog(path, files, std::move(log)));
  ASSIGN_OR_RETURN(opened->lock_, files.Lock(path + ".lock"));
  const auto old = files.Map(path);
  if (old.code() == Code::kNotFound) return opened;
  if (!old.ok()) return old.status();
  const std::string_view bytes = (*old)->bytes();
  const auto read = ReadFrames(bytes, take);
  if (!read.ok()) {
    return InvalidArgument(Quote(path), " is ", read.message(),
                           "; the original's file cannot be read: move it away, start, and let the "
                           "jobs push again, or name another file by --persistence.file");
  }
  if (*read == bytes.size()) return opened;
  // The file itself stays until a rewrite takes its place.
  const std::string aside = path + ".damaged";
  RETURN_IF_ERROR(files.Remove(aside));
  ASSIGN_OR_RETURN(const std::unique_ptr<AppendFile> copy, files.Create(aside));
  RETURN_IF_ERROR(copy->Append(bytes));
  RETURN_IF_ERROR(copy->Sync());
  opened->log_.Error("the end of the persistence file is damaged: what could be read is kept",
                     {{"file", path},
                      {"read_bytes", *read},
                      {"lost_bytes", bytes.size() - *read},
                      {"copy", aside}});
  return opened;
}

uint64_t PushLog::Append(std::string_view record) {
  const std::lock_guard lock(mutex_);
  if (failure_.ok()) AppendFrame(pending_, record);
  if (carrying_) AppendFrame(carried_, record);
  return ++appended_;
}

Status PushLog::Commit(uint64_t position) {
  std::unique_lock lock(mutex_);
  while (written_ < position) {
    if (!failure_.ok()) return failure_;
    if (writing_) {
      written_more_.wait(lock);
      continue;
    }
    writing_ = true;
    const std::string batch = std::exchange(pending_, {});
    const uint64_t end = appended_;
    lock.unlock();
    const Status status = file_->Append(batch);
    lock.lock();
    writing_ = false;
    size_bytes_ += batch.size();
    synced_ = false;
    if (status.ok()) {
      written_ = std::max(written_, end);
    } else {
      // A part may be written: nothing may follow it in this file.
      failure_ = status.Prefixed("persistence");
      log_.Error("cannot write the persistence file; no push is taken until it can be rewritten",
                 {{"err", status}});
    }
    written_more_.notify_all();
  }
  return {};
}

Status PushLog::CheckWritable() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void PushLog::BeginRewrite() {
  const std::lock_guard lock(mutex_);
  carrying_ = true;
  carried_.clear();
}

Status PushLog::Rewrite(const std::function<void(std::string&)>& snapshot) {
  const std::string path = path_ + ".new";
  uint64_t size = 0;
  Status status = files_.Remove(path);  // what a crash has left
  if (status.ok()) {
    auto file = files_.Create(path);
    status = file.status();
    if (file.ok()) status = WriteSnapshot(**file, snapshot, size);
    if (status.ok()) status = SwitchTo(*std::move(file), size);
  }
  if (status.ok()) return files_.SyncDirectory(FolderOf(path_)).Prefixed("persistence");
  const std::lock_guard lock(mutex_);
  carrying_ = false;
  carried_.clear();
  return status.Prefixed("persistence");
}

Status PushLog::WriteSnapshot(AppendFile& file, const std::function<void(std::string&)>& snapshot,
                              uint64_t& size) {
  std::string bytes(kLogMagic);
  snapshot(bytes);
  size = bytes.size();
  RETURN_IF_ERROR(file.Append(bytes));
  return file.Sync();
}

// Makes the new file the log, with what has been appended since its snapshot.
Status PushLog::SwitchTo(std::shared_ptr<AppendFile> file, uint64_t size) {
  std::unique_lock lock(mutex_);
  written_more_.wait(lock, [this] { return !writing_; });
  RETURN_IF_ERROR(file->Append(carried_));
  RETURN_IF_ERROR(files_.Rename(path_ + ".new", path_));
  file_ = std::move(file);
  size_bytes_ = size + carried_.size();
  rewritten_bytes_ = size_bytes_;
  synced_ = carried_.empty();
  carrying_ = false;
  carried_.clear();
  pending_.clear();  // it is in the snapshot or was carried
  written_ = appended_;
  failure_ = {};
  written_more_.notify_all();
  return {};
}

uint64_t PushLog::size_bytes() const {
  const std::lock_guard lock(mutex_);
  return size_bytes_;
}

uint64_t PushLog::rewritten_bytes() const {
  const std::lock_guard lock(mutex_);
  return rewritten_bytes_;
}

Status PushLog::Sync() {
  std::shared_ptr<AppendFile> file;
  {
    const std::lock_guard lock(mutex_);
    if (synced_ || !file_) return {};
    synced_ = true;
    file = file_;
  }
  const Status status = file->Sync();
  if (status.ok()) return {};
  const std::lock_guard lock(mutex_);
  synced_ = false;
  return status.Prefixed("persistence");
}

}  // namespace narthex::pushgateway
