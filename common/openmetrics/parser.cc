#include "common/openmetrics/parser.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "common/bytes/numbers.h"

namespace narthex::openmetrics {
namespace {

constexpr size_t kNone = std::string_view::npos;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

bool IsNameByte(char c, bool allow_colon) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9') ||
         (allow_colon && c == ':');
}

// The closing quote of a text that starts at `from`, past escaped ones; kNone within one line.
size_t FindClosingQuote(std::string_view body, size_t from) {
  for (size_t at = from; at < body.size(); ++at) {
    const void* found = std::memchr(body.data() + at, '"', body.size() - at);
    if (found == nullptr) return kNone;
    at = static_cast<size_t>(static_cast<const char*>(found) - body.data());
    size_t backslashes = 0;
    while (at - backslashes > from && body[at - backslashes - 1] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return at;
  }
  return kNone;
}

// A value as scrapes take it: no hexadecimal, and finite digits must give a finite number.
std::optional<double> ParseValue(std::string_view text) {
  const auto value = ParseDouble(text);
  if (!value) return std::nullopt;
  const bool spelled = text.find_first_of("xX") != kNone;
  const bool overflow = std::isinf(*value) && text.find_first_of("0123456789") != kNone;
  if (spelled || overflow) return std::nullopt;
  return value;
}

std::optional<int64_t> MillisecondsOfSeconds(std::string_view text) {
  const auto seconds = ParseValue(text);
  // 2^53 milliseconds are beyond the year 280,000, and any of them is exact.
  if (!seconds || !(std::abs(*seconds) < 9007199254740.0)) return std::nullopt;
  return static_cast<int64_t>(*seconds * 1000);
}

}  // namespace

std::string UnescapeText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == 'n') {
      out += '\n';
      ++i;
    } else if (next == '\\' || next == '"') {
      out += next;
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

Status ExpositionParser::Fail(size_t at, std::string_view finding) const {
  const auto line =
      1 + std::count(body_.begin(), body_.begin() + static_cast<ptrdiff_t>(line_start_), '\n');
  return Corruption(std::to_string(line), ":", std::to_string(at - line_start_ + 1), ": ", finding);
}

void ExpositionParser::SkipBlanks() {
  while (IsBlank(Peek())) ++at_;
}

bool ExpositionParser::Take(char c) {
  if (Peek() != c || AtEnd()) return false;
  ++at_;
  return true;
}

// The space between two parts: exactly one in OpenMetrics, any run of blanks in text.
bool ExpositionParser::TakeBlank() {
  if (strict()) return Take(' ');
  const size_t before = at_;
  SkipBlanks();
  return at_ != before;
}

std::string_view ExpositionParser::TakeName(bool allow_colon) {
  const size_t begin = at_;
  if (Peek() >= '0' && Peek() <= '9') return {};
  while (IsNameByte(Peek(), allow_colon)) ++at_;
  return body_.substr(begin, at_ - begin);
}

// Everything up to the next blank or line end.
std::string_view ExpositionParser::TakeWord() {
  const size_t begin = at_;
  while (!AtEnd() && !IsBlank(Peek()) && Peek() != '\n') ++at_;
  return body_.substr(begin, at_ - begin);
}

// What stands between double quotes, still escaped.
Result<std::string_view> ExpositionParser::TakeQuoted(std::string_view what) {
  const size_t open = at_;
  if (!Take('"')) return Fail(at_, status_internal::Join({what, " without opening quote"}));
  const size_t close = FindClosingQuote(body_, at_);
  const std::string_view text = body_.substr(at_, close == kNone ? kNone : close - at_);
  const bool breaks_line = text.find('\n') != kNone;
  if (close == kNone || breaks_line) {
    return Fail(open, status_internal::Join({what, " not closed"}));
  }
  if (!IsValidUtf8(text)) return Fail(open, status_internal::Join({what, " is not UTF-8"}));
  at_ = close + 1;
  return text;
}

Status ExpositionParser::TakeLineEnd() {
  if (!strict()) SkipBlanks();
  if (Take('\n') || (AtEnd() && !strict())) return {};
  return Fail(at_, AtEnd() ? "line without end" : "unexpected text after the sample");
}

Result<Entry> ExpositionParser::Next() {
  for (;;) {
    line_start_ = at_;
    if (!strict()) SkipBlanks();
    if (AtEnd()) {
      if (strict()) return Fail(at_, "body does not end with # EOF");
      return Entry::kEnd;
    }
    if (Peek() == '\n' && !strict()) {
      ++at_;
      continue;
    }
    if (Peek() != '#') {
      RETURN_IF_ERROR(ParseSample());
      return Entry::kSample;
    }
    ASSIGN_OR_RETURN(const std::optional<Entry> entry, ParseComment());
    if (entry) return *entry;
  }
}

// A line that begins with '#': metadata, the end, or in text format a remark to pass over.
Result<std::optional<Entry>> ExpositionParser::ParseComment() {
  ++at_;
  const bool spaced = TakeBlank();
  const std::string_view keyword = spaced ? TakeWord() : std::string_view();
  const auto wrap = [](Result<Entry> entry) -> Result<std::optional<Entry>> {
    if (!entry.ok()) return entry.status();
    return std::optional<Entry>(*entry);
  };
  if (keyword == "HELP") return wrap(ParseMetadataLine(Entry::kHelp));
  if (keyword == "TYPE") return wrap(ParseMetadataLine(Entry::kType));
  if (strict()) {
    if (keyword == "UNIT") return wrap(ParseMetadataLine(Entry::kUnit));
    if (keyword == "EOF") return wrap(TakeEof());
    return Fail(line_start_, "want # HELP, # TYPE, # UNIT or # EOF");
  }
  const size_t end = body_.find('\n', at_);
  at_ = end == kNone ? body_.size() : end + 1;
  return std::optional<Entry>();
}

Result<Entry> ExpositionParser::TakeEof() {
  Take('\n');
  if (!AtEnd()) return Fail(at_, "text after # EOF");
  return Entry::kEnd;
}

Result<Entry> ExpositionParser::ParseMetadataLine(Entry kind) {
  if (!TakeBlank()) return Fail(at_, "want a metric name");
  if (Peek() == '"') {
    ASSIGN_OR_RETURN(metadata_.family, TakeQuoted("metric name"));
  } else {
    metadata_.family = TakeName(true);
  }
  if (metadata_.family.empty()) return Fail(at_, "want a metric name");
  const bool spaced = TakeBlank();
  const size_t end = std::min(body_.find('\n', at_), body_.size());
  metadata_.text = body_.substr(at_, end - at_);
  if (!spaced && !metadata_.text.empty()) return Fail(at_, "unexpected text after the metric name");
  if (end == body_.size() && strict()) return Fail(end, "line without end");
  if (kind == Entry::kHelp && !IsValidUtf8(metadata_.text)) return Fail(at_, "help is not UTF-8");
  if (kind == Entry::kType) {
    while (!metadata_.text.empty() && IsBlank(metadata_.text.back()) && !strict()) {
      metadata_.text.remove_suffix(1);
    }
    constexpr std::string_view kTypes[] = {"counter",        "gauge",   "histogram",
                                           "gaugehistogram", "summary", "info",
                                           "stateset",       "unknown", "untyped"};
    if (std::find(std::begin(kTypes), std::end(kTypes), metadata_.text) == std::end(kTypes)) {
      return Fail(at_, "unknown metric type " + Quote(metadata_.text));
    }
  }
  at_ = std::min(end + 1, body_.size());
  return kind;
}

Status ExpositionParser::ParseSample() {
  const size_t begin = at_;
  exemplar_.reset();
  spans_.clear();
  name_quoted_ = false;
  name_ = TakeName(true);
  size_t series_end = at_;
  if (!strict()) SkipBlanks();
  if (Peek() == '{') {
    RETURN_IF_ERROR(ParseLabelBlock(spans_, name_.empty()));
    series_end = at_;
  } else {
    at_ = series_end;
  }
  if (name_.empty() && spans_.empty()) return Fail(at_, "want a metric name");
  sample_.series = body_.substr(begin, series_end - begin);
  // In text nothing need stand between the block and the value.
  if (!TakeBlank() && (strict() || body_[series_end - 1] != '}')) {
    return Fail(at_, "want a space and a value");
  }
  ASSIGN_OR_RETURN(sample_.value, TakeValue());
  ASSIGN_OR_RETURN(sample_.timestamp_ms, TakeTimestamp());
  if (strict() && body_.substr(at_, 3) == " # ") RETURN_IF_ERROR(ParseExemplar());
  return TakeLineEnd();
}

// {name="value", ...}: at most one comma at the end; a quoted text alone is the metric's name.
Status ExpositionParser::ParseLabelBlock(std::vector<LabelSpan>& spans, bool may_hold_name) {
  const size_t open = at_++;
  for (;;) {
    if (!strict()) SkipBlanks();
    if (Take('}')) return {};
    if (AtEnd() || Peek() == '\n') return Fail(open, "label block not closed");
    RETURN_IF_ERROR(ParseLabel(spans, may_hold_name));
    if (!strict()) SkipBlanks();
    if (Take(',')) continue;
    if (Peek() != '}') return Fail(at_, "want ',' or '}' after a label");
  }
}

Status ExpositionParser::ParseLabel(std::vector<LabelSpan>& spans, bool may_hold_name) {
  LabelSpan span{{}, {}, Peek() == '"'};
  const size_t begin = at_;
  if (span.name_quoted) {
    ASSIGN_OR_RETURN(span.name, TakeQuoted("label name"));
  } else {
    span.name = TakeName(false);
  }
  if (span.name.empty()) return Fail(begin, "want a label name");
  if (!strict()) SkipBlanks();
  if (!Take('=')) {
    if (!span.name_quoted) return Fail(at_, "want '=' after the label name");
    if (!may_hold_name || !name_.empty()) return Fail(begin, "metric name given twice");
    name_ = span.name;
    name_quoted_ = true;
    return {};
  }
  if (!strict()) SkipBlanks();
  ASSIGN_OR_RETURN(span.value, TakeQuoted("label value"));
  spans.push_back(span);
  return {};
}

Result<double> ExpositionParser::TakeValue() {
  const size_t begin = at_;
  const std::string_view word = TakeWord();
  const auto value = ParseValue(word);
  if (!value) return Fail(begin, "want a number, got " + Quote(word));
  return *value;
}

Result<std::optional<int64_t>> ExpositionParser::TakeTimestamp() {
  const size_t before = at_;
  const bool spaced = TakeBlank();
  if (!spaced || AtEnd() || Peek() == '\n' || Peek() == '#') {
    at_ = before;
    return std::optional<int64_t>();
  }
  const size_t begin = at_;
  const std::string_view word = TakeWord();
  const auto ms = strict() ? MillisecondsOfSeconds(word) : ParseInteger(word);
  if (!ms) return Fail(begin, "want a timestamp, got " + Quote(word));
  return ms;
}

//  # {trace_id="1"} 0.5 1700000000.1
Status ExpositionParser::ParseExemplar() {
  at_ += 3;
  exemplar_spans_.clear();
  if (Peek() != '{') return Fail(at_, "want '{' of an exemplar");
  RETURN_IF_ERROR(ParseLabelBlock(exemplar_spans_, false));
  if (!TakeBlank()) return Fail(at_, "want a space and the exemplar's value");
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
        return Fail(line_start_, "label " + Quote(label.name) + " twice");
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
  const char* at = body_.data() + at_ + series_size;
  const char* const end = body_.data() + body_.size();
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
  sample_ = {body_.substr(at_, series_size), value, timestamp_ms};
  exemplar_.reset();
  at_ = static_cast<size_t>(line_end + 1 - body_.data());
  return true;
}

}  // namespace narthex::openmetrics
