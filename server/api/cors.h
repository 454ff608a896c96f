// Cross-origin requests: which pages of other servers a browser lets read our answers.
#ifndef NARTHEX_SERVER_API_CORS_H_
#define NARTHEX_SERVER_API_CORS_H_

#include "common/http_server/message.h"
#include "common/regex/regex.h"

namespace narthex::server {

// Sets the headers that let a page of the request's origin read the answer, where `origins` matches
// it; "*" for everybody where that is ".*". Semantics follow the reference's --web.cors.origin.
void SetCorsHeaders(const HttpRequest& request, const Regex& origins, HttpResponse& response);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_API_CORS_H_
