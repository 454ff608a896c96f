// /api/v1/openapi.yaml: what this API takes and answers, for programs that generate clients.
#ifndef NARTHEX_SERVER_API_OPENAPI_H_
#define NARTHEX_SERVER_API_OPENAPI_H_

#include <string>

#include "common/http_server/routes.h"

namespace narthex::server {

// The document, by OpenAPI 3.1, or 3.2 where `version` begins so. `prefix` is the route prefix.
std::string OpenApiDocument(std::string_view version, std::string_view prefix);

struct OpenApi {
  std::string prefix;

  // openapi.yaml?openapi_version=.
  void AddRoutes(Routes& routes) const;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_OPENAPI_H_
