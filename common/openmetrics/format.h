// The exposition formats and how a client and a server agree on one.
#ifndef NARTHEX_COMMON_OPENMETRICS_FORMAT_H_
#define NARTHEX_COMMON_OPENMETRICS_FORMAT_H_

#include <optional>
#include <string_view>

namespace narthex::openmetrics {

enum class Format : unsigned char {
  kText,         // Prometheus text 0.0.4
  kOpenMetrics,  // OpenMetrics text 1.0.0
};

// The Content-Type that an answer in this format carries.
std::string_view ContentType(Format format);

// What a scrape sends as Accept.
std::string_view ScrapeAccept();

// The format an answer should have for a request's Accept header: the one with the highest quality
// value, text 0.0.4 where nothing known is accepted.
Format NegotiateFormat(std::string_view accept);

// The format that a Content-Type announces; nothing for a type that is no exposition.
std::optional<Format> FormatOfContentType(std::string_view content_type);

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_FORMAT_H_
