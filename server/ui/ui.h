// The web page of the server: one document for all its pages, and what it loads.
#ifndef NARTHEX_SERVER_UI_UI_H_
#define NARTHEX_SERVER_UI_UI_H_

#include <string>
#include <vector>

#include "common/http_server/static_files.h"

namespace narthex::server {

// Built from server/ui/src by npm, or server/ui/fallback where there is none.
const std::vector<StaticFile>& UiFiles();

// The document at PREFIX/ and at the path of each of its pages, and its files below PREFIX/static/.
// The page takes all its URLs relative to its own, so all are one level deep.
void AddUi(Routes& routes, const std::string& prefix);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_UI_UI_H_
