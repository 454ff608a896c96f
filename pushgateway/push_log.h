// The log that keeps pushes over a restart: one file, which grows by a record for each change and
// is rewritten from time to time without what later records have replaced.
//
// The file begins with eight bytes, "NxPush01". Then come frames:
//   offset  size  field   meaning
//   0       4     length  bytes of the record, little-endian
//   4       4     crc32c  of the record
//   8       n     record  see log_record.h
// A change is written before it is acknowledged, so ending the process loses nothing; a power cut
// loses what was not synced. A crash can only cut or garble the last frames: a reader stops at the
// first one that is not whole, cuts what follows and reports it; FILE.damaged keeps a copy of all.
// A rewrite makes FILE.new, syncs it and renames it, so that FILE is whole at any time. FILE.lock
// keeps a second process away.
#ifndef NARTHEX_PUSHGATEWAY_PUSH_LOG_H_
#define NARTHEX_PUSHGATEWAY_PUSH_LOG_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "common/fs/file_layer.h"
#include "common/log/logger.h"
#include "common/status/status.h"

namespace narthex::pushgateway {

inline constexpr std::string_view kLogMagic = "NxPush01";
inline constexpr size_t kMaxRecordBytes = 1UL << 30;  // beyond that a length is damage

void AppendFrame(std::string& out, std::string_view record);

// Gives the records of a log to `take` up to the first frame that is not whole; what that is bad
// for is its own. Gives the count of bytes read: where it is not all, the rest is damaged or cut.
// kInvalidArgument when it is no such log at all.
Result<size_t> ReadFrames(std::string_view log, const std::function<void(std::string_view)>& take);

// Safe from many threads.
class PushLog {
 public:
  // Reads the file, if it exists, into `take`. The log takes nothing until the first Rewrite.
  // kInvalidArgument for a file that is none of ours, which is left alone; kUnavailable when it
  // cannot be read or another process has it.
  static Result<std::unique_ptr<PushLog>> Open(const std::string& path, Files& files, Logger log,
                                               const std::function<void(std::string_view)>& take);

  // Puts a record behind all earlier ones, in memory. Gives the position to Commit.
  uint64_t Append(std::string_view record);
  // Returns when everything up to the position is written; kUnavailable when it cannot be, until a
  // rewrite. Of those who wait together, one writes for all.
  Status Commit(uint64_t position);
  // kUnavailable while the log takes nothing.
  Status CheckWritable() const;

  // Replaces the file by one with the frames that `snapshot` appends. It is called once, and must
  // call BeginRewrite when its state can no more and not yet change: later records follow it.
  Status Rewrite(const std::function<void(std::string&)>& snapshot);
  void BeginRewrite();

  // Bytes of the file, and those it had after the last rewrite.
  uint64_t size_bytes() const;
  uint64_t rewritten_bytes() const;

  // Syncs what has been written since the last call, if anything.
  Status Sync();

 private:
  PushLog(std::string path, Files& files, Logger log)
      : path_(std::move(path)), files_(files), log_(std::move(log)) {}

  Status WriteSnapshot(AppendFile& file, const std::function<void(std::string&)>& snapshot,
                       uint64_t& size);
  Status SwitchTo(std::shared_ptr<AppendFile> file, uint64_t size);

  const std::string path_;
  Files& files_;
  const Logger log_;
  std::unique_ptr<AppendFile> lock_;

  mutable std::mutex mutex_;
  std::condition_variable written_more_;
  std::shared_ptr<AppendFile> file_;
  std::string pending_;  // frames to be written next
  std::string carried_;  // frames since BeginRewrite, for the new file too
  bool carrying_ = false;
  bool writing_ = false;   // a thread is in file_->Append
  uint64_t appended_ = 0;  // positions count records
  uint64_t written_ = 0;
  uint64_t size_bytes_ = 0;
  uint64_t rewritten_bytes_ = 0;
  bool synced_ = true;
  Status failure_ = Unavailable("persistence: not opened yet");  // ok while the log takes records
};

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_PUSH_LOG_H_
