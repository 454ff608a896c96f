// The exposition formats and how a client and a server agree on one.
#ifndef NARTHEX_COMMON_OPENMETRICS_FORMAT_H_
#define NARTHEX_COMMON_OPENMETRICS_FORMAT_H_

#include <optional>
#include <string>
#include <string_view>

namespace narthex::openmetrics {

enum class Format : unsigned char {
  kText,            // Prometheus text 0.0.4
  kText1,           // Prometheus text 1.0.0: the same, where names may be any UTF-8
  kOpenMetrics,     // OpenMetrics text 1.0.0
  kOpenMetrics001,  // OpenMetrics text 0.0.1, which differs in nothing that we write or read
  kProtobuf,        // io.prometheus.client.MetricFamily messages, each after its size
};

inline bool IsOpenMetrics(Format format) {
  return format == Format::kOpenMetrics || format == Format::kOpenMetrics001;
}

// What names of metrics and labels may be.
enum class NameScheme : unsigned char {
  kLegacy,  // [a-zA-Z_:][a-zA-Z0-9_:]*, labels without the colon
  kUtf8,    // any UTF-8 but the empty name
};

// What becomes of a name that is not legacy when it is written for a reader that may not take it.
enum class Escaping : unsigned char {
  kUnderscores,  // what is not legacy becomes "_"
  kAllowUtf8,    // nothing: the name is quoted
  kDots,         // "." becomes "_dot_", "_" and all else "__"
  kValues,       // "U__" in front, each rune as "_1f600_", "_" as "__"; can be undone
};

// What an answer is written in.
struct Exposition {
  Format format = Format::kText;
  Escaping escaping = Escaping::kUnderscores;
};

// The Content-Type that an answer carries: type, version, charset and escaping.
std::string ContentType(Exposition exposition);

// "allow-utf-8", as Content-Type and Accept spell it.
std::string_view EscapingName(Escaping escaping);

// What an answer to a request with this Accept header should be written in: the known format of the
// highest quality value, the earlier one among equals, text 0.0.4 where there is none or any
// will do. The escaping is that of the ranges up to the one taken, else underscores; so does the
// reference (common/expfmt).
Exposition Negotiate(std::string_view accept);

// The format that a Content-Type announces; nothing for a type that is no exposition.
std::optional<Format> FormatOfContentType(std::string_view content_type);

}  // namespace narthex::openmetrics

#endif  // NARTHEX_COMMON_OPENMETRICS_FORMAT_H_
