#include "common/openmetrics/parser.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "common/bytes/numbers.h"

namespace narthex::openmetrics {
namespace {

constexpr size_t kNone = std::string_view::npos;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// OpenMetrics counts in seconds; the reference cuts them to whole milliseconds.
std::optional<int64_t> ParseSecondsAsMs(std::string_view text) {
  const auto seconds = ParseSampleValue(text);
  if (!seconds || !std::isfinite(*seconds)) return std::nullopt;
  return WholeMs(*seconds * 1000);
}

// Text counts in milliseconds since 1970, and the reference takes no sign.
std::optional<int64_t> ParseDigits(std::string_view text) {
  return !text.empty() && IsDigit(text[0]) ? ParseInteger(text) : std::nullopt;
}

}  // namespace

// The space between two parts: exactly one in OpenMetrics, any run of blanks in text.
bool ExpositionParser::TakeBlank() { return strict() ? cursor_.Take(' ') : cursor_.SkipBlanks(); }

Status ExpositionParser::TakeLineEnd() {
  if (!strict()) cursor_.SkipBlanks();
  if (cursor_.Take('\n') || (cursor_.AtEnd() && !strict())) return {};
  return cursor_.Fail(cursor_.at,
                      cursor_.AtEnd() ? "line without end" : "unexpected text after the sample");
}

Result<Entry> ExpositionParser::Next() {
  for (;;) {
    cursor_.line_start = cursor_.at;
    if (!strict()) cursor_.SkipBlanks();
    if (cursor_.AtEnd()) {
      if (strict()) return cursor_.Fail(cursor_.at, "body does not end with # EOF");
      return Entry::kEnd;
    }
    if (cursor_.Peek() == '\n' && !strict()) {
      ++cursor_.at;
      continue;
    }
    if (cursor_.Peek() != '#') {
      RETURN_IF_ERROR(ParseSample());
      return Entry::kSample;
    }
    ASSIGN_OR_RETURN(const std::optional<Entry> entry, ParseComment());
    if (entry) return *entry;
  }
}

// A line that begins with '#': metadata, the end, or in text format a remark to pass over.
Result<std::optional<Entry>> ExpositionParser::ParseComment() {
  ++cursor_.at;
  const bool spaced = TakeBlank();
  std::string_view keyword = spaced ? cursor_.TakeWord() : std::string_view();
  // In text a keyword alone is a remark too.
  if (!strict() && !IsBlank(cursor_.Peek())) keyword = {};
  const auto wrap = [](Result<Entry> entry) -> Result<std::optional<Entry>> {
    if (!entry.ok()) return entry.status();
    return std::optional<Entry>(*entry);
  };
  if (keyword == "HELP") return wrap(ParseMetadataLine(Entry::kHelp));
  if (keyword == "TYPE") return wrap(ParseMetadataLine(Entry::kType));
  if (strict()) {
    if (keyword == "UNIT") return wrap(ParseMetadataLine(Entry::kUnit));
    if (keyword == "EOF") return wrap(TakeEof());
    return cursor_.Fail(cursor_.line_start, "want # HELP, # TYPE, # UNIT or # EOF");
  }
  const size_t end = cursor_.body.find('\n', cursor_.at);
  cursor_.at = end == kNone ? cursor_.body.size() : end + 1;
  return std::optional<Entry>();
}

Result<Entry> ExpositionParser::TakeEof() {
  cursor_.Take('\n');
  if (!cursor_.AtEnd()) return cursor_.Fail(cursor_.at, "text after # EOF");
  return Entry::kEnd;
}

Result<Entry> ExpositionParser::ParseMetadataLine(Entry kind) {
  if (!TakeBlank()) return cursor_.Fail(cursor_.at, "want a metric name");
  if (cursor_.Peek() == '"') {
    ASSIGN_OR_RETURN(metadata_.family, cursor_.TakeQuoted("metric name", true));
  } else {
    metadata_.family = cursor_.TakeName(true);
  }
  if (metadata_.family.empty()) return cursor_.Fail(cursor_.at, "want a metric name");
  if (strict() && cursor_.Peek() != ' ') {
    return cursor_.Fail(cursor_.at, "want a space after the metric name");
  }
  const size_t end = std::min(cursor_.body.find('\n', cursor_.at), cursor_.body.size());
  if (end == cursor_.body.size() && strict()) return cursor_.Fail(end, "line without end");
  // The text is the rest but for one byte, which in text format may be any.
  const size_t begin = std::min(cursor_.at + 1, end);
  metadata_.text = cursor_.body.substr(begin, end - begin);
  RETURN_IF_ERROR(CheckMetadata(kind, begin));
  cursor_.at = std::min(end + 1, cursor_.body.size());
  return kind;
}

Status ExpositionParser::CheckMetadata(Entry kind, size_t begin) const {
  const std::string_view text = metadata_.text;
  if (kind == Entry::kHelp && !IsValidUtf8(text)) return cursor_.Fail(begin, "help is not UTF-8");
  if (kind == Entry::kType) {
    constexpr std::string_view kText[] = {"counter", "gauge", "histogram", "summary", "untyped"};
    constexpr std::string_view kOpenMetrics[] = {"counter", "gauge", "histogram", "gaugehistogram",
                                                 "summary", "info",  "stateset",  "unknown"};
    const bool known = strict()
                           ? std::find(std::begin(kOpenMetrics), std::end(kOpenMetrics), text) !=
                                 std::end(kOpenMetrics)
                           : std::find(std::begin(kText), std::end(kText), text) != std::end(kText);
    if (!known) return cursor_.Fail(begin, "unknown metric type " + Quote(text));
  }
  if (kind == Entry::kUnit && !text.empty()) {
    const std::string_view family = metadata_.family;
    const bool fits = family.size() > text.size() &&
                      family.substr(family.size() - text.size()) == text &&
                      family[family.size() - text.size() - 1] == '_';
    if (!fits) {
      return cursor_.Fail(begin, "unit " + Quote(text) + " does not end the name " + Quote(family));
    }
  }
  return {};
}

Status ExpositionParser::ParseSample() {
  const size_t begin = cursor_.at;
  exemplar_.reset();
  spans_.clear();
  name_quoted_ = false;
  name_ = cursor_.TakeName(true);
  size_t series_end = cursor_.at;
  if (!strict()) cursor_.SkipBlanks();
  if (cursor_.Peek() == '{') {
    RETURN_IF_ERROR(ParseLabelBlock(spans_, false));
    series_end = cursor_.at;
  } else {
    cursor_.at = series_end;
  }
  if (name_.empty()) return cursor_.Fail(cursor_.at, "want a metric name");
  sample_.series = cursor_.body.substr(begin, series_end - begin);
  // In text nothing need stand before the value.
  if (!TakeBlank() && strict()) return cursor_.Fail(cursor_.at, "want a space and a value");
  ASSIGN_OR_RETURN(sample_.value, TakeValue());
  ASSIGN_OR_RETURN(sample_.timestamp_ms, TakeTimestamp());
  if (strict() && cursor_.body.substr(cursor_.at, 3) == " # ") RETURN_IF_ERROR(ParseExemplar());
  return TakeLineEnd();
}

// {name="value", ...}: at most one comma at the end; a quoted text alone is the metric's name.
Status ExpositionParser::ParseLabelBlock(std::vector<LabelSpan>& spans, bool of_exemplar) {
  const size_t open = cursor_.at++;
  for (;;) {
    if (!strict()) cursor_.SkipBlanks();
    if (cursor_.Take('}')) return {};
    if (cursor_.AtEnd() || cursor_.Peek() == '\n')
      return cursor_.Fail(open, "label block not closed");
    RETURN_IF_ERROR(ParseLabel(spans, of_exemplar));
  }
}

// A label and the comma after it, which in text may be missing. Quoted texts span lines where the
// reference's do.
Status ExpositionParser::ParseLabel(std::vector<LabelSpan>& spans, bool of_exemplar) {
  LabelSpan span{{}, {}, cursor_.Peek() == '"'};
  const size_t begin = cursor_.at;
  if (span.name_quoted) {
    ASSIGN_OR_RETURN(span.name, cursor_.TakeQuoted("label name", !of_exemplar));
  } else {
    span.name = cursor_.TakeName(false);
  }
  if (span.name.empty()) return cursor_.Fail(begin, "want a label name");
  if (!strict()) cursor_.SkipBlanks();
  const bool is_label = cursor_.Take('=');
  if (is_label) {
    if (!strict()) cursor_.SkipBlanks();
    ASSIGN_OR_RETURN(span.value, cursor_.TakeQuoted("label value", !strict()));
    spans.push_back(span);
    if (!strict()) cursor_.SkipBlanks();
  } else {
    if (!span.name_quoted) return cursor_.Fail(cursor_.at, "want '=' after the label name");
    if (of_exemplar || !name_.empty()) return cursor_.Fail(begin, "metric name given twice");
    name_ = span.name;
    name_quoted_ = true;
  }
  const bool separated = cursor_.Take(',') || cursor_.Peek() == '}' || (is_label && !strict());
  return separated ? Status() : cursor_.Fail(cursor_.at, "want ',' or '}' after a label");
}

Result<double> ExpositionParser::TakeValue() {
  const size_t begin = cursor_.at;
  const std::string_view word = cursor_.TakeWord();
  const auto value = ParseSampleValue(word);
  if (!value) return cursor_.Fail(begin, "want a number, got " + Quote(word));
  return *value;
}

Result<std::optional<int64_t>> ExpositionParser::TakeTimestamp() {
  const size_t before = cursor_.at;
  const bool spaced = TakeBlank();
  if (!spaced || cursor_.AtEnd() || cursor_.Peek() == '\n' || cursor_.Peek() == '#') {
    cursor_.at = before;
    return std::optional<int64_t>();
  }
  const size_t begin = cursor_.at;
  const std::string_view word = cursor_.TakeWord();
  const auto ms = strict() ? ParseSecondsAsMs(word) : ParseDigits(word);
  if (!ms) return cursor_.Fail(begin, "want a timestamp, got " + Quote(word));
  return ms;
}

//  # {trace_id="1"} 0.5 1700000000.1
Status ExpositionParser::ParseExemplar() {
  cursor_.at += 3;
  exemplar_spans_.clear();
  if (cursor_.Peek() != '{') return cursor_.Fail(cursor_.at, "want '{' of an exemplar");
  RETURN_IF_ERROR(ParseLabelBlock(exemplar_spans_, true));
  if (!TakeBlank()) return cursor_.Fail(cursor_.at, "want a space and the exemplar's value");
  Exemplar exemplar;
  ASSIGN_OR_RETURN(exemplar.value, TakeValue());
  ASSIGN_OR_RETURN(exemplar.timestamp_ms, TakeTimestamp());
  std::vector<Label> labels;
  unescaped_used_ = 0;
  RETURN_IF_ERROR(Resolve(exemplar_spans_, labels));
  exemplar.labels = LabelSet::From(labels);
  exemplar_ = std::move(exemplar);
  return {};
}

Result<const std::vector<Label>*> ExpositionParser::Labels() {
  labels_.clear();
  unescaped_used_ = 0;
  if (!name_.empty()) labels_.push_back({kMetricName, name_quoted_ ? Unescape(name_) : name_});
  RETURN_IF_ERROR(Resolve(spans_, labels_));
  return &labels_;
}

Status ExpositionParser::Resolve(const std::vector<LabelSpan>& spans, std::vector<Label>& labels) {
  for (const LabelSpan& span : spans) {
    const Label label{span.name_quoted ? Unescape(span.name) : span.name, Unescape(span.value)};
    for (const Label& earlier : labels) {
      if (earlier.name == label.name)
        return Status(
            Code::kDuplicate,
            std::string(cursor_.Fail(cursor_.line_start, "label " + Quote(label.name) + " twice")
                            .message()));
    }
    labels.push_back(label);
  }
  return {};
}

std::string_view ExpositionParser::Unescape(std::string_view text) {
  if (text.find('\\') == kNone) return text;
  if (unescaped_used_ == unescaped_.size()) unescaped_.emplace_back();
  return unescaped_[unescaped_used_++] = UnescapeText(text);
}

bool ExpositionParser::KnownSample(size_t series_size) {
  const char* at = cursor_.body.data() + cursor_.at + series_size;
  const char* const end = cursor_.body.data() + cursor_.body.size();
  if (at >= end || *at != ' ') return false;
  double value = 0;
  const char* const stop = ReadDouble(at + 1, end, value);
  if (stop == nullptr || stop == end) return false;
  std::optional<int64_t> timestamp_ms;
  const char* line_end = stop;
  if (*stop == ' ' && !strict() && stop + 1 != end) {
    int64_t ms = 0;
    if (stop[1] == '-') return false;
    const auto parsed = std::from_chars(stop + 1, end, ms);
    if (parsed.ec != std::errc()) return false;
    timestamp_ms = ms;
    line_end = parsed.ptr;
  }
  if (line_end == end || *line_end != '\n') return false;
  sample_ = {cursor_.body.substr(cursor_.at, series_size), value, timestamp_ms};
  exemplar_.reset();
  cursor_.at = static_cast<size_t>(line_end + 1 - cursor_.body.data());
  return true;
}

}  // namespace narthex::openmetrics
