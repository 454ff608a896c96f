#include "exporters/node/xfs.h"

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

struct XfsCounter {
  std::string_view key;  // of the line
  size_t index;          // of the number in it
  const char* name;      // behind node_xfs_
  const char* help;
};
constexpr XfsCounter kCounters[] = {
    {"extent_alloc", 0, "extent_allocation_extents_allocated_total", "Extents allocated."},
    {"extent_alloc", 1, "extent_allocation_blocks_allocated_total", "Blocks allocated."},
    {"extent_alloc", 2, "extent_allocation_extents_freed_total", "Extents freed."},
    {"extent_alloc", 3, "extent_allocation_blocks_freed_total", "Blocks freed."},
    {"abt", 0, "allocation_btree_lookups_total", "Lookups in the trees of free space."},
    {"abt", 1, "allocation_btree_compares_total", "Comparisons in the trees of free space."},
    {"abt", 2, "allocation_btree_records_inserted_total",
     "Records put into the trees of free space."},
    {"abt", 3, "allocation_btree_records_deleted_total",
     "Records taken out of the trees of free space."},
    {"blk_map", 0, "block_mapping_reads_total", "Blocks of files looked up to be read."},
    {"blk_map", 1, "block_mapping_writes_total", "Blocks of files looked up to be written."},
    {"blk_map", 2, "block_mapping_unmaps_total", "Blocks of files taken off them."},
    {"blk_map", 3, "block_mapping_extent_list_insertions_total", "Extents put into lists."},
    {"blk_map", 4, "block_mapping_extent_list_deletions_total", "Extents taken out of lists."},
    {"blk_map", 5, "block_mapping_extent_list_lookups_total", "Lookups in lists of extents."},
    {"blk_map", 6, "block_mapping_extent_list_compares_total", "Comparisons in lists of extents."},
    {"bmbt", 0, "block_map_btree_lookups_total", "Lookups in the trees of files' blocks."},
    {"bmbt", 1, "block_map_btree_compares_total", "Comparisons in the trees of files' blocks."},
    {"bmbt", 2, "block_map_btree_records_inserted_total",
     "Records put into the trees of files' blocks."},
    {"bmbt", 3, "block_map_btree_records_deleted_total",
     "Records taken out of the trees of files' blocks."},
    {"dir", 0, "directory_operation_lookup_total", "Names looked up in directories."},
    {"dir", 1, "directory_operation_create_total", "Names put into directories."},
    {"dir", 2, "directory_operation_remove_total", "Names taken out of directories."},
    {"dir", 3, "directory_operation_getdents_total", "Calls that list a directory."},
    {"ig", 0, "inode_operation_attempts_total", "Inodes looked for in the cache."},
    {"ig", 1, "inode_operation_found_total", "Inodes found in the cache."},
    {"ig", 2, "inode_operation_recycled_total", "Inodes found, but about to be dropped."},
    {"ig", 3, "inode_operation_missed_total", "Inodes that the cache did not have."},
    {"ig", 4, "inode_operation_duplicates_total", "Inodes that another had read meanwhile."},
    {"ig", 5, "inode_operation_reclaims_total", "Inodes dropped from the cache."},
    {"ig", 6, "inode_operation_attribute_changes_total", "Changes to attributes of inodes."},
    {"rw", 1, "read_calls_total", "Calls that read files."},
    {"rw", 0, "write_calls_total", "Calls that write files."},
    {"vnodes", 0, "vnode_active_total", "Vnodes that are not free."},
    {"vnodes", 1, "vnode_allocate_total", "Vnodes made."},
    {"vnodes", 2, "vnode_get_total", "Vnodes taken from the free ones."},
    {"vnodes", 3, "vnode_hold_total", "Times that a vnode was held."},
    {"vnodes", 4, "vnode_release_total", "Times that a vnode was let go."},
    {"vnodes", 5, "vnode_reclaim_total", "Vnodes reclaimed."},
    {"vnodes", 6, "vnode_remove_total", "Vnodes removed."},
};

class XfsCollector : public Collector {
 public:
  explicit XfsCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    const auto devices = sys_.List("fs/xfs");
    if (devices.code() == Code::kNotFound) return {};  // no such file system is mounted
    if (!devices.ok()) return devices.status();
    for (const std::string& device : *devices) {
      const auto text = sys_.Read("fs/xfs/" + device + "/stats/stats");
      if (text.code() == Code::kNotFound) continue;  // fs/xfs/stats is of all of them
      if (!text.ok()) return text.status();
      ASSIGN_OR_RETURN(const auto stats, ParseXfsStats(*text).Prefixed(device));
      for (const XfsCounter& counter : kCounters) {
        const auto line = stats.find(counter.key);
        if (line == stats.end() || line->second.size() <= counter.index) continue;
        sink.Counter(std::string("node_xfs_") + counter.name, counter.help,
                     line->second[counter.index], {{"device", device}});
      }
    }
    return {};
  }

 private:
  const Directory& sys_;
};

}  // namespace

Result<std::map<std::string_view, std::vector<double>>> ParseXfsStats(std::string_view text) {
  std::map<std::string_view, std::vector<double>> stats;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const auto key = fields.Next();
    if (!key || *key == "gc") continue;  // "gc xpc …", of zoned devices
    std::vector<double>& numbers = stats[*key];
    numbers.clear();
    while (const auto field = fields.Next()) {
      const auto number = ParseUnsigned(*field);
      if (!number) return Corruption("xfs: want numbers, got ", Quote(*line));
      numbers.push_back(static_cast<double>(*number));
    }
  }
  return stats;
}

std::unique_ptr<Collector> NewXfsCollector(const SystemPaths& paths) {
  return std::make_unique<XfsCollector>(paths.sys);
}

}  // namespace narthex::exporters
