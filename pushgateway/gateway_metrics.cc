#include "pushgateway/gateway_metrics.h"

#include <algorithm>
#include <limits>

#include "common/bytes/numbers.h"

namespace narthex::pushgateway {
namespace {

constexpr double kQuantiles[] = {0.1, 0.5, 0.9};

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

void RecentSummary::Observe(double value) {
  const std::lock_guard lock(mutex_);
  recent_[count_++ % kRecent] = value;
  sum_ += value;
}

void RecentSummary::WriteTo(openmetrics::Family& family, std::string_view method) const {
  std::unique_lock lock(mutex_);
  auto sorted = recent_;
  const uint64_t count = count_;
  const double sum = sum_;
  lock.unlock();
  const size_t size = std::min<uint64_t>(count, kRecent);
  std::sort(sorted.begin(), sorted.begin() + static_cast<ptrdiff_t>(size));
  for (const double quantile : kQuantiles) {
    const auto rank = static_cast<size_t>(quantile * static_cast<double>(size));
    const double value = size == 0 ? std::numeric_limits<double>::quiet_NaN() : sorted[rank];
    family.Sample({{"method", method}, {"quantile", ExpositionDouble(quantile)}}, value);
  }
  const Label label{"method", method};
  family.Sample("_sum", &label, 1, sum);
  family.Sample("_count", &label, 1, static_cast<double>(count));
}

GatewayMetrics::GatewayMetrics(Registry& registry, const Clock& clock)
    : clock_(clock),
      requests_(registry.AddCounterFamily("pushgateway_http_requests_total",
                                          "HTTP requests answered, without scrapes.",
                                          {"code", "handler", "method"})) {
  // These are there from the start, so that a rate sees the first of them.
  for (const std::string_view method : {"put", "post"}) {
    requests_.With({"200", "push", method});
    requests_.With({"400", "push", method});
  }
  registry.AddComputed([this](openmetrics::ExpositionWriter& out) {
    using openmetrics::Type;
    auto& seconds = out.Add("pushgateway_http_push_duration_seconds", Type::kSummary,
                            "Time from a push read to its answer; quantiles of the last 1024.");
    auto& bytes = out.Add("pushgateway_http_push_size_bytes", Type::kSummary,
                          "Size of pushes as sent, headers included; quantiles of the last 1024.");
    put_.seconds.WriteTo(seconds, "put");
    post_.seconds.WriteTo(seconds, "post");
    put_.bytes.WriteTo(bytes, "put");
    post_.bytes.WriteTo(bytes, "post");
  });
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
    Pushes& pushes = request.method == "PUT" ? put_ : post_;
    pushes.seconds.Observe(static_cast<double>(clock_.MonotonicNs() - begin_ns) / 1e9);
    pushes.bytes.Observe(SizeOf(request));
  });
}

}  // namespace narthex::pushgateway
