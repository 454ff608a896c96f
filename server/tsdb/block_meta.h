// meta.json of a block: what it covers, what is in it and from which blocks it came.
#ifndef NARTHEX_SERVER_TSDB_BLOCK_META_H_
#define NARTHEX_SERVER_TSDB_BLOCK_META_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::tsdb {

struct BlockStats {
  uint64_t samples = 0;
  uint64_t float_samples = 0;
  uint64_t histogram_samples = 0;
  uint64_t series = 0;
  uint64_t chunks = 0;
  uint64_t tombstones = 0;
};

struct BlockParent {
  std::string ulid;
  int64_t min_time_ms = 0;
  int64_t max_time_ms = 0;
};

struct BlockMeta {
  std::string ulid;
  int64_t min_time_ms = 0;
  int64_t max_time_ms = 0;  // not included
  BlockStats stats;
  int level = 1;                     // compactions that a sample of it went through at most
  std::vector<std::string> sources;  // the blocks of level 1 that went in
  std::vector<BlockParent> parents;  // the blocks of which this was made
  std::vector<std::string> hints;
  bool deletable = false;  // nothing is in it
  bool failed = false;     // compacting it failed: it is left alone

  bool from_out_of_order() const;
  // Whether it holds all that came in order in its time.
  bool whole() const { return hints.empty(); }
};

inline constexpr std::string_view kFromOutOfOrder = "from-out-of-order";
inline constexpr std::string_view kFromStaleSeries = "from-stale-series";  // and of no others

// kCorruption for what is no such file, kInvalidArgument for another version.
Result<BlockMeta> ParseBlockMeta(std::string_view json);
std::string FormatBlockMeta(const BlockMeta& meta);

}  // namespace narthex::tsdb

#endif  // NARTHEX_SERVER_TSDB_BLOCK_META_H_
