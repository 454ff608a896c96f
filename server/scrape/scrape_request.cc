#include "server/scrape/scrape_request.h"

#include <algorithm>

#include "common/bytes/numbers.h"
#include "common/client/registry.h"

namespace narthex::server {
namespace {

using openmetrics::Format;

// Quality values count down from here, one a protocol, so that five and "anything" have room.
constexpr int kHighestQuality = 6;

std::string_view MediaType(Format format) {
  switch (format) {
    case Format::kText:
      return "text/plain;version=0.0.4";
    case Format::kText1:
      return "text/plain;version=1.0.0";
    case Format::kOpenMetrics:
      return "application/openmetrics-text;version=1.0.0";
    case Format::kOpenMetrics001:
      return "application/openmetrics-text;version=0.0.1";
    case Format::kProtobuf:
      return "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
             "encoding=delimited";
  }
  return {};
}

char AsciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string AcceptHeader(const std::vector<ScrapeProtocol>& protocols,
                         openmetrics::Escaping escaping) {
  std::string accept;
  int quality = kHighestQuality;
  for (const ScrapeProtocol protocol : protocols) {
    accept += MediaType(protocol.format);
    // The older formats know no escaping.
    if (protocol.format == Format::kText1 || protocol.format == Format::kOpenMetrics)
      accept.append(";escaping=").append(openmetrics::EscapingName(escaping));
    accept += ";q=0." + std::to_string(quality--) + ",";
  }
  return accept + "*/*;q=0." + std::to_string(quality);
}

std::vector<std::string> ScrapeHeaders(const Target& target) {
  const ScrapeConfig& job = target.config();
  const std::string accept = AcceptHeader(job.options.Protocols(), job.options.Escaping());
  return {"Accept: " + accept,
          std::string("Accept-Encoding: ") + (job.enable_compression ? "gzip" : "identity"),
          "User-Agent: Narthex/" + std::string(Version()),
          "X-Prometheus-Scrape-Timeout-Seconds: " + ExpositionDouble(target.timeout().seconds())};
}

Result<Format> FormatOfAnswer(std::string_view content_type, const ScrapeConfig& job) {
  std::string lower(content_type);
  std::transform(lower.begin(), lower.end(), lower.begin(), AsciiLower);
  const std::string_view type = std::string_view(lower).substr(0, lower.find_first_of("; \t"));
  if (const auto format = openmetrics::FormatOfContentType(content_type)) return *format;
  const auto by_type = openmetrics::FormatOfContentType(type);
  // Of protobuf only what says that it is delimited can be read.
  if (by_type && *by_type != Format::kProtobuf) return *by_type;
  if (job.fallback_scrape_protocol) return job.fallback_scrape_protocol->format;
  if (content_type.empty())
    return InvalidArgument("no Content-Type, and no fallback_scrape_protocol is configured");
  return InvalidArgument("unsupported Content-Type ", Quote(content_type),
                         ", and no fallback_scrape_protocol is configured");
}

uint64_t BodyLimit(const ScrapeConfig& job) {
  const uint64_t limit = job.options.body_size_limit.bytes;
  return limit == 0 ? kMaxBodyBytes : std::min(limit - 1, kMaxBodyBytes);
}

}  // namespace narthex::server
