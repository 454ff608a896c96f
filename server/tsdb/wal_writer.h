// Writes records to the segments of one folder. See wal_format.h.
#ifndef NARTHEX_SERVER_TSDB_WAL_WRITER_H_
#define NARTHEX_SERVER_TSDB_WAL_WRITER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/client/summary.h"
#include "common/fs/file_layer.h"
#include "server/tsdb/wal_format.h"
#include "server/tsdb/zstd_records.h"

namespace narthex::tsdb {

enum class WalCompression : uint8_t { kNone, kSnappy, kZstd };

struct WalOptions {
  WalCompression compression = WalCompression::kSnappy;
  uint64_t segment_bytes = kWalDefaultSegmentBytes;
  Summary* sync_seconds = nullptr;  // where it is observed how long a sync takes
};

// Where in a log something ends.
struct LogPosition {
  uint64_t segment = 0;
  uint64_t offset = 0;  // in bytes, between two records
};

struct LogCounts {
  uint64_t written_bytes = 0;
  uint64_t writes = 0;
  uint64_t failed_writes = 0;
  uint64_t pages = 0;  // that became full
};

// Safe from many threads.
class WalWriter {
 public:
  // Begins segment `first_segment`, which must not exist.
  static Result<std::unique_ptr<WalWriter>> Open(Files& files, std::string directory,
                                                 uint64_t first_segment, WalOptions options);
  ~WalWriter();

  // Writes records by write(2), all or none: after a failure the segment is cut back to what it
  // held.
  Status Log(const std::vector<std::string_view>& records);

  // Syncs what was logged; nothing when all is on disk already.
  Status Sync();

  // Ends the present segment and begins the next; returns the index of the one begun.
  Result<uint64_t> NextSegment();

  // The end of what was logged.
  LogPosition position() const;
  LogCounts counts() const;

 private:
  WalWriter(Files& files, std::string directory, WalOptions options)
      : files_(files), directory_(std::move(directory)), options_(options) {}

  Status BeginSegment(uint64_t index);
  Status EndSegment();
  void Frame(std::string_view record, std::string& out);
  // The record as it goes to disk, valid until the next call, and the flag that says so.
  std::string_view Compress(std::string_view record, uint8_t& flags);
  size_t PageRest(const std::string& out) const {
    return kWalPageSize - (segment_size_ + out.size()) % kWalPageSize;
  }

  Files& files_;
  const std::string directory_;
  const WalOptions options_;
  mutable std::mutex mutex_;
  std::shared_ptr<AppendFile> file_;
  uint64_t segment_ = 0;
  uint64_t segment_size_ = 0;
  LogCounts counts_;
  bool dirty_ = false;    // written since the last sync
  bool damaged_ = false;  // a failed write could not be cut off
  std::string buffer_;
  std::vector<char> compressed_;          // at least as large as was ever needed
  std::unique_ptr<ZstdCompressor> zstd_;  // where it is asked for
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_WAL_WRITER_H_
