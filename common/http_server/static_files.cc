#include "common/http_server/static_files.h"

#include "common/compression/decompress.h"
#include "common/http_server/gzip.h"

namespace narthex {
namespace {

constexpr std::string_view kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' "
    "data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view ContentTypeOf(std::string_view name) {
  if (name.ends_with(".html")) return kHtml;
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "text/javascript; charset=utf-8";
}

// A list of tags, or a star for any; a proxy that compresses makes a tag weak.
bool HasTag(std::string_view if_none_match, std::string_view tag) {
  return if_none_match == "*" || if_none_match.find(tag) != std::string_view::npos;
}

void SendContent(const HttpRequest& request, HttpResponse& response, const StaticFile& file) {
  const std::string_view type = ContentTypeOf(file.name);
  if (file.inflated_size == 0) return response.Send(200, type, file.content);
  if (!AcceptsGzip(request.Header("Accept-Encoding"))) {
    const auto inflated = Gunzip(file.content, file.inflated_size);
    if (!inflated.ok()) return response.Send(500, kPlainText, inflated.message());
    return response.Send(200, type, *inflated);
  }
  response.SetHeader("Content-Encoding", "gzip");
  response.Send(200, type, file.content);
}

}  // namespace

HttpHandler ServeStaticFile(const StaticFile& file) {
  const std::string tag = "\"" + std::string(file.digest) + "\"";
  return [&file, tag](const HttpRequest& request, HttpResponse& response) {
    response.SetHeader("Content-Security-Policy", kContentPolicy);
    response.SetHeader("Cache-Control",
                       file.forever ? "public, max-age=31536000, immutable" : "no-cache");
    response.SetHeader("ETag", "W/" + tag);  // one for both encodings
    if (HasTag(request.Header("If-None-Match"), tag))
      return response.Send(304, ContentTypeOf(file.name), "");
    SendContent(request, response, file);
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
