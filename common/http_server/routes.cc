#include "common/http_server/routes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace narthex {
namespace {

bool Matches(std::string_view pattern, std::string_view path) {
  if (pattern.empty() || pattern.back() != '*') return pattern == path;
  pattern.remove_suffix(1);
  return path.substr(0, pattern.size()) == pattern;
}

}  // namespace

void Routes::Add(std::vector<std::string> methods, std::string pattern, HttpHandler handler) {
  routes_.push_back({std::move(methods), std::move(pattern), std::move(handler)});
}

void Routes::AddRaw(std::vector<std::string> methods, std::string pattern, HttpHandler handler) {
  routes_.push_back({std::move(methods), std::move(pattern), std::move(handler), true});
}

const Route* Routes::Find(std::string_view path) const {
  const Route* best = nullptr;
  for (const Route& route : routes_) {
    if (!Matches(route.pattern, path)) continue;
    if (best == nullptr || route.pattern.size() > best->pattern.size()) best = &route;
  }
  return best;
}

void Routes::Serve(const HttpRequest& request, HttpResponse& response) const {
  const Route* route = Find(request.path);
  if (route == nullptr) {
    response.Send(404, kPlainText, fmt::format("no page at {}\n", Quote(request.path)));
    return;
  }
  const std::string_view method =
      request.method == "HEAD" ? std::string_view("GET") : request.method;
  if (std::find(route->methods.begin(), route->methods.end(), method) == route->methods.end()) {
    response.SetHeader("Allow", fmt::format("{}", fmt::join(route->methods, ", ")));
    response.Send(405, kPlainText,
                  fmt::format("method {} is not for this page\n", Quote(request.method)));
    return;
  }
  route->handler(request, response);
}

std::string_view RestOfPath(const HttpRequest& request, std::string_view pattern) {
  return std::string_view(request.path).substr(std::min(request.path.size(), pattern.size() - 1));
}

}  // namespace narthex
