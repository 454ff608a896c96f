#include "exporters/node/net_stat_table.h"

#include <charconv>
#include <optional>

#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

std::optional<uint64_t> ParseHexadecimal(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<std::vector<NetStatColumn>> ParseNetStatTable(std::string_view text) {
  LineReader lines(text);
  FieldReader titles(lines.Next().value_or(""));
  std::vector<NetStatColumn> columns;
  while (const auto title = titles.Next()) columns.push_back({*title, {}});
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    for (NetStatColumn& column : columns) {
      const auto field = fields.Next();
      const auto value = field ? ParseHexadecimal(*field) : std::nullopt;
      if (!value) return Corruption("want a number for each title, got ", Quote(*line));
      column.cpus.push_back(static_cast<double>(*value));
    }
    if (fields.Next()) return Corruption("more numbers than titles: ", Quote(*line));
  }
  return columns;
}

}  // namespace narthex::exporters
