// narthex-tool: what promtool does, from the command line.
#include <iostream>

#include "common/client/registry.h"
#include "tool/commands.h"

namespace narthex::tool {
namespace {

struct Command {
  std::string_view name;  // two words, "check metrics"
  std::string_view help;
  int (*run)(const std::vector<std::string>&, std::ostream&, std::ostream&);
};

constexpr Command kCommands[] = {
    {"check config", "Check configurations of the server, and their files of targets.",
     CheckConfig},
    {"check metrics", "Check an exposition, and lint what is in it.", CheckMetrics},
};

void PrintUsage(std::ostream& out) {
  out << "usage: narthex-tool COMMAND [flags]\n\nCommands:\n";
  for (const Command& command : kCommands) {
    out << "  " << command.name << "\n        " << command.help << "\n";
  }
  out << "\nnarthex-tool COMMAND --help shows the flags of a command.\n";
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
  const std::string name = arguments.size() < 2 ? first : first + " " + arguments[1];
  for (const Command& command : kCommands) {
    if (command.name != name) continue;
    return command.run({arguments.begin() + 2, arguments.end()}, std::cout, std::cerr);
  }
  if (!name.empty()) std::cerr << "narthex-tool: unknown command \"" << name << "\"\n";
  PrintUsage(std::cerr);
  return kFailure;
}

}  // namespace
}  // namespace narthex::tool

int main(int argc, char** argv) { return narthex::tool::Main({argv + 1, argv + argc}); }
