// narthex-tool check web-config.
#include <iostream>

#include "common/cli/flags.h"
#include "common/http_server/web_config.h"
#include "tool/commands.h"

namespace narthex::tool {

int CheckWebConfig(const std::vector<std::string>& arguments, std::ostream& out,
                   std::ostream& problems) {
  std::vector<std::string> files;
  cli::Flags flags("narthex-tool check web-config",
                   "Checks files of --web.config.file: TLS, users, headers and rate limit. Exits "
                   "with 0 when all are valid, else with 1.");
  flags.AddArguments("FILE", &files, "A file in the format of the exporter toolkit.");
  std::string text;
  auto run = flags.Parse(arguments, text);
  out << text;
  if (run.ok() && *run && files.empty())
    run = InvalidArgument("check web-config: want at least one FILE");
  if (!run.ok()) {
    problems << run.message() << "\n";
    return kFailure;
  }
  if (!*run) return kSuccess;
  bool good = true;
  for (const std::string& file : files) {
    const auto config = LoadWebConfig(file);
    if (config.ok()) {
      out << file << " is valid\n";
    } else {
      problems << config.message() << "\n";
      good = false;
    }
  }
  return good ? kSuccess : kFailure;
}

}  // namespace narthex::tool
