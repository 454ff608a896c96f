#include "server/ui/ui.h"

namespace narthex::server {
namespace {

// Everything comes from this server, and nothing is inline.
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

void AddUiRoutes(Routes& routes) {
  for (const UiFile& file : UiFiles()) {
    const std::string path = file.name == "index.html" ? "/" : "/static/" + std::string(file.name);
    routes.Get(path, [&file](const HttpRequest&, HttpResponse& response) {
      response.SetHeader("Content-Security-Policy", kContentPolicy);
      response.SetHeader("Cache-Control", "no-cache");
      response.Send(200, ContentTypeOf(file.name), file.content);
    });
  }
}

}  // namespace narthex::server
