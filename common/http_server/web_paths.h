// Where the pages are, by --web.route-prefix and --web.external-url.
#ifndef NARTHEX_COMMON_HTTP_SERVER_WEB_PATHS_H_
#define NARTHEX_COMMON_HTTP_SERVER_WEB_PATHS_H_

#include <string>
#include <string_view>

namespace narthex {

// What stands before every path: the prefix, or where that is empty the path of the URL. Empty, or
// with a slash at its beginning and none at its end.
std::string RoutePrefix(std::string_view route_prefix, std::string_view external_url);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_WEB_PATHS_H_
