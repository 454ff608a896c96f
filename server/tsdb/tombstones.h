// What was deleted of the series of a block.
//   4 bytes magic 0x0130BA30, 1 byte version 1; per interval the series' ref as varint, first and
//   last time as zigzag varints; CRC-32C of the intervals (without the version).
#ifndef NARTHEX_SERVER_TSDB_TOMBSTONES_H_
#define NARTHEX_SERVER_TSDB_TOMBSTONES_H_

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "server/storage/storage.h"

namespace narthex::tsdb {

struct Interval {
  int64_t min_time_ms;
  int64_t max_time_ms;  // included
};
using Intervals = std::vector<Interval>;  // ascending, apart from each other

// Adds one, joining what overlaps or touches it.
void AddInterval(Intervals& intervals, Interval interval);

using Tombstones = absl::flat_hash_map<storage::SeriesRef, Intervals>;

Result<Tombstones> ParseTombstones(std::string_view file);
std::string FormatTombstones(const Tombstones& tombstones);

// Takes the samples within the intervals out, from index `begin` on.
void RemoveDeleted(const Intervals& intervals, size_t begin, storage::SampleColumns& samples);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_TOMBSTONES_H_
