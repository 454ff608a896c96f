#include "server/api/request_parameters.h"

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"
#include "server/promql/parser.h"

namespace narthex::server {

Status InvalidParameter(std::string_view name, const Status& status) {
  return InvalidArgument("invalid parameter ", Quote(name), ": ", status.message());
}

Result<uint64_t> ParseLimit(std::string_view text) {
  if (const auto limit = ParseUnsigned(text)) return *limit;
  return InvalidArgument("want a whole number from 0 up, got ", Quote(text));
}

Result<bool> ParseBoolean(std::string_view text) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return InvalidArgument("want true or false, got ", Quote(text));
}

Result<std::vector<std::vector<storage::Matcher>>> SelectorParameters(const HttpRequest& request) {
  std::vector<std::vector<storage::Matcher>> selectors;
  for (const std::string_view selector : request.parameters.GetAll("match[]")) {
    auto matchers = promql::ParseMatchers(selector);
    if (!matchers.ok()) return InvalidParameter("match[]", matchers.status());
    selectors.push_back(*std::move(matchers));
  }
  return selectors;
}

void SendBadData(HttpResponse& response, const Status& status) {
  SendJsonError(response, 400, "bad_data", status.message());
}

}  // namespace narthex::server
