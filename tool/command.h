// How every command runs.
#ifndef NARTHEX_TOOL_COMMAND_H_
#define NARTHEX_TOOL_COMMAND_H_

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "common/cli/flags.h"
#include "common/status/status.h"

namespace narthex::tool {

// What the original's "-o" stands for: a letter and the name of a flag.
struct ShortFlag {
  char letter;
  const char* name;
};

// Parses `arguments` and calls `act`, unless help was asked for; prints what goes wrong. Returns
// what the process exits with: kSuccess or kFailure.
int RunCommand(cli::Flags& flags, const std::vector<std::string>& arguments, std::ostream& out,
               std::ostream& problems, const std::function<Status()>& act,
               const std::vector<ShortFlag>& short_flags = {});

// RunCommand for a command that takes one file or more, "FILE", and exits with kSuccess when
// `check` is content with all of them.
int RunCheck(cli::Flags& flags, const std::string& file_help,
             const std::vector<std::string>& arguments, std::ostream& out, std::ostream& problems,
             const std::function<Status(const std::string& file)>& check);

}  // namespace narthex::tool

#endif  // NARTHEX_TOOL_COMMAND_H_
