#ifndef NARTHEX_EXPORTERS_NODE_PROCESS_GROUPS_H_
#define NARTHEX_EXPORTERS_NODE_PROCESS_GROUPS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/regex/regex.h"
#include "common/status/status.h"

namespace narthex::exporters {

// What a process read from and wrote to disks, from its file io, see proc_pid_io(5).
struct ProcessIo {
  uint64_t read_bytes = 0;
  uint64_t written_bytes = 0;
};
ProcessIo ParseProcessIo(std::string_view text);

// A rule of --collector.process_groups.rule: which processes are a group.
struct ProcessRule {
  enum class Subject : unsigned char { kName, kCommandLine, kCgroup };
  std::string group;
  Subject subject = Subject::kName;
  Regex expression;
};
// "nginx:name=^nginx$": a group, what is looked at (name, cmdline or cgroup), and an expression
// that is searched for in it. kInvalidArgument says what is wrong.
Result<ProcessRule> ParseProcessRule(std::string_view text);

// A command line as /proc has it, with blanks between the arguments.
std::string CommandLine(std::string_view text);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_PROCESS_GROUPS_H_
