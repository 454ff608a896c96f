// The pages that every executable serves.
#ifndef NARTHEX_COMMON_HTTP_SERVER_STANDARD_PAGES_H_
#define NARTHEX_COMMON_HTTP_SERVER_STANDARD_PAGES_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/client/registry.h"
#include "common/http_server/routes.h"

namespace narthex {

// /-/healthy: always 200. /-/ready: 200 once `ready` says so, 503 before.
void AddHealthPages(Routes& routes, const std::string& program, std::function<bool()> ready);

// Answers a request with an exposition in the format that it asks for; `write` fills it.
void SendExposition(const HttpRequest& request, HttpResponse& response,
                    const std::function<void(openmetrics::ExpositionWriter&)>& write);

// / with a title, a sentence and links.
struct LandingLink {
  std::string path;
  std::string text;
};
void AddLandingPage(Routes& routes, std::string_view title, std::string_view sentence,
                    const std::vector<LandingLink>& links);

// Text with the characters that HTML gives a meaning replaced.
std::string EscapeHtml(std::string_view text);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_STANDARD_PAGES_H_
