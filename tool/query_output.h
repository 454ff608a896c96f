// Results of the API as text: as promtool shows them, as JSON, as a table, as sparklines.
#ifndef NARTHEX_TOOL_QUERY_OUTPUT_H_
#define NARTHEX_TOOL_QUERY_OUTPUT_H_

#include <iosfwd>
#include <string>
#include <string_view>

#include "common/config/node.h"
#include "common/status/status.h"

namespace narthex::tool {

enum class OutputFormat : unsigned char { kPromql, kJson, kTable, kSparkline };
Result<OutputFormat> ParseOutputFormat(std::string_view text);

// `data` is that of query or query_range: a resultType and a result.
void PrintResult(std::ostream& out, const config::Node& data, OutputFormat format);

// A list of label sets, or of texts.
void PrintSeries(std::ostream& out, const config::Node& data, OutputFormat format);
void PrintTexts(std::ostream& out, const config::Node& data, OutputFormat format);

// name{a="1", b="2"}
std::string MetricText(const config::Node& metric);

}  // namespace narthex::tool

#endif  // NARTHEX_TOOL_QUERY_OUTPUT_H_
