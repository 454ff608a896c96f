// narthex-tool: what promtool does, from the command line.
#include <iostream>

#include "common/cli/manual.h"
#include "common/client/registry.h"
#include "tool/commands.h"

namespace narthex::tool {
namespace {

struct Command {
  std::string_view name;  // one word or two: "check metrics"
  std::string_view help;
  int (*run)(const std::vector<std::string>&, std::ostream&, std::ostream&);
};

constexpr Command kCommands[] = {
    {"check blackbox-config", "Check the modules of the blackbox exporter.", CheckBlackboxConfig},
    {"check config", "Check configurations of the server, and their files of targets.",
     CheckConfig},
    {"check healthy", "Ask a server whether it is healthy.", CheckHealthy},
    {"check metrics", "Check an exposition, and lint what is in it.", CheckMetrics},
    {"check ready", "Ask a server whether it is ready.", CheckReady},
    {"check service-discovery", "Show the targets that a job would have.", CheckServiceDiscovery},
    {"check web-config", "Check files of --web.config.file.", CheckWebConfig},
    {"promql format", "Lay an expression out over lines.", PromqlFormat},
    {"promql label-matchers", "Set or delete a label's matcher in an expression.",
     PromqlLabelMatchers},
    {"query analyze", "Show how many buckets of histograms are in use.", QueryAnalyze},
    {"query instant", "Evaluate a query at one moment, by a server.", QueryInstant},
    {"query labels", "List the values of a label.", QueryLabels},
    {"query range", "Evaluate a query at the steps of a range, by a server.", QueryRange},
    {"query series", "List the series that selectors match.", QuerySeries},
    {"test promql", "Run test scripts of PromQL.", TestPromql},
    {"textfile-write", "Write a file for the node exporter at once, after checking it.",
     TextfileWrite},
};

void PrintUsage(std::ostream& out) {
  out << "usage: narthex-tool COMMAND [flags]\n\nCommands:\n";
  for (const Command& command : kCommands) {
    out << "  " << command.name << "\n        " << command.help << "\n";
  }
  out << "\nnarthex-tool COMMAND --help shows the flags of a command. --help-man writes this as a "
         "manual "
         "page,\n--completion-script-bash as a completion for bash.\n";
}

constexpr std::string_view kSummary = "Checks what Prometheus and Narthex read and write.";

void PrintManPage(std::ostream& out) {
  out << cli::ManHeader("narthex-tool", kSummary) << ".SH SYNOPSIS\n\\fBnarthex\\-tool\\fR "
      << "\\fICOMMAND\\fR [\\fIflags\\fR]\n.SH DESCRIPTION\n"
      << cli::ManText(kSummary) << "\nEach command has \\fB\\-\\-help\\fR.\n.SH COMMANDS\n";
  for (const Command& command : kCommands) command.run({"--help-man"}, out, out);
}

// Completes the words of a command, then leaves the rest to the function of that command.
constexpr std::string_view kBashDispatch = R"(_narthex_tool() {
  local first second words=() single=_narthex_tool_${COMP_WORDS[1]}
  single=${single//-/_}
  if [ "$COMP_CWORD" -gt 1 ] && declare -F "$single" >/dev/null; then
    "$single"
    return
  fi
  if [ "$COMP_CWORD" -gt 2 ]; then
    local function=_narthex_tool_${COMP_WORDS[1]}_${COMP_WORDS[2]}
    ! declare -F "${function//-/_}" >/dev/null || "${function//-/_}"
    return
  fi
  while read -r first second; do
    if [ "$COMP_CWORD" = 1 ]; then
      [[ " ${words[*]} " == *" $first "* ]] || words+=("$first")
    elif [ "$first" = "${COMP_WORDS[1]}" ]; then
      words+=("$second")
    fi
  done <<<"$_narthex_tool_commands"
  COMPREPLY=($(compgen -W "${words[*]}" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _narthex_tool narthex-tool
)";

void PrintBashCompletion(std::ostream& out) {
  for (const Command& command : kCommands) command.run({"--completion-script-bash"}, out, out);
  out << "_narthex_tool_commands='";
  for (const Command& command : kCommands)
    out << (&command == kCommands ? "" : "\n") << command.name;
  out << "'\n" << kBashDispatch;
}

int Main(const std::vector<std::string>& arguments) {
  const std::string first = arguments.empty() ? "" : arguments[0];
  if (first == "--version") {
    std::cout << "narthex-tool, version " << Version() << "\n";
    return kSuccess;
  }
  if (first == "--help" || first == "-h") {
    PrintUsage(std::cout);
    return kSuccess;
  }
  if (first == "--help-man" || first == "--completion-script-bash") {
    first == "--help-man" ? PrintManPage(std::cout) : PrintBashCompletion(std::cout);
    return kSuccess;
  }
  const std::string name = arguments.size() < 2 ? first : first + " " + arguments[1];
  for (const Command& command : kCommands) {
    if (command.name != name && command.name != first) continue;
    const auto rest = arguments.begin() + (command.name == first ? 1 : 2);
    return command.run({rest, arguments.end()}, std::cout, std::cerr);
  }
  if (!name.empty()) std::cerr << "narthex-tool: unknown command \"" << name << "\"\n";
  PrintUsage(std::cerr);
  return kFailure;
}

}  // namespace
}  // namespace narthex::tool

int main(int argc, char** argv) { return narthex::tool::Main({argv + 1, argv + argc}); }
