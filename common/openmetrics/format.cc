#include "common/openmetrics/format.h"

#include <algorithm>
#include <vector>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"

namespace narthex::openmetrics {
namespace {

constexpr std::string_view kTextType = "text/plain";
constexpr std::string_view kOpenMetricsType = "application/openmetrics-text";
constexpr std::string_view kProtobufType = "application/vnd.google.protobuf";
constexpr std::string_view kProtobufMessage = "io.prometheus.client.MetricFamily";

// No client names more than a handful; what lies beyond is not looked at.
constexpr size_t kMaxRanges = 64;

// Cuts the part before the first separator off the front of `text`.
std::string_view CutPart(std::string_view& text, char separator) {
  const size_t end = text.find(separator);
  const std::string_view part = TrimBlanks(text.substr(0, end));
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
  std::string_view proto;
  std::string_view encoding;
  std::string_view escaping;
  double quality = 1;
};

MediaRange ParseMediaRange(std::string_view text) {
  MediaRange range;
  range.type = CutPart(text, ';');
  while (!text.empty()) {
    std::string_view value = CutPart(text, ';');
    const std::string_view key = CutPart(value, '=');
    value = Unquote(TrimBlanks(value));
    if (key == "version") range.version = value;
    if (key == "proto") range.proto = value;
    if (key == "encoding") range.encoding = value;
    if (key == "escaping") range.escaping = value;
    if (key == "q") range.quality = ParseDouble(value).value_or(0);
  }
  return range;
}

// The ranges of an Accept header, best first.
std::vector<MediaRange> ParseAccept(std::string_view accept) {
  std::vector<MediaRange> ranges;
  while (!accept.empty() && ranges.size() < kMaxRanges) {
    ranges.push_back(ParseMediaRange(CutPart(accept, ',')));
    if (!(ranges.back().quality > 0)) ranges.pop_back();
  }
  std::stable_sort(ranges.begin(), ranges.end(),
                   [](const MediaRange& a, const MediaRange& b) { return a.quality > b.quality; });
  return ranges;
}

std::optional<Format> FormatOfRange(const MediaRange& range) {
  if (range.type == kOpenMetricsType) {
    if (range.version.empty() || range.version == "0.0.1") return Format::kOpenMetrics001;
    if (range.version == "1.0.0") return Format::kOpenMetrics;
  } else if (range.type == kTextType) {
    if (range.version.empty() || range.version == "0.0.4") return Format::kText;
    if (range.version == "1.0.0") return Format::kText1;
  } else if (range.type == kProtobufType) {
    if (range.proto == kProtobufMessage && range.encoding == "delimited") return Format::kProtobuf;
  } else if (range.type == "text/*" || range.type == "*/*") {
    return Format::kText;
  }
  return std::nullopt;
}

struct EscapingRow {
  Escaping escaping;
  std::string_view name;
};
constexpr EscapingRow kEscapings[] = {{Escaping::kUnderscores, "underscores"},
                                      {Escaping::kAllowUtf8, "allow-utf-8"},
                                      {Escaping::kDots, "dots"},
                                      {Escaping::kValues, "values"}};

}  // namespace

std::string ContentType(Exposition exposition) {
  std::string type;
  switch (exposition.format) {
    case Format::kText:
      type = "text/plain; version=0.0.4; charset=utf-8";
      break;
    case Format::kText1:
      type = "text/plain; version=1.0.0; charset=utf-8";
      break;
    case Format::kOpenMetrics:
      type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
      break;
    case Format::kOpenMetrics001:
      type = "application/openmetrics-text; version=0.0.1; charset=utf-8";
      break;
    case Format::kProtobuf:
      type =
          "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
          "encoding=delimited";
      break;
  }
  return type.append("; escaping=").append(EscapingName(exposition.escaping));
}

std::string_view EscapingName(Escaping escaping) {
  for (const EscapingRow& row : kEscapings) {
    if (row.escaping == escaping) return row.name;
  }
  return {};
}

Exposition Negotiate(std::string_view accept) {
  Exposition exposition;
  for (const MediaRange& range : ParseAccept(accept)) {
    for (const EscapingRow& row : kEscapings) {
      if (row.name == range.escaping) exposition.escaping = row.escaping;
    }
    if (const auto format = FormatOfRange(range)) {
      exposition.format = *format;
      break;
    }
  }
  return exposition;
}

std::optional<Format> FormatOfContentType(std::string_view content_type) {
  const MediaRange range = ParseMediaRange(content_type);
  if (range.type == kOpenMetricsType) {
    return range.version == "0.0.1" ? Format::kOpenMetrics001 : Format::kOpenMetrics;
  }
  if (range.type == kTextType) return range.version == "1.0.0" ? Format::kText1 : Format::kText;
  if (range.type == kProtobufType) {
    const bool known = (range.proto.empty() || range.proto == kProtobufMessage) &&
                       (range.encoding.empty() || range.encoding == "delimited");
    return known ? std::optional(Format::kProtobuf) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace narthex::openmetrics
