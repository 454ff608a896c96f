// narthex-tool check healthy and check ready.
#include <iostream>

#include "common/cli/flags.h"
#include "tool/api_client.h"
#include "tool/commands.h"

namespace narthex::tool {
namespace {

int CheckPage(const std::string& name, const std::string& summary, const std::string& path,
              const std::vector<std::string>& arguments, std::ostream& out,
              std::ostream& problems) {
  ApiServer server{.url = "http://localhost:9090"};
  cli::Flags flags("narthex-tool check " + name, summary);
  flags.Add("url", &server.url, "The server.", "URL");
  flags.Add("http.config.file", &server.http_config_file,
            "How to reach the server: credentials, TLS and headers, as in http_config.", "FILE");
  std::string text;
  const auto run = flags.Parse(arguments, text);
  out << text;
  if (!run.ok()) {
    problems << run.message() << "\n";
    return kFailure;
  }
  if (!*run) return kSuccess;
  const auto page = AskPage(server, path);
  if (!page.ok()) {
    problems << page.message() << "\n";
    return kFailure;
  }
  if (page->http_status != 200) {
    problems << server.url << path << ": HTTP status " << page->http_status << "\n";
    return kFailure;
  }
  out << page->body;
  return kSuccess;
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
