#include "common/http_server/static_files.h"

namespace narthex {
namespace {

constexpr std::string_view kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' "
    "data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view ContentTypeOf(std::string_view name) {
  if (name.ends_with(".html")) return kHtml;
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  return "text/javascript; charset=utf-8";
}

}  // namespace

HttpHandler ServeStaticFile(const StaticFile& file) {
  return [&file](const HttpRequest&, HttpResponse& response) {
    response.SetHeader("Content-Security-Policy", kContentPolicy);
    response.SetHeader("Cache-Control", "no-cache");
    response.Send(200, ContentTypeOf(file.name), file.content);
  };
}

void AddStaticFiles(Routes& routes, const std::string& prefix,
                    const std::vector<StaticFile>& files) {
  for (const StaticFile& file : files) {
    const std::string path = file.name == "index.html" ? "/" : "/static/" + std::string(file.name);
    routes.Get(prefix + path, ServeStaticFile(file));
  }
}

}  // namespace narthex
