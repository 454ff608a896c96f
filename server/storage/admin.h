// What an operator may have storage do.
#ifndef NARTHEX_SERVER_STORAGE_ADMIN_H_
#define NARTHEX_SERVER_STORAGE_ADMIN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "server/storage/matcher.h"

namespace narthex::storage {

// Safe from many threads; each waits for what others, or compaction, are at.
class Admin {
 public:
  virtual ~Admin() = default;

  // Takes the samples in [min, max] of the series that satisfy all matchers of any one of the
  // selections out of what queries see. On disk they stay until CleanTombstones() or a compaction.
  virtual Status DeleteSeries(int64_t min_time_ms, int64_t max_time_ms,
                              const std::vector<std::vector<Matcher>>& selections) = 0;

  // Writes anew what has deleted samples on disk.
  virtual Status CleanTombstones() = 0;

  // Makes a directory that a database can be opened on, below the one of this database: of all
  // blocks, and of what is in memory where `with_head` says so. Returns its name.
  virtual Result<std::string> Snapshot(bool with_head) = 0;
};

}  // namespace narthex::storage

#endif  // NARTHEX_SERVER_STORAGE_ADMIN_H_
