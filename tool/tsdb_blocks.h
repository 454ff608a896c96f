// Opens the blocks of a data directory for a look, and changes nothing there.
#ifndef NARTHEX_TOOL_TSDB_BLOCKS_H_
#define NARTHEX_TOOL_TSDB_BLOCKS_H_

#include <string>
#include <vector>

#include "common/fs/file_layer.h"
#include "server/tsdb/block.h"

namespace narthex::tool {

struct BlockFolders {
  std::vector<tsdb::BlockPtr> blocks;  // by time
  Status damage;                       // of those that cannot be opened
};
Result<BlockFolders> OpenBlocks(Files& files, const std::string& directory);

// The block of that name; the one made last where the name is empty.
Result<tsdb::BlockPtr> OpenBlock(Files& files, const std::string& directory, std::string ulid);

}  // namespace narthex::tool

#endif  // NARTHEX_TOOL_TSDB_BLOCKS_H_
