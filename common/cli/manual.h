// Pieces of manual pages and bash completions. cli::Flags writes those of one program, or of one
// command of a program; a program of several commands puts its own together with these.
#ifndef NARTHEX_COMMON_CLI_MANUAL_H_
#define NARTHEX_COMMON_CLI_MANUAL_H_

#include <string>
#include <string_view>

namespace narthex::cli {

// Title and NAME of a page in section 1. `summary` is a sentence; its first one goes into NAME.
std::string ManHeader(std::string_view program, std::string_view summary);

// `text` as running text of a page, whatever it holds: nothing in it acts as a roff request.
std::string ManText(std::string_view text);

// The name of the bash function that completes a program or one of its commands:
// "narthex-tool check metrics" gives _narthex_tool_check_metrics.
std::string BashFunctionName(std::string_view program);

}  // namespace narthex::cli

#endif  // NARTHEX_COMMON_CLI_MANUAL_H_
