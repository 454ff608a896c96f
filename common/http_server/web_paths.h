// Where the pages are, by --web.route-prefix and --web.external-url, as the originals have them.
#ifndef NARTHEX_COMMON_HTTP_SERVER_WEB_PATHS_H_
#define NARTHEX_COMMON_HTTP_SERVER_WEB_PATHS_H_

#include <string>
#include <string_view>

namespace narthex {

// What stands before every path: the prefix, or where that is empty the path of the URL. Empty, or
// with a slash at its beginning and none at its end.
std::string RoutePrefix(std::string_view route_prefix, std::string_view external_url);

// Takes the prefix off the decoded path of a request: "/push/all" becomes "/all". False where the
// path is not below the prefix.
bool TakeRoutePrefix(std::string_view prefix, std::string& path);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_WEB_PATHS_H_
