// narthex-tool: what promtool does, from the command line.
#include <algorithm>
#include <iostream>

#include "common/cli/manual.h"
#include "common/client/registry.h"
#include "tool/commands.h"

namespace narthex::tool {
namespace {

struct Command {
  std::string_view name;  // one to three words: "check metrics"
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
    {"debug all", "Put what a server tells of itself into an archive.", DebugAll},
    {"debug metrics", "Put a server's own metrics into an archive.", DebugMetrics},
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
    {"tsdb analyze", "Tell what a block is made of, and which labels churn.", TsdbAnalyze},
    {"tsdb create-blocks-from openmetrics", "Make blocks of a file of OpenMetrics.",
     TsdbCreateBlocksFromOpenMetrics},
    {"tsdb dump", "Print the samples or series of a data directory.", TsdbDump},
    {"tsdb dump-openmetrics", "Print the samples of a data directory as OpenMetrics.",
     TsdbDumpOpenMetrics},
    {"tsdb list", "List the blocks of a data directory.", TsdbList},
    {"tsdb verify", "Check every checksum, order and count of a data directory.", TsdbVerify},
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
  local i line words=() function=_narthex_tool
  for ((i = 1; i < COMP_CWORD; i++)); do
    function+=_${COMP_WORDS[i]//-/_}
    if declare -F "$function" >/dev/null; then
      "$function"
      return
    fi
  done
  while read -ra line; do
    [ "${#line[@]}" -ge "$COMP_CWORD" ] || continue
    for ((i = 1; i < COMP_CWORD; i++)); do
      [ "${line[i - 1]}" = "${COMP_WORDS[i]}" ] || continue 2
    done
    [[ " ${words[*]} " == *" ${line[COMP_CWORD - 1]} "* ]] || words+=("${line[COMP_CWORD - 1]}")
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
  std::string name;
  for (size_t words = 1; words <= std::min<size_t>(arguments.size(), 3); ++words) {
    name += (words == 1 ? "" : " ") + arguments[words - 1];
    for (const Command& command : kCommands) {
      if (command.name != name) continue;
      const auto rest = arguments.begin() + static_cast<std::ptrdiff_t>(words);
      return command.run({rest, arguments.end()}, std::cout, std::cerr);
    }
  }
  if (!name.empty()) std::cerr << "narthex-tool: unknown command \"" << name << "\"\n";
  PrintUsage(std::cerr);
  return kFailure;
}

}  // namespace
}  // namespace narthex::tool

int main(int argc, char** argv) { return narthex::tool::Main({argv + 1, argv + argc}); }
