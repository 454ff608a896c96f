// narthex-tool check blackbox-config.
#include <iostream>

#include "exporters/blackbox/module_config.h"
#include "tool/command.h"
#include "tool/commands.h"

namespace narthex::tool {

int CheckBlackboxConfig(const std::vector<std::string>& arguments, std::ostream& out,
                        std::ostream& problems) {
  cli::Flags flags("narthex-tool check blackbox-config",
                   "Checks the modules of the blackbox exporter. Exits with 0 when all files are "
                   "valid, else with 1.");
  const auto check = [&](const std::string& file) -> Status {
    ASSIGN_OR_RETURN(const blackbox::BlackboxConfig config, blackbox::LoadBlackboxConfig(file));
    for (const std::string& note : config.notes) out << file << ": " << note << "\n";
    out << file << " is valid, " << config.modules.size() << " modules\n";
    return {};
  };
  return RunCheck(flags, "A file in the format of blackbox_exporter.", arguments, out, problems,
                  check);
}

}  // namespace narthex::tool
