// The web page: static files, in the executable. The page knows the server by its API's URLs only.
#ifndef NARTHEX_SERVER_UI_UI_H_
#define NARTHEX_SERVER_UI_UI_H_

#include <string_view>
#include <vector>

#include "common/http_server/routes.h"

namespace narthex::server {

struct UiFile {
  std::string_view name;
  std::string_view content;
};

// Generated from server/ui/static at build time.
const std::vector<UiFile>& UiFiles();

// / and /static/….
void AddUiRoutes(Routes& routes);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_UI_UI_H_
