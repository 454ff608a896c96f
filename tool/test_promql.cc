// narthex-tool test promql.
#include <iostream>

#include "common/cli/flags.h"
#include "common/fs/files.h"
#include "server/promql/script/script.h"
#include "tool/commands.h"

namespace narthex::tool {
namespace {

Result<bool> ParseFlags(const std::vector<std::string>& arguments, std::vector<std::string>& files,
                        std::ostream& out) {
  cli::Flags flags("narthex-tool test promql",
                   "Runs test scripts of PromQL: load, clear and eval commands. Exits with 0 when "
                   "every case passes.");
  flags.AddArguments("FILE", &files, "The scripts.");
  std::string text;
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments, text));
  out << text;
  if (run && files.empty()) return InvalidArgument("there is no FILE to run");
  return run;
}

bool RunFile(const std::string& path, std::ostream& out, std::ostream& problems) {
  const auto script = ReadFile(path);
  if (!script.ok()) {
    problems << script.message() << "\n";
    return false;
  }
  const auto outcome = promql::RunScript(*script);
  if (!outcome.ok()) {
    problems << path << ": " << outcome.message() << "\n";
    return false;
  }
  for (const std::string& failure : outcome->failures) problems << path << ": " << failure << "\n";
  out << path << ": " << outcome->cases - outcome->failures.size() << " of " << outcome->cases
      << " passed\n";
  return outcome->failures.empty();
}

}  // namespace

int TestPromql(const std::vector<std::string>& arguments, std::ostream& out,
               std::ostream& problems) {
  std::vector<std::string> files;
  const auto run = ParseFlags(arguments, files, out);
  if (!run.ok()) {
    problems << run.message() << "\n";
    return kFailure;
  }
  if (!*run) return kSuccess;
  bool good = true;
  for (const std::string& file : files) good &= RunFile(file, out, problems);
  return good ? kSuccess : kFailure;
}

}  // namespace narthex::tool
