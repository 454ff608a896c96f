#include "tool/command.h"

#include <ostream>

#include "tool/commands.h"

namespace narthex::tool {
namespace {

std::vector<std::string> SpelledOut(const std::vector<std::string>& arguments,
                                    const std::vector<ShortFlag>& short_flags) {
  std::vector<std::string> spelled = arguments;
  for (std::string& argument : spelled) {
    for (const ShortFlag& flag : short_flags) {
      if (argument == std::string("-") + flag.letter) argument = std::string("--") + flag.name;
    }
  }
  return spelled;
}

}  // namespace

int RunCommand(cli::Flags& flags, const std::vector<std::string>& arguments, std::ostream& out,
               std::ostream& problems, const std::function<Status()>& act,
               const std::vector<ShortFlag>& short_flags) {
  std::string text;
  const auto run = flags.Parse(SpelledOut(arguments, short_flags), text);
  out << text;
  for (const std::string& note : flags.notes()) problems << note << "\n";
  if (run.ok() && !*run) return kSuccess;
  const Status status = run.ok() ? act() : run.status();
  out.flush();
  if (status.ok()) return kSuccess;
  problems << status.message() << "\n";
  return kFailure;
}

int RunCheck(cli::Flags& flags, const std::string& file_help,
             const std::vector<std::string>& arguments, std::ostream& out, std::ostream& problems,
             const std::function<Status(const std::string& file)>& check) {
  std::vector<std::string> files;
  flags.AddArguments("FILE", &files, file_help);
  bool good = true;
  const int ran = RunCommand(flags, arguments, out, problems, [&]() -> Status {
    if (files.empty()) return InvalidArgument("want at least one FILE, see --help");
    for (const std::string& file : files) {
      const Status status = check(file);
      good &= status.ok();
      if (!status.ok()) problems << status.message() << "\n";
    }
    return {};
  });
  return good ? ran : kFailure;
}

}  // namespace narthex::tool
