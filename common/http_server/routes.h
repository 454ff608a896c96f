// Which handler answers which path.
//
//   Routes routes;
//   routes.Get("/-/healthy", handler);
//   routes.Add({"GET", "POST"}, "/api/v1/query", handler);
//   routes.Get("/api/v1/label/*", handler);   // a star at the end: any rest of the path
//
// The longest match wins. Fill before serving; Find is safe from many threads then.
#ifndef NARTHEX_COMMON_HTTP_SERVER_ROUTES_H_
#define NARTHEX_COMMON_HTTP_SERVER_ROUTES_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/http_server/message.h"

namespace narthex {

struct Route {
  std::vector<std::string> methods;
  std::string pattern;
  HttpHandler handler;
  bool raw_body = false;
};

class Routes {
 public:
  void Get(std::string pattern, HttpHandler handler) {
    Add({"GET"}, std::move(pattern), std::move(handler));
  }
  void Add(std::vector<std::string> methods, std::string pattern, HttpHandler handler);

  // As Add, for handlers that want any body as it came, even one that calls itself a form, as
  // everything does that curl sends.
  void AddRaw(std::vector<std::string> methods, std::string pattern, HttpHandler handler);

  // The route of a path, null when there is none.
  const Route* Find(std::string_view path) const;

  // Answers a request: by its route, or 404, or 405 for a method that the route does not take.
  // HEAD is answered as GET.
  void Serve(const HttpRequest& request, HttpResponse& response) const;

 private:
  std::vector<Route> routes_;
};

// The part of a path that a pattern's star stands for.
std::string_view RestOfPath(const HttpRequest& request, std::string_view pattern);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_ROUTES_H_
