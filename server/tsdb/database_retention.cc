// The part of the database that removes blocks by age and size.
#include "server/tsdb/database.h"
#include "server/tsdb/wal_files.h"

namespace narthex::tsdb {

void Database::SetRetention(const RetentionLimits& limits) {
  const std::lock_guard lock(retention_mutex_);
  retention_ = limits;
}

RetentionLimits Database::retention() const {
  const std::lock_guard lock(retention_mutex_);
  return retention_;
}

// 0: any.
uint64_t Database::MaxBytes(const RetentionLimits& limits) const {
  if (limits.disk_percentage <= 0 || !options_.disk_size) return limits.size.bytes;
  const auto disk_bytes = options_.disk_size();
  if (disk_bytes.ok())
    return static_cast<uint64_t>(static_cast<double>(*disk_bytes) * limits.disk_percentage / 100);
  log_.Warn("size of the disk is not known; the fixed limit of blocks holds",
            {{"err", disk_bytes.status()}});
  return limits.size.bytes;
}

Result<uint64_t> Database::LogBytes() const {
  uint64_t bytes = 0;
  for (const std::string& directory : {WalDirectory(), LateLogDirectory()}) {
    const auto layout = ListWal(files_, directory);
    if (!layout.ok()) continue;  // there need not be one of late samples
    ASSIGN_OR_RETURN(const std::vector<SegmentFile> segments,
                     FilesToRead(files_, directory, *layout, UINT64_MAX));
    for (const SegmentFile& segment : segments) {
      ASSIGN_OR_RETURN(const auto mapped, files_.Map(segment.path));
      bytes += mapped->bytes().size();
    }
  }
  return bytes;
}

// As the reference, log and mapped chunks count for the size, but only blocks go.
Status Database::ApplyRetention() {
  const RetentionLimits limits = retention();
  const uint64_t max_bytes = MaxBytes(limits);
  uint64_t other_bytes = 0;
  if (max_bytes > 0) {
    ASSIGN_OR_RETURN(other_bytes, LogBytes());
    other_bytes += head_chunks_.size_bytes();
  }
  ASSIGN_OR_RETURN(const RemovedBlocks removed,
                   blocks_.ApplyRetention({limits.time.ms, max_bytes}, other_bytes));
  metrics_.blocks_removed.Add(static_cast<double>(removed.all));
  if (removed.old > 0) metrics_.removed_by_age.Add();
  if (removed.beyond_size > 0) metrics_.removed_by_size.Add();
  return {};
}

}  // namespace narthex::tsdb
