// narthex-tool check healthy and check ready.
#include <iostream>

#include "tool/api_client.h"
#include "tool/command.h"
#include "tool/commands.h"

namespace narthex::tool {
namespace {

int CheckPage(const std::string& name, const std::string& summary, const std::string& path,
              const std::vector<std::string>& arguments, std::ostream& out,
              std::ostream& problems) {
  ApiServer server{.url = "http://localhost:9090"};
  cli::Flags flags("narthex-tool check " + name, summary);
  flags.Add("url", &server.url, "The server.", "URL");
  AddHttpConfigFlag(flags, server);
  return RunCommand(flags, arguments, out, problems, [&]() -> Status {
    ASSIGN_OR_RETURN(const Page page, AskPage(server, path));
    if (page.http_status != 200)
      return Unavailable(server.url, path, ": HTTP status ", std::to_string(page.http_status));
    out << page.body;
    return {};
  });
}

}  // namespace

int CheckHealthy(const std::vector<std::string>& arguments, std::ostream& out,
                 std::ostream& problems) {
  return CheckPage("healthy",
                   "Asks a server whether it is healthy. Exits with 0 if so, else with 1.",
                   "/-/healthy", arguments, out, problems);
}

int CheckReady(const std::vector<std::string>& arguments, std::ostream& out,
               std::ostream& problems) {
  return CheckPage("ready", "Asks a server whether it is ready. Exits with 0 if so, else with 1.",
                   "/-/ready", arguments, out, problems);
}

}  // namespace narthex::tool
