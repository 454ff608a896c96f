#include "common/openmetrics/format.h"

#include "common/bytes/numbers.h"

namespace narthex::openmetrics {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Cuts the part before the first separator off the front of `text`.
std::string_view CutPart(std::string_view& text, char separator) {
  const size_t end = text.find(separator);
  const std::string_view part = Trim(text.substr(0, end));
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return part;
}

std::string_view Unquote(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

struct MediaRange {
  std::string_view type;
  std::string_view version;
  double quality = 1;
};

MediaRange ParseMediaRange(std::string_view text) {
  MediaRange range;
  range.type = CutPart(text, ';');
  while (!text.empty()) {
    std::string_view value = CutPart(text, ';');
    const std::string_view key = CutPart(value, '=');
    value = Unquote(Trim(value));
    if (key == "version") range.version = value;
    if (key == "q") range.quality = ParseDouble(value).value_or(0);
  }
  return range;
}

std::optional<Format> FormatOfRange(const MediaRange& range) {
  if (range.type == "application/openmetrics-text") {
    const bool known =
        range.version.empty() || range.version == "1.0.0" || range.version == "0.0.1";
    return known ? std::optional(Format::kOpenMetrics) : std::nullopt;
  }
  if (range.type == "text/plain" || range.type == "text/*" || range.type == "*/*") {
    const bool known = range.version.empty() || range.version == "0.0.4";
    return known ? std::optional(Format::kText) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::string_view ContentType(Format format) {
  return format == Format::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

std::string_view ScrapeAccept() {
  return "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/"
         "*;q=0.2";
}

Format NegotiateFormat(std::string_view accept) {
  Format best = Format::kText;
  double best_quality = 0;
  while (!accept.empty()) {
    const MediaRange range = ParseMediaRange(CutPart(accept, ','));
    const auto format = FormatOfRange(range);
    if (format && range.quality > best_quality) {
      best = *format;
      best_quality = range.quality;
    }
  }
  return best;
}

std::optional<Format> FormatOfContentType(std::string_view content_type) {
  const MediaRange range = ParseMediaRange(content_type);
  if (range.type == "application/openmetrics-text") return Format::kOpenMetrics;
  if (range.type == "text/plain") return Format::kText;
  return std::nullopt;
}

}  // namespace narthex::openmetrics
