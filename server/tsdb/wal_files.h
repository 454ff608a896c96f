// The files of a log: a folder of segments and at most one useful checkpoint.N, a folder of
// segments that stands for all segments up to and including N. Leftovers with the suffix .tmp count
// for nothing.
#ifndef NARTHEX_SERVER_TSDB_WAL_FILES_H_
#define NARTHEX_SERVER_TSDB_WAL_FILES_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/fs/file_layer.h"
#include "server/tsdb/wal_format.h"

namespace narthex::tsdb {

struct WalLayout {
  std::optional<uint64_t> checkpoint;  // the newest
  std::vector<uint64_t> segments;      // those after the checkpoint, ascending

  // The first number that is free.
  uint64_t NextSegment() const;
};
Result<WalLayout> ListWal(Files& files, const std::string& directory);

// Of a file; both borders are between two records.
struct ByteRange {
  uint64_t begin = 0;
  uint64_t end = UINT64_MAX;
};

struct SegmentFile {
  std::string path;
  bool is_last = false;  // of the log: only there a crash cuts
  uint64_t number = 0;   // of the segment, or the last one that its checkpoint stands for
  ByteRange range = {};  // that is to be read
};

// The files of a log in the order of their writing, up to segment `last`.
Result<std::vector<SegmentFile>> FilesToRead(Files& files, const std::string& directory,
                                             const WalLayout& layout, uint64_t last);

// What keeps a segment from being read to its end.
struct SegmentDamage {
  Status finding;  // Ok: it was read to the end
  uint64_t good_size = 0;
  uint64_t lost_bytes = 0;
};

// Gives every good record of a file to `visit`, whose error counts as damage at that record.
using RecordVisitor = std::function<Status(std::string_view record)>;
Result<SegmentDamage> VisitRecords(Files& files, const std::string& path,
                                   const RecordVisitor& visit, ByteRange range = {});

std::string CheckpointPath(const std::string& directory, uint64_t index);

// Removes segments before `segment`, older checkpoints, and what attempts at one left when they
// were cut short.
Status RemoveSegmentsBefore(Files& files, const std::string& directory, uint64_t segment);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_WAL_FILES_H_
