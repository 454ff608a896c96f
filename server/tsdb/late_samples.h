// The samples of a series that came out of order: apart from the others until they become blocks.
#ifndef NARTHEX_SERVER_TSDB_LATE_SAMPLES_H_
#define NARTHEX_SERVER_TSDB_LATE_SAMPLES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/status/status.h"
#include "server/storage/storage.h"
#include "server/tsdb/chunk_slice.h"
#include "server/tsdb/commit_clock.h"

namespace narthex::tsdb {

// Guarded by the stripe of its series.
class LateSamples {
 public:
  // Takes a sample, a histogram where that is not null; false where there is one at that time among
  // the newest. `watermark`: no reader, present or future, sees less.
  bool Insert(storage::SampleTime time, double value, storage::HistogramPtr histogram,
              CommitId commit, CommitId watermark);

  // Merges the samples in [min, max] into `samples`, of two at one time that which was there. Those
  // of commits beyond `pin` are left out as long as they are not in chunks.
  Status Read(int64_t min_time_ms, int64_t max_time_ms, CommitId pin,
              storage::SampleColumns& samples) const;

  // As Read() of the first chunks alone.
  Status ReadSealed(size_t count, int64_t min_time_ms, int64_t max_time_ms,
                    storage::SampleColumns& samples) const;

  // Makes chunks of all and returns how many there are: what they have is to become blocks, and
  // DropChunks() with this number to follow.
  Result<size_t> Seal();
  void DropChunks(size_t count);

  // From the first to the last; nothing where there are none.
  std::optional<Interval> Range() const;
  bool empty() const { return chunks_.empty() && recent_.size() == 0; }
  size_t chunk_count() const { return chunks_.size() + (recent_.size() > 0 ? 1 : 0); }

 private:
  Status MakeChunks();

  std::vector<OwnedChunk> chunks_;  // in the order of their making; they overlap
  storage::SampleColumns recent_;   // by time
  std::vector<CommitId> commits_;   // of each in recent_
};

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_LATE_SAMPLES_H_
