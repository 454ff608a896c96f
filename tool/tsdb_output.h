// What the tsdb commands have in common: how they run, and how blocks, times and spans are printed.
#ifndef NARTHEX_TOOL_TSDB_OUTPUT_H_
#define NARTHEX_TOOL_TSDB_OUTPUT_H_

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "common/cli/flags.h"
#include "common/status/status.h"
#include "server/tsdb/block_meta.h"

namespace narthex::tool {

inline constexpr const char* kDefaultDatabase = "data/";

// Declares flags, parses `arguments` and calls `act`; prints what goes wrong. A short flag is a
// letter and the name of the flag that it stands for.
struct ShortFlag {
  char letter;
  const char* name;
};
int RunTsdbCommand(cli::Flags& flags, const std::vector<ShortFlag>& short_flags,
                   const std::vector<std::string>& arguments, std::ostream& out,
                   std::ostream& problems, const std::function<Status()>& act);

struct ListedBlock {
  tsdb::BlockMeta meta;
  uint64_t size_bytes = 0;
};
// The table that promtool prints; columns are as wide as this call needs.
void PrintBlocks(std::ostream& out, const std::vector<ListedBlock>& blocks, bool with_header,
                 bool human_readable);

// "2h0m0s", "1.5s", "250ms", as Go prints a duration.
std::string SpanText(int64_t ms);
// "2023-11-14T22:13:20.000Z"; "the beginning" and "the end" for the ends of time.
std::string TimeText(int64_t time_ms);

}  // namespace narthex::tool

#endif  // NARTHEX_TOOL_TSDB_OUTPUT_H_
