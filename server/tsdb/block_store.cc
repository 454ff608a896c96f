#include "server/tsdb/block_store.h"

#include <algorithm>
#include <set>

#include "server/tsdb/block_writer.h"
#include "server/tsdb/ulid.h"

namespace narthex::tsdb {
namespace {

constexpr std::string_view kLeftovers[] = {kCreationSuffix, kDeletionSuffix, ".tmp"};

bool IsLeftover(std::string_view name) {
  for (std::string_view suffix : kLeftovers) {
    if (name.ends_with(suffix) && IsUlid(name.substr(0, name.size() - suffix.size()))) return true;
  }
  return false;
}

}  // namespace

Status BlockStore::Load(bool tidy) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(directory_));
  std::vector<BlockPtr> blocks;
  for (const std::string& name : names) {
    if (tidy && IsLeftover(name)) RETURN_IF_ERROR(files_.Remove(directory_ + "/" + name));
    if (!IsUlid(name)) continue;
    if (auto block = TryOpen(name)) blocks.push_back(std::move(block));
  }
  Publish(std::move(blocks), storage::kMinTime);
  SetHeadMinTime(MaxTime());
  return {};
}

Status BlockStore::LoadNew() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(directory_));
  const auto before = view();
  std::vector<BlockPtr> blocks = before->blocks;
  for (const std::string& name : names) {
    const bool known =
        std::any_of(before->blocks.begin(), before->blocks.end(),
                    [&](const BlockPtr& block) { return block->meta().ulid == name; });
    if (!IsUlid(name) || known) continue;
    auto block = TryOpen(name);
    if (!block) continue;
    log_.Info("block found", {{"block", name}, {"samples", block->meta().stats.samples}});
    blocks.push_back(std::move(block));
  }
  if (blocks.size() > before->blocks.size()) Publish(std::move(blocks), before->head_min_time_ms);
  return {};
}

BlockPtr BlockStore::TryOpen(const std::string& ulid) {
  const std::string folder = directory_ + "/" + ulid;
  auto block = Block::Open(files_, folder);
  {
    const std::lock_guard lock(mutex_);
    if (block.ok()) damaged_.erase(ulid);
    if (!block.ok() && !damaged_.insert(ulid).second) return nullptr;  // that is known
  }
  if (block.ok()) return *std::move(block);
  const auto meta = ReadBlockMeta(files_, folder);
  log_.Error("block cannot be opened; its samples are not shown",
             {{"block", ulid},
              {"err", block.status()},
              {"min_time_ms", meta.ok() ? meta->min_time_ms : 0},
              {"max_time_ms", meta.ok() ? meta->max_time_ms : 0}});
  return nullptr;
}

std::shared_ptr<const BlockView> BlockStore::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

void BlockStore::Publish(std::vector<BlockPtr> blocks, int64_t head_min_time_ms) {
  std::sort(blocks.begin(), blocks.end(), [](const BlockPtr& a, const BlockPtr& b) {
    return std::pair(a->meta().min_time_ms, a->meta().ulid) <
           std::pair(b->meta().min_time_ms, b->meta().ulid);
  });
  auto view = std::make_shared<BlockView>(BlockView{std::move(blocks), head_min_time_ms});
  const std::lock_guard lock(mutex_);
  view_ = std::move(view);
}

Status BlockStore::Add(const std::string& ulid, int64_t head_min_time_ms) {
  ASSIGN_OR_RETURN(auto block, Block::Open(files_, directory_ + "/" + ulid));
  const auto before = view();
  std::vector<BlockPtr> blocks = before->blocks;
  blocks.push_back(std::move(block));
  Publish(std::move(blocks), head_min_time_ms);
  return {};
}

void BlockStore::SetHeadMinTime(int64_t head_min_time_ms) {
  Publish(view()->blocks, head_min_time_ms);
}

Status BlockStore::Replace(const std::string& added, const std::vector<std::string>& removed) {
  const auto before = view();
  std::vector<BlockPtr> blocks;
  for (const BlockPtr& block : before->blocks) {
    if (std::find(removed.begin(), removed.end(), block->meta().ulid) == removed.end())
      blocks.push_back(block);
  }
  if (!added.empty()) {
    ASSIGN_OR_RETURN(auto block, Block::Open(files_, directory_ + "/" + added));
    blocks.push_back(std::move(block));
  }
  Publish(std::move(blocks), before->head_min_time_ms);
  for (const std::string& ulid : removed) RETURN_IF_ERROR(RemoveFolder(ulid));
  return {};
}

Status BlockStore::Delete(Interval interval, const std::vector<storage::Matcher>& matchers) {
  const auto before = view();
  std::vector<BlockPtr> blocks = before->blocks;
  for (BlockPtr& block : blocks) {
    if (!block->Overlaps(interval.min_time_ms, interval.max_time_ms)) continue;
    auto changed = WithDeleted(block, interval, matchers);
    if (!changed.ok()) return changed.status().Prefixed("block " + block->meta().ulid);
    block = *std::move(changed);
  }
  Publish(std::move(blocks), before->head_min_time_ms);
  return {};
}

Result<BlockPtr> BlockStore::WithDeleted(const BlockPtr& block, Interval interval,
                                         const std::vector<storage::Matcher>& matchers) {
  ASSIGN_OR_RETURN(const SlotList selected, block->Select(matchers));
  Tombstones tombstones = block->tombstones();
  std::vector<ChunkMeta> chunks;
  bool changed = false;
  for (const Slot series : selected) {
    RETURN_IF_ERROR(block->index().Series(series, chunks).status());
    Interval own{storage::kMaxTime, storage::kMinTime};
    for (const ChunkMeta& chunk : chunks) {
      own.min_time_ms = std::min(own.min_time_ms, chunk.min_time_ms);
      own.max_time_ms = std::max(own.max_time_ms, chunk.max_time_ms);
    }
    own.min_time_ms = std::max(own.min_time_ms, interval.min_time_ms);
    own.max_time_ms = std::min(own.max_time_ms, interval.max_time_ms);
    if (own.min_time_ms > own.max_time_ms) continue;
    AddInterval(tombstones[series], own);
    changed = true;
  }
  if (!changed) return block;
  BlockMeta meta = block->meta();
  meta.stats.tombstones = 0;
  for (const auto& [series, intervals] : tombstones) meta.stats.tombstones += intervals.size();
  const std::string folder = directory_ + "/" + meta.ulid;
  RETURN_IF_ERROR(WriteWholeFile(files_, folder + "/tombstones", FormatTombstones(tombstones)));
  RETURN_IF_ERROR(WriteWholeFile(files_, folder + "/meta.json", FormatBlockMeta(meta)));
  RETURN_IF_ERROR(files_.SyncDirectory(folder));
  return Block::Open(files_, folder);
}

Status BlockStore::MarkFailed(const std::vector<BlockPtr>& failed) {
  const auto before = view();
  std::vector<BlockPtr> blocks = before->blocks;
  for (BlockPtr& block : blocks) {
    if (std::find(failed.begin(), failed.end(), block) == failed.end()) continue;
    BlockMeta meta = block->meta();
    meta.failed = true;
    const std::string folder = directory_ + "/" + meta.ulid;
    RETURN_IF_ERROR(WriteWholeFile(files_, folder + "/meta.json", FormatBlockMeta(meta)));
    RETURN_IF_ERROR(files_.SyncDirectory(folder));
    ASSIGN_OR_RETURN(block, Block::Open(files_, folder));
  }
  Publish(std::move(blocks), before->head_min_time_ms);
  return {};
}

Status BlockStore::RemoveFolder(const std::string& ulid) {
  // Under another name first: a block is whole or not there.
  const std::string doomed = directory_ + "/" + ulid + std::string(kDeletionSuffix);
  RETURN_IF_ERROR(files_.Rename(directory_ + "/" + ulid, doomed));
  return files_.Remove(doomed);
}

Result<RemovedBlocks> BlockStore::ApplyRetention(const Retention& retention, uint64_t other_bytes) {
  std::vector<BlockPtr> newest_first = view()->blocks;
  std::sort(newest_first.begin(), newest_first.end(), [](const BlockPtr& a, const BlockPtr& b) {
    return a->meta().max_time_ms > b->meta().max_time_ms;
  });
  std::set<std::string> superseded;
  for (const BlockPtr& block : newest_first) {
    for (const BlockParent& parent : block->meta().parents) superseded.insert(parent.ulid);
  }
  std::vector<std::string> removed;
  RemovedBlocks counts;
  uint64_t size = other_bytes;
  for (const BlockPtr& block : newest_first) {
    const BlockMeta& meta = block->meta();
    size += block->size_bytes();
    const int64_t age_ms = newest_first.front()->meta().max_time_ms - meta.max_time_ms;
    const bool old = retention.time_ms > 0 && age_ms > 0 && age_ms >= retention.time_ms;
    const bool large = retention.size_bytes > 0 && size > retention.size_bytes;
    if (!old && !large && !meta.deletable && !superseded.contains(meta.ulid)) continue;
    removed.push_back(meta.ulid);
    if (old) ++counts.old;
    if (large) ++counts.beyond_size;
  }
  counts.all = removed.size();
  if (removed.empty()) return counts;
  RETURN_IF_ERROR(Replace("", removed));
  for (const std::string& ulid : removed) log_.Info("block removed", {{"block", ulid}});
  return counts;
}

int64_t BlockStore::MaxTime() const {
  int64_t max_time_ms = storage::kMinTime;
  const auto now = view();
  for (const BlockPtr& block : now->blocks) {
    if (block->meta().whole()) max_time_ms = std::max(max_time_ms, block->meta().max_time_ms);
  }
  return max_time_ms;
}

size_t BlockStore::damaged_count() const {
  const std::lock_guard lock(mutex_);
  return damaged_.size();
}

uint64_t BlockStore::size_bytes() const {
  uint64_t size = 0;
  const auto now = view();
  for (const BlockPtr& block : now->blocks) size += block->size_bytes();
  return size;
}

}  // namespace narthex::tsdb
