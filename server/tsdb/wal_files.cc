#include "server/tsdb/wal_files.h"

#include <algorithm>

#include "server/tsdb/wal_reader.h"

namespace narthex::tsdb {
namespace {

constexpr std::string_view kCheckpointPrefix = "checkpoint.";

std::optional<uint64_t> CheckpointIndex(std::string_view name) {
  if (name.substr(0, kCheckpointPrefix.size()) != kCheckpointPrefix) return std::nullopt;
  return SegmentIndex(name.substr(kCheckpointPrefix.size()));
}

}  // namespace

std::string CheckpointPath(const std::string& directory, uint64_t index) {
  return directory + "/" + std::string(kCheckpointPrefix) + SegmentName(index);
}

Result<WalLayout> ListWal(Files& files, const std::string& directory) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(directory));
  WalLayout layout;
  for (const std::string& name : names) {
    if (const auto index = CheckpointIndex(name))
      layout.checkpoint = std::max(layout.checkpoint.value_or(0), *index);
    if (const auto index = SegmentIndex(name)) layout.segments.push_back(*index);
  }
  std::erase_if(layout.segments,
                [&](uint64_t index) { return layout.checkpoint && index <= *layout.checkpoint; });
  std::sort(layout.segments.begin(), layout.segments.end());
  return layout;
}

uint64_t WalLayout::NextSegment() const {
  if (!segments.empty()) return segments.back() + 1;
  return checkpoint ? *checkpoint + 1 : 0;
}

// The files of a log in the order of their writing, up to segment `last`.
Result<std::vector<SegmentFile>> FilesToRead(Files& files, const std::string& directory,
                                             const WalLayout& layout, uint64_t last) {
  std::vector<SegmentFile> paths;
  if (layout.checkpoint) {
    const std::string folder = CheckpointPath(directory, *layout.checkpoint);
    ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(folder));
    for (const std::string& name : names) {
      if (SegmentIndex(name)) paths.push_back({folder + "/" + name, false, *layout.checkpoint});
    }
  }
  for (uint64_t index : layout.segments) {
    if (index <= last)
      paths.push_back(
          {directory + "/" + SegmentName(index), index == layout.segments.back(), index});
  }
  return paths;
}

Result<SegmentDamage> VisitRecords(Files& files, const std::string& path,
                                   const RecordVisitor& visit, ByteRange range) {
  ASSIGN_OR_RETURN(const auto mapped, files.Map(path));
  const std::string_view bytes = mapped->bytes().substr(0, range.end);
  WalReader reader(bytes, range.begin);
  SegmentDamage damage;
  for (;;) {
    const auto record = reader.Next();
    if (!record.ok()) damage.finding = record.status();
    if (record.ok() && *record) damage.finding = visit(**record);
    const bool good = damage.finding.ok();
    if (good || !record.ok()) damage.good_size = reader.good_size();
    if (good && *record) continue;
    if (!good) damage.lost_bytes = bytes.size() - damage.good_size;
    return damage;
  }
}

Status RemoveSegmentsBefore(Files& files, const std::string& directory, uint64_t segment) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(directory));
  for (const std::string& name : names) {
    const auto index = SegmentIndex(name);
    const auto checkpoint = CheckpointIndex(name);
    const bool leftover = name.starts_with(kCheckpointPrefix) && name.ends_with(".tmp");
    const bool superseded =
        (index && *index < segment) || (checkpoint && *checkpoint + 1 < segment);
    if (leftover || superseded) RETURN_IF_ERROR(files.Remove(directory + "/" + name));
  }
  return {};
}

}  // namespace narthex::tsdb
