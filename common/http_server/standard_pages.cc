#include "common/http_server/standard_pages.h"

#include <fmt/format.h>

#include "common/openmetrics/formats.h"

namespace narthex {

void AddHealthPages(Routes& routes, const std::string& program, std::function<bool()> ready) {
  routes.Get("/-/healthy", [program](const HttpRequest&, HttpResponse& response) {
    response.Send(200, kPlainText, program + " is healthy.\n");
  });
  routes.Get("/-/ready",
             [program, ready = std::move(ready)](const HttpRequest&, HttpResponse& response) {
               if (ready()) {
                 response.Send(200, kPlainText, program + " is ready.\n");
               } else {
                 response.Send(503, kPlainText, program + " is starting.\n");
               }
             });
}

void SendExposition(const HttpRequest& request, HttpResponse& response,
                    const std::function<void(openmetrics::ExpositionWriter&)>& write) {
  const openmetrics::Exposition exposition = openmetrics::Negotiate(request.Header("Accept"));
  const bool is_protobuf = exposition.format == openmetrics::Format::kProtobuf;
  openmetrics::ExpositionWriter writer(is_protobuf ? openmetrics::Format::kText
                                                   : exposition.format);
  write(writer);
  std::string body;
  writer.Finish(body);
  if (is_protobuf) {
    // Seldom asked for: by way of text, so that exporters need only one way to write.
    const auto families = ReadFamilies(body, writer.format(), openmetrics::NameScheme::kUtf8);
    if (!families.ok()) return response.Send(500, kPlainText, std::string(families.message()));
    body.clear();
    WriteFamilies(*families, exposition, body);
  }
  response.Send(200, openmetrics::ContentType(exposition), body);
}

void AddLandingPage(Routes& routes, std::string_view title, std::string_view sentence,
                    const std::vector<LandingLink>& links) {
  std::string items;
  for (const LandingLink& link : links) {
    items += fmt::format("<li><a href=\"{}\">{}</a></li>\n", EscapeHtml(link.path),
                         EscapeHtml(link.text));
  }
  const std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" "
      "content=\"light dark\">\n"
      "<title>{0}</title></head>\n<body>\n<h1>{0}</h1>\n<p>{1}</p>\n<ul>\n{2}</ul>\n<p>Version "
      "{3}</p>\n</body></html>\n",
      EscapeHtml(title), EscapeHtml(sentence), items, Version());
  routes.Get("/", [page](const HttpRequest&, HttpResponse& response) {
    response.SetHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    response.Send(200, kHtml, page);
  });
}

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace narthex
