// Asks a server's HTTP API, one request at a time.
#ifndef NARTHEX_TOOL_API_CLIENT_H_
#define NARTHEX_TOOL_API_CLIENT_H_

#include <string>
#include <utility>
#include <vector>

#include "common/cli/flags.h"
#include "common/config/node.h"
#include "common/status/status.h"

namespace narthex::tool {

struct ApiServer {
  std::string url;                   // with or without scheme and path
  std::vector<std::string> headers;  // "Name: value"
  std::string http_config_file;      // http_config fields in YAML; empty: none
};

// Declares --http.config.file.
void AddHttpConfigFlag(cli::Flags& flags, ApiServer& server);

using ApiParameters = std::vector<std::pair<std::string, std::string>>;

struct ApiAnswer {
  config::Node data;
  std::vector<std::string> warnings;  // and infos
};

// kUnavailable where there is no answer; kInvalidArgument "TYPE: message" where it is an error.
Result<ApiAnswer> AskApi(const ApiServer& server, const std::string& path,
                         const ApiParameters& parameters);

// Asks for a page that is no API. kUnavailable where there is no answer.
struct Page {
  int http_status = 0;
  std::string body;
};
Result<Page> AskPage(const ApiServer& server, const std::string& path);

}  // namespace narthex::tool

#endif  // NARTHEX_TOOL_API_CLIENT_H_
