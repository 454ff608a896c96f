// narthex-tool check web-config.
#include <iostream>

#include "common/http_server/web_config.h"
#include "tool/command.h"
#include "tool/commands.h"

namespace narthex::tool {

int CheckWebConfig(const std::vector<std::string>& arguments, std::ostream& out,
                   std::ostream& problems) {
  cli::Flags flags("narthex-tool check web-config",
                   "Checks files of --web.config.file: TLS, users, headers and rate limit. Exits "
                   "with 0 when all are valid, else with 1.");
  const auto check = [&](const std::string& file) -> Status {
    RETURN_IF_ERROR(LoadWebConfig(file).status());
    out << file << " is valid\n";
    return {};
  };
  return RunCheck(flags, "A file in the format of the exporter toolkit.", arguments, out, problems,
                  check);
}

}  // namespace narthex::tool
