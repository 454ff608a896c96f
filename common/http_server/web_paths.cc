#include "common/http_server/web_paths.h"

namespace narthex {
namespace {

// "/pg/" of "https://example.org:9091/pg/?q#f".
std::string_view PathOfUrl(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
    const size_t slash = url.find_first_of("/?#");
    url.remove_prefix(slash == std::string_view::npos ? url.size() : slash);
  }
  return url.substr(0, url.find_first_of("?#"));
}

}  // namespace

std::string RoutePrefix(std::string_view route_prefix, std::string_view external_url) {
  std::string prefix(route_prefix.empty() ? PathOfUrl(external_url) : route_prefix);
  while (prefix.ends_with('/')) prefix.pop_back();
  if (!prefix.empty() && prefix.front() != '/') prefix.insert(prefix.begin(), '/');
  return prefix;
}

bool TakeRoutePrefix(std::string_view prefix, std::string& path) {
  const bool below = path.size() > prefix.size() && path[prefix.size()] == '/' &&
                     std::string_view(path).substr(0, prefix.size()) == prefix;
  if (below) path.erase(0, prefix.size());
  return below;
}

}  // namespace narthex
