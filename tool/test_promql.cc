// narthex-tool test promql.
#include <iostream>

#include "common/fs/files.h"
#include "server/promql/script/script.h"
#include "tool/command.h"
#include "tool/commands.h"

namespace narthex::tool {
namespace {

Status RunFile(const std::string& path, std::ostream& out, std::ostream& problems) {
  ASSIGN_OR_RETURN(const std::string script, ReadFile(path));
  const auto outcome = promql::RunScript(script);
  if (!outcome.ok()) return outcome.status().Prefixed(path);
  for (const std::string& failure : outcome->failures) problems << path << ": " << failure << "\n";
  out << path << ": " << outcome->cases - outcome->failures.size() << " of " << outcome->cases
      << " passed\n";
  if (outcome->failures.empty()) return {};
  return Corruption(path, ": ", std::to_string(outcome->failures.size()), " cases failed");
}

}  // namespace

int TestPromql(const std::vector<std::string>& arguments, std::ostream& out,
               std::ostream& problems) {
  cli::Flags flags("narthex-tool test promql",
                   "Runs test scripts of PromQL: load, clear and eval commands. Exits with 0 when "
                   "every case passes.");
  const auto run = [&](const std::string& file) { return RunFile(file, out, problems); };
  return RunCheck(flags, "The scripts.", arguments, out, problems, run);
}

}  // namespace narthex::tool
