#include <algorithm>
#include <map>

#include "server/tsdb/block_merge.h"

namespace narthex::tsdb {
namespace {

constexpr int64_t kStep = 3;
constexpr size_t kMaxRanges = 10;

using Blocks = std::vector<BlockPtr>;

bool HaveFailed(const Blocks& blocks) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [](const BlockPtr& block) { return block->meta().failed; });
}

Blocks Overlapping(const Blocks& blocks) {
  Blocks found;
  int64_t end_ms = storage::kMinTime;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const BlockMeta& meta = blocks[i]->meta();
    if (i > 0 && meta.min_time_ms < end_ms) {
      if (found.empty()) found.push_back(blocks[i - 1]);
      found.push_back(blocks[i]);
    } else if (!found.empty() && !HaveFailed(found)) {
      break;
    } else {
      found.clear();
    }
    end_ms = std::max(end_ms, meta.max_time_ms);
  }
  return HaveFailed(found) ? Blocks() : found;
}

int64_t RangeStart(int64_t time_ms, int64_t range_ms) {
  const int64_t start_ms = time_ms - time_ms % range_ms;
  return start_ms > time_ms ? start_ms - range_ms : start_ms;
}

// Blocks that lie in one range each, by the start of the range.
std::map<int64_t, Blocks> SplitByRange(const Blocks& blocks, int64_t range_ms) {
  std::map<int64_t, Blocks> parts;
  for (const BlockPtr& block : blocks) {
    const int64_t start_ms = RangeStart(block->meta().min_time_ms, range_ms);
    if (block->meta().max_time_ms <= start_ms + range_ms) parts[start_ms].push_back(block);
  }
  return parts;
}

Blocks Full(const Blocks& blocks, const std::vector<int64_t>& ranges_ms) {
  if (blocks.empty()) return {};
  const int64_t newest_ms = blocks.back()->meta().min_time_ms;
  for (size_t i = 1; i < ranges_ms.size(); ++i) {
    for (const auto& [start_ms, part] : SplitByRange(blocks, ranges_ms[i])) {
      const int64_t begin_ms = part.front()->meta().min_time_ms;
      const int64_t end_ms = part.back()->meta().max_time_ms;
      const bool complete = end_ms - begin_ms == ranges_ms[i] || end_ms <= newest_ms;
      if (!HaveFailed(part) && complete && part.size() > 1) return part;
    }
  }
  return {};
}

// The newest block of which so much was deleted that it is worth to be written anew: a long one, or
// one of which nothing may be left.
Blocks MuchDeleted(const Blocks& blocks, const std::vector<int64_t>& ranges_ms) {
  constexpr double kMuch = 0.05;  // deleted intervals a series
  for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
    const BlockMeta& meta = (*block)->meta();
    const BlockStats& stats = meta.stats;
    const bool is_long = meta.max_time_ms - meta.min_time_ms >= ranges_ms[ranges_ms.size() / 2];
    const bool is_due = is_long ? static_cast<double>(stats.tombstones) >
                                      kMuch * static_cast<double>(stats.series + 1)
                                : stats.tombstones > 0 && stats.tombstones >= stats.series;
    if (is_due && !meta.failed) return {*block};
    if (!is_long) return {};
  }
  return {};
}

int64_t EndOfWhole(const Blocks& blocks) {
  int64_t end_ms = storage::kMinTime;
  for (const BlockPtr& block : blocks) {
    if (block->meta().whole()) end_ms = std::max(end_ms, block->meta().max_time_ms);
  }
  return end_ms;
}

}  // namespace

std::vector<int64_t> BlockRanges(int64_t range_ms, int64_t max_range_ms) {
  std::vector<int64_t> ranges_ms = {range_ms};
  while (ranges_ms.size() < kMaxRanges && ranges_ms.back() * kStep <= max_range_ms)
    ranges_ms.push_back(ranges_ms.back() * kStep);
  return ranges_ms;
}

std::vector<BlockPtr> PlanMerge(std::vector<BlockPtr> blocks,
                                const std::vector<int64_t>& ranges_ms) {
  std::stable_sort(blocks.begin(), blocks.end(), [](const BlockPtr& a, const BlockPtr& b) {
    return a->meta().min_time_ms < b->meta().min_time_ms;
  });
  const int64_t end_of_whole_ms = EndOfWhole(blocks);
  std::map<std::vector<std::string>, Blocks> classes;  // without hints first
  for (const BlockPtr& block : blocks) {
    std::vector<std::string> hints = block->meta().hints;
    if (block->meta().max_time_ms <= end_of_whole_ms) std::erase(hints, kFromOutOfOrder);
    classes[hints].push_back(block);
  }
  for (auto& [hints, members] : classes) {
    Blocks planned = Overlapping(members);
    if (planned.empty()) {
      members.pop_back();
      planned = Full(members, ranges_ms);
      if (planned.empty()) planned = MuchDeleted(members, ranges_ms);
    }
    if (!planned.empty()) return planned;
  }
  return {};
}

bool AnyOverlap(const std::vector<BlockPtr>& blocks) { return !Overlapping(blocks).empty(); }

}  // namespace narthex::tsdb
