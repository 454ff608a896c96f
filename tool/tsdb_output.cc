#include "tool/tsdb_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <ostream>

namespace narthex::tool {
namespace {

constexpr size_t kColumns = 8;
using Row = std::array<std::string, kColumns>;

std::tm UtcOf(int64_t time_ms) {
  const std::time_t seconds = time_ms / 1000 - (time_ms % 1000 < 0 ? 1 : 0);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

std::string DateText(const std::tm& parts, const char* between) {
  return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, between, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// "1MiB512KiB": every power of 1024 by itself.
std::string BinarySize(uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::string text;
  for (const std::string_view unit : kUnits) {
    if (bytes % 1024 != 0 || (bytes == 0 && text.empty()))
      text = fmt::format("{}{}{}", bytes % 1024, unit, text);
    bytes /= 1024;
    if (bytes == 0) break;
  }
  return text;
}

Row RowOf(const ListedBlock& block, bool human_readable) {
  const auto time = [&](int64_t time_ms) {
    // Whole seconds, those before 1970 towards it, as the original.
    return human_readable ? DateText(UtcOf(time_ms / 1000 * 1000), " ") + " +0000 UTC"
                          : fmt::format("{}", time_ms);
  };
  const tsdb::BlockMeta& meta = block.meta;
  return {meta.ulid,
          time(meta.min_time_ms),
          time(meta.max_time_ms),
          SpanText(meta.max_time_ms - meta.min_time_ms),
          fmt::format("{}", meta.stats.samples),
          fmt::format("{}", meta.stats.chunks),
          fmt::format("{}", meta.stats.series),
          human_readable ? BinarySize(block.size_bytes) : fmt::format("{}", block.size_bytes)};
}

}  // namespace

void PrintBlocks(std::ostream& out, const std::vector<ListedBlock>& blocks, bool with_header,
                 bool human_readable) {
  constexpr size_t kMinWidth = 13;
  constexpr size_t kPadding = 2;
  std::vector<Row> rows;
  if (with_header) {
    rows.push_back({"BLOCK ULID", "MIN TIME", "MAX TIME", "DURATION", "NUM SAMPLES", "NUM CHUNKS",
                    "NUM SERIES", "SIZE"});
  }
  for (const ListedBlock& block : blocks) rows.push_back(RowOf(block, human_readable));
  std::array<size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < kColumns; ++i)
      widths[i] = std::max({widths[i], row[i].size() + kPadding, kMinWidth});
  }
  for (const Row& row : rows) {
    for (size_t i = 0; i + 1 < kColumns; ++i) out << fmt::format("{:<{}}", row[i], widths[i]);
    out << row.back() << "\n";
  }
}

std::string SpanText(int64_t ms) {
  if (ms == 0) return "0s";
  if (ms < 0) return "-" + SpanText(-ms);
  if (ms < 1000) return fmt::format("{}ms", ms);
  std::string fraction;
  if (ms % 1000 != 0) {
    fraction = fmt::format(".{:03}", ms % 1000);
    fraction.erase(fraction.find_last_not_of('0') + 1);
  }
  const int64_t seconds = ms / 1000;
  std::string text = fmt::format("{}{}s", seconds % 60, fraction);
  if (seconds >= 60) text = fmt::format("{}m{}", seconds / 60 % 60, text);
  if (seconds >= 3600) text = fmt::format("{}h{}", seconds / 3600, text);
  return text;
}

std::string TimeText(int64_t time_ms) {
  if (time_ms == INT64_MIN) return "the beginning";
  if (time_ms == INT64_MAX) return "the end";
  const int64_t rest_ms = time_ms % 1000;
  return DateText(UtcOf(time_ms), "T") +
         fmt::format(".{:03}Z", rest_ms < 0 ? rest_ms + 1000 : rest_ms);
}

}  // namespace narthex::tool
