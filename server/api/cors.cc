#include "server/api/cors.h"

namespace narthex::server {

void SetCorsHeaders(const HttpRequest& request, const Regex& origins, HttpResponse& response) {
  response.SetHeader("Vary", "Origin");
  const std::string_view origin = request.Header("Origin");
  if (origin.empty() || !origins.Matches(origin)) return;
  response.SetHeader("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Origin");
  response.SetHeader("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  response.SetHeader("Access-Control-Expose-Headers", "Date");
  response.SetHeader("Access-Control-Allow-Origin", origins.pattern() == ".*" ? "*" : origin);
}

}  // namespace narthex::server
