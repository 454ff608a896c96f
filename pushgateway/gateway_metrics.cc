#include "pushgateway/gateway_metrics.h"

#include <vector>

namespace narthex::pushgateway {
namespace {

const std::vector<double> kQuantiles = {0.1, 0.5, 0.9};

std::string LowerCase(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// What the request took on the wire, but for its spaces and line ends.
double SizeOf(const HttpRequest& request) {
  size_t size = request.method.size() + request.path.size() + request.body.size();
  for (const auto& [name, value] : request.headers) size += name.size() + value.size();
  return static_cast<double>(size);
}

}  // namespace

GatewayMetrics::GatewayMetrics(Registry& registry, const Clock& clock)
    : clock_(clock),
      requests_(registry.AddCounterFamily("pushgateway_http_requests_total",
                                          "HTTP requests answered, without scrapes.",
                                          {"code", "handler", "method"})),
      seconds_(registry.AddSummaryFamily("pushgateway_http_push_duration_seconds",
                                         "Time from a push read to its answer.", {"method"},
                                         kQuantiles)),
      bytes_(registry.AddSummaryFamily("pushgateway_http_push_size_bytes",
                                       "Size of pushes as sent, headers included.", {"method"},
                                       kQuantiles)) {
  // These are there from the start, so that a rate sees the first of them.
  for (const std::string_view method : {"put", "post"}) {
    requests_.With({"200", "push", method});
    requests_.With({"400", "push", method});
    seconds_.With({method});
    bytes_.With({method});
  }
}

HttpHandler GatewayMetrics::Counted(std::string name, HttpHandler handler) {
  return [this, name = std::move(name), handler = std::move(handler)](const HttpRequest& request,
                                                                      HttpResponse& response) {
    handler(request, response);
    requests_.With({std::to_string(response.status()), name, LowerCase(request.method)}).Add();
  };
}

HttpHandler GatewayMetrics::CountedPush(HttpHandler handler) {
  return Counted("push", [this, handler = std::move(handler)](const HttpRequest& request,
                                                              HttpResponse& response) {
    const int64_t begin_ns = clock_.MonotonicNs();
    handler(request, response);
    const std::string_view method = request.method == "PUT" ? "put" : "post";
    seconds_.With({method}).Observe(static_cast<double>(clock_.MonotonicNs() - begin_ns) / 1e9);
    bytes_.With({method}).Observe(SizeOf(request));
  });
}

}  // namespace narthex::pushgateway
