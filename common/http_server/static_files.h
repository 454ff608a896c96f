// Pages of files that the executable holds. A page knows its server by the API's URLs only.
#ifndef NARTHEX_COMMON_HTTP_SERVER_STATIC_FILES_H_
#define NARTHEX_COMMON_HTTP_SERVER_STATIC_FILES_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/http_server/routes.h"

namespace narthex {

struct StaticFile {
  std::string_view name;
  std::string_view content;
  std::string_view digest;   // of the content, in hexadecimal digits
  size_t inflated_size = 0;  // where `content` is a gzip file: the bytes that it holds
  bool forever = false;      // whether other content would have another name
};

// Answers with the file, under a policy by which a page takes everything from its server alone and
// has nothing inline. What a browser has already is not sent again.
HttpHandler ServeStaticFile(const StaticFile& file);

// index.html at PREFIX/, all others at PREFIX/static/NAME. The files must outlive the routes.
void AddStaticFiles(Routes& routes, const std::string& prefix,
                    const std::vector<StaticFile>& files);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_STATIC_FILES_H_
