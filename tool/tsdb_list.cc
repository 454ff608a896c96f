// narthex-tool tsdb list: the blocks of a data directory.
#include <ostream>

#include "common/fs/file_layer.h"
#include "tool/command.h"
#include "tool/commands.h"
#include "tool/tsdb_blocks.h"
#include "tool/tsdb_output.h"

namespace narthex::tool {

int TsdbList(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& problems) {
  std::string path = kDefaultDatabase;
  bool human_readable = false;
  cli::Flags flags("narthex-tool tsdb list",
                   "Lists the blocks of a data directory. A block that cannot be opened is told "
                   "of, and the exit code is 1.");
  flags.Add("human-readable", &human_readable, "Print times as dates and sizes with units (-r).");
  flags.AddArgument("DB-PATH", &path, "The data directory.");
  const auto list = [&]() -> Status {
    const auto files = NewSystemFiles();
    ASSIGN_OR_RETURN(const BlockFolders found, OpenBlocks(*files, path));
    std::vector<ListedBlock> listed;
    listed.reserve(found.blocks.size());
    for (const tsdb::BlockPtr& block : found.blocks)
      listed.push_back({block->meta(), block->size_bytes()});
    PrintBlocks(out, listed, true, human_readable);
    return found.damage;
  };
  return RunCommand(flags, arguments, out, problems, list, {{'r', "human-readable"}});
}

}  // namespace narthex::tool
