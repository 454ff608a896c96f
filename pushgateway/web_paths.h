// Where the pages are, by --web.route-prefix and --web.external-url.
#ifndef NARTHEX_PUSHGATEWAY_WEB_PATHS_H_
#define NARTHEX_PUSHGATEWAY_WEB_PATHS_H_

#include <string>
#include <string_view>

namespace narthex::pushgateway {

// What stands before every path: the prefix, or where that is empty the path of the URL. Empty, or
// with a slash at its beginning and none at its end.
std::string RoutePrefix(std::string_view route_prefix, std::string_view external_url);

}  // namespace narthex::pushgateway

#endif  // NARTHEX_PUSHGATEWAY_WEB_PATHS_H_
