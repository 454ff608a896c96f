#include "tool/tsdb_blocks.h"

#include <algorithm>

#include "server/tsdb/ulid.h"

namespace narthex::tool {
namespace {

Result<std::vector<std::string>> BlockNames(Files& files, const std::string& directory) {
  ASSIGN_OR_RETURN(std::vector<std::string> names, files.List(directory));
  std::erase_if(names, [](const std::string& name) { return !tsdb::IsUlid(name); });
  return names;
}

}  // namespace

Result<BlockFolders> OpenBlocks(Files& files, const std::string& directory) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, BlockNames(files, directory));
  BlockFolders found;
  std::string damage;
  for (const std::string& name : names) {
    auto block = tsdb::Block::Open(files, directory + "/" + name);
    if (block.ok()) {
      found.blocks.push_back(*std::move(block));
    } else {
      if (!damage.empty()) damage += '\n';
      damage += "block " + name + ": ";
      damage += block.message();
    }
  }
  std::sort(found.blocks.begin(), found.blocks.end(), [](const auto& a, const auto& b) {
    return std::pair(a->meta().min_time_ms, a->meta().ulid) <
           std::pair(b->meta().min_time_ms, b->meta().ulid);
  });
  if (!damage.empty()) found.damage = Corruption(damage);
  return found;
}

Result<tsdb::BlockPtr> OpenBlock(Files& files, const std::string& directory, std::string ulid) {
  if (ulid.empty()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, BlockNames(files, directory));
    if (names.empty()) return Status(Code::kNotFound, "no blocks in " + Quote(directory));
    ulid = names.back();
  }
  if (!tsdb::IsUlid(ulid)) return InvalidArgument("want the ULID of a block, got ", Quote(ulid));
  return tsdb::Block::Open(files, directory + "/" + ulid).Prefixed("block " + ulid);
}

}  // namespace narthex::tool
