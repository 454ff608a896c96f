#include "common/openmetrics/parser.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "common/bytes/numbers.h"

namespace narthex::openmetrics {
namespace {

constexpr size_t kNone = std::string_view::npos;

// OpenMetrics counts in seconds; the reference cuts them to whole milliseconds.
std::optional<int64_t> ParseSecondsAsMs(std::string_view text) {
  const auto seconds = ParseSampleValue(text);
  if (!seconds || !std::isfinite(*seconds)) return std::nullopt;
  return WholeMs(*seconds * 1000);
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
  const std::string_view keyword = spaced ? cursor_.TakeWord() : std::string_view();
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
    ASSIGN_OR_RETURN(metadata_.family, cursor_.TakeQuoted("metric name"));
  } else {
    metadata_.family = cursor_.TakeName(true);
  }
  if (metadata_.family.empty()) return cursor_.Fail(cursor_.at, "want a metric name");
  const bool spaced = TakeBlank();
  const size_t end = std::min(cursor_.body.find('\n', cursor_.at), cursor_.body.size());
  metadata_.text = cursor_.body.substr(cursor_.at, end - cursor_.at);
  if (!spaced && !metadata_.text.empty())
    return cursor_.Fail(cursor_.at, "unexpected text after the metric name");
  if (end == cursor_.body.size() && strict()) return cursor_.Fail(end, "line without end");
  if (kind == Entry::kHelp && !IsValidUtf8(metadata_.text))
    return cursor_.Fail(cursor_.at, "help is not UTF-8");
  if (kind == Entry::kType) {
    while (!metadata_.text.empty() && IsBlank(metadata_.text.back()) && !strict()) {
      metadata_.text.remove_suffix(1);
    }
    constexpr std::string_view kTypes[] = {"counter",        "gauge",   "histogram",
                                           "gaugehistogram", "summary", "info",
                                           "stateset",       "unknown", "untyped"};
    if (std::find(std::begin(kTypes), std::end(kTypes), metadata_.text) == std::end(kTypes)) {
      return cursor_.Fail(cursor_.at, "unknown metric type " + Quote(metadata_.text));
    }
  }
  cursor_.at = std::min(end + 1, cursor_.body.size());
  return kind;
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
    RETURN_IF_ERROR(ParseLabelBlock(spans_, name_.empty()));
    series_end = cursor_.at;
  } else {
    cursor_.at = series_end;
  }
  if (name_.empty() && spans_.empty()) return cursor_.Fail(cursor_.at, "want a metric name");
  sample_.series = cursor_.body.substr(begin, series_end - begin);
  // In text nothing need stand between the block and the value.
  if (!TakeBlank() && (strict() || cursor_.body[series_end - 1] != '}')) {
    return cursor_.Fail(cursor_.at, "want a space and a value");
  }
  ASSIGN_OR_RETURN(sample_.value, TakeValue());
  ASSIGN_OR_RETURN(sample_.timestamp_ms, TakeTimestamp());
  if (strict() && cursor_.body.substr(cursor_.at, 3) == " # ") RETURN_IF_ERROR(ParseExemplar());
  return TakeLineEnd();
}

// {name="value", ...}: at most one comma at the end; a quoted text alone is the metric's name.
Status ExpositionParser::ParseLabelBlock(std::vector<LabelSpan>& spans, bool may_hold_name) {
  const size_t open = cursor_.at++;
  for (;;) {
    if (!strict()) cursor_.SkipBlanks();
    if (cursor_.Take('}')) return {};
    if (cursor_.AtEnd() || cursor_.Peek() == '\n')
      return cursor_.Fail(open, "label block not closed");
    RETURN_IF_ERROR(ParseLabel(spans, may_hold_name));
    if (!strict()) cursor_.SkipBlanks();
    if (cursor_.Take(',')) continue;
    if (cursor_.Peek() != '}') return cursor_.Fail(cursor_.at, "want ',' or '}' after a label");
  }
}

Status ExpositionParser::ParseLabel(std::vector<LabelSpan>& spans, bool may_hold_name) {
  LabelSpan span{{}, {}, cursor_.Peek() == '"'};
  const size_t begin = cursor_.at;
  if (span.name_quoted) {
    ASSIGN_OR_RETURN(span.name, cursor_.TakeQuoted("label name"));
  } else {
    span.name = cursor_.TakeName(false);
  }
  if (span.name.empty()) return cursor_.Fail(begin, "want a label name");
  if (!strict()) cursor_.SkipBlanks();
  if (!cursor_.Take('=')) {
    if (!span.name_quoted) return cursor_.Fail(cursor_.at, "want '=' after the label name");
    if (!may_hold_name || !name_.empty()) return cursor_.Fail(begin, "metric name given twice");
    name_ = span.name;
    name_quoted_ = true;
    return {};
  }
  if (!strict()) cursor_.SkipBlanks();
  ASSIGN_OR_RETURN(span.value, cursor_.TakeQuoted("label value"));
  spans.push_back(span);
  return {};
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
  const auto ms = strict() ? ParseSecondsAsMs(word) : ParseInteger(word);
  if (!ms) return cursor_.Fail(begin, "want a timestamp, got " + Quote(word));
  return ms;
}

//  # {trace_id="1"} 0.5 1700000000.1
Status ExpositionParser::ParseExemplar() {
  cursor_.at += 3;
  exemplar_spans_.clear();
  if (cursor_.Peek() != '{') return cursor_.Fail(cursor_.at, "want '{' of an exemplar");
  RETURN_IF_ERROR(ParseLabelBlock(exemplar_spans_, false));
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
        return cursor_.Fail(cursor_.line_start, "label " + Quote(label.name) + " twice");
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
  if (*stop == ' ' && !strict()) {
    int64_t ms = 0;
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
