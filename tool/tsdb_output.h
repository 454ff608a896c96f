// What the tsdb commands have in common: how blocks, times and spans are printed.
#ifndef NARTHEX_TOOL_TSDB_OUTPUT_H_
#define NARTHEX_TOOL_TSDB_OUTPUT_H_

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "server/tsdb/block_meta.h"

namespace narthex::tool {

inline constexpr const char* kDefaultDatabase = "data/";

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
