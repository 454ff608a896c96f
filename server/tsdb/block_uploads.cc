#include <algorithm>

#include "common/config/json.h"
#include "server/tsdb/block_merge.h"

namespace narthex::tsdb {
namespace {

Result<std::vector<std::string>> ReadUploads(Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(const auto file, files.Map(path));
  ASSIGN_OR_RETURN(const config::Node root, config::ParseJson(file->bytes()).Prefixed(path));
  std::vector<std::string> ulids;
  if (const config::Node* uploaded = root.Find("uploaded")) {
    for (const config::Node& item : uploaded->items) ulids.push_back(item.text);
  }
  return ulids;
}

}  // namespace

std::vector<BlockPtr> BlocksToMerge(std::vector<BlockPtr> blocks, Files& files,
                                    const std::string& uploads_file, const Logger& log) {
  if (uploads_file.empty()) return blocks;
  const auto uploads = ReadUploads(files, uploads_file);
  if (!uploads.ok()) {
    log.Warn("list of uploaded blocks cannot be read; no block waits for its upload",
             {{"err", uploads.status()}});
    return blocks;
  }
  std::sort(blocks.begin(), blocks.end(),
            [](const BlockPtr& a, const BlockPtr& b) { return a->meta().ulid < b->meta().ulid; });
  const auto waits = [&](const BlockPtr& block) {
    return block->meta().level <= 1 &&
           std::find(uploads->begin(), uploads->end(), block->meta().ulid) == uploads->end();
  };
  blocks.erase(std::find_if(blocks.begin(), blocks.end(), waits), blocks.end());
  return blocks;
}

}  // namespace narthex::tsdb
