// Parameters of a request, with the errors that name them.
#ifndef NARTHEX_SERVER_API_REQUEST_PARAMETERS_H_
#define NARTHEX_SERVER_API_REQUEST_PARAMETERS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/http_server/message.h"
#include "common/status/status.h"
#include "server/storage/matcher.h"

namespace narthex::server {

// "invalid parameter "step": …".
Status InvalidParameter(std::string_view name, const Status& status);

// A parameter that may be absent or empty.
template <typename T>
Result<T> Parameter(const HttpRequest& request, std::string_view name,
                    Result<T> (*parse)(std::string_view), T absent) {
  const std::string_view text = request.parameters.Get(name);
  if (text.empty()) return absent;
  auto parsed = parse(text);
  if (!parsed.ok()) return InvalidParameter(name, parsed.status());
  return parsed;
}

// A whole number from 0 up.
Result<uint64_t> ParseLimit(std::string_view text);

// As Go's strconv.ParseBool: 1, t, true, 0, f, false, in small, big or first big letters.
Result<bool> ParseBoolean(std::string_view text);

// Every match[]: a series must satisfy all matchers of any one.
Result<std::vector<std::vector<storage::Matcher>>> SelectorParameters(const HttpRequest& request);

// 400, bad_data.
void SendBadData(HttpResponse& response, const Status& status);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_REQUEST_PARAMETERS_H_
