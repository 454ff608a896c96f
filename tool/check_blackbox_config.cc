// narthex-tool check blackbox-config.
#include <iostream>

#include "common/cli/flags.h"
#include "exporters/blackbox/module_config.h"
#include "tool/commands.h"

namespace narthex::tool {

int CheckBlackboxConfig(const std::vector<std::string>& arguments, std::ostream& out,
                        std::ostream& problems) {
  std::vector<std::string> files;
  cli::Flags flags("narthex-tool check blackbox-config",
                   "Checks the modules of the blackbox exporter. Exits with 0 when all files are "
                   "valid, else with 1.");
  flags.AddArguments("FILE", &files, "A file in the format of blackbox_exporter.");
  std::string text;
  auto run = flags.Parse(arguments, text);
  out << text;
  if (run.ok() && *run && files.empty())
    run = InvalidArgument("check blackbox-config: want at least one FILE");
  if (!run.ok()) {
    problems << run.message() << "\n";
    return kFailure;
  }
  if (!*run) return kSuccess;
  bool good = true;
  for (const std::string& file : files) {
    const auto config = blackbox::LoadBlackboxConfig(file);
    if (!config.ok()) {
      problems << config.message() << "\n";
      good = false;
      continue;
    }
    for (const std::string& note : config->notes) out << file << ": " << note << "\n";
    out << file << " is valid, " << config->modules.size() << " modules\n";
  }
  return good ? kSuccess : kFailure;
}

}  // namespace narthex::tool
