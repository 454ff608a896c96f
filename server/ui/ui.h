// The web page of the server.
#ifndef NARTHEX_SERVER_UI_UI_H_
#define NARTHEX_SERVER_UI_UI_H_

#include <vector>

#include "common/http_server/static_files.h"

namespace narthex::server {

// Generated from server/ui/static at build time.
const std::vector<StaticFile>& UiFiles();

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_UI_UI_H_
