#include "common/openmetrics/openmetrics_lines.h"

#include <algorithm>
#include <cmath>

#include "common/bytes/numbers.h"

namespace narthex::openmetrics {
namespace {

// Combined length of an exemplar's label names and values, in code points.
constexpr size_t kMaxExemplarRunes = 128;

size_t CountRunes(std::string_view utf8) {
  return static_cast<size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  return at;
}

// realnumber: sign, digits with at most one point among or beside them, exponent.
bool IsRealNumber(std::string_view text) {
  size_t at = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
  const size_t whole = SkipDigits(text, at);
  size_t digits = whole - at;
  at = whole;
  if (at < text.size() && text[at] == '.') {
    const size_t fraction = SkipDigits(text, at + 1);
    digits += fraction - at - 1;
    at = fraction;
  }
  if (digits == 0) return false;
  if (at == text.size()) return true;
  if ((text[at] | 0x20) != 'e') return false;
  ++at;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  return at < text.size() && SkipDigits(text, at) == text.size();
}

}  // namespace

Decimal::Decimal(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative_ = text[0] == '-';
    text.remove_prefix(1);
  }
  const size_t e = std::min(text.find_first_of("eE"), text.size());
  if (e < text.size()) {
    // An exponent beyond an int64 makes the value zero or not finite: that is found elsewhere.
    exponent_ = ParseInteger(text.substr(e + 1)).value_or(0);
    exponent_ = std::clamp<int64_t>(exponent_, INT32_MIN, INT32_MAX);
  }
  bool after_point = false;
  for (const char c : text.substr(0, e)) {
    if (c == '.') {
      after_point = true;
      continue;
    }
    if (digits_.empty() && c == '0') {
      if (after_point) --exponent_;
      continue;
    }
    if (!after_point && !digits_.empty()) ++exponent_;
    if (after_point && digits_.empty()) --exponent_;
    digits_ += c;
  }
  while (!digits_.empty() && digits_.back() == '0') digits_.pop_back();
}

int Decimal::Compare(const Decimal& other) const {
  const int sign = digits_.empty() ? 0 : negative_ ? -1 : 1;
  const int other_sign = other.digits_.empty() ? 0 : other.negative_ ? -1 : 1;
  if (sign != other_sign) return sign < other_sign ? -1 : 1;
  if (sign == 0) return 0;
  if (exponent_ != other.exponent_) return exponent_ < other.exponent_ ? -sign : sign;
  const int order = digits_.compare(other.digits_);
  return order == 0 ? 0 : order < 0 ? -sign : sign;
}

Status OpenMetricsLines::Fail(size_t line_start, std::string_view finding) {
  cursor_.line_start = line_start;
  return cursor_.Fail(line_start, finding);
}

Status OpenMetricsLines::Next(OpenMetricsLine& line) {
  cursor_.line_start = cursor_.at;
  if (cursor_.AtEnd()) return cursor_.Fail(cursor_.at, "body does not end with # EOF");
  if (!cursor_.Take('#')) return ReadSample(line);
  if (!cursor_.Take(' ')) return cursor_.Fail(cursor_.at, "want a space after #");
  if (!cursor_.Take(std::string_view("EOF"))) return ReadDescriptor(line);
  line.kind = OpenMetricsLine::Kind::kEof;
  cursor_.Take('\n');
  return cursor_.AtEnd() ? Status() : cursor_.Fail(cursor_.at, "text after # EOF");
}

// TYPE, HELP or UNIT, then a name and a text, with a single space between.
Status OpenMetricsLines::ReadDescriptor(OpenMetricsLine& line) {
  using Kind = OpenMetricsLine::Kind;
  if (cursor_.Take(std::string_view("TYPE "))) {
    line.kind = Kind::kType;
  } else if (cursor_.Take(std::string_view("HELP "))) {
    line.kind = Kind::kHelp;
  } else if (cursor_.Take(std::string_view("UNIT "))) {
    line.kind = Kind::kUnit;
  } else {
    return cursor_.Fail(cursor_.line_start, "want # TYPE, # HELP, # UNIT or # EOF");
  }
  const size_t where = cursor_.at;
  if (cursor_.Peek() == '"' && names_ == NameScheme::kUtf8) {
    ASSIGN_OR_RETURN(line.name, TakeQuotedText("metric name"));
  } else {
    line.name = cursor_.TakeName(true);
  }
  if (line.name.empty()) return cursor_.Fail(where, "want a metric name");
  if (!cursor_.Take(' ')) return cursor_.Fail(cursor_.at, "want a space after the metric name");
  return ReadText(line);
}

Status OpenMetricsLines::ReadText(OpenMetricsLine& line) {
  const size_t where = cursor_.at;
  const auto text = cursor_.TakeLine();
  if (!text) return cursor_.Fail(cursor_.body.size(), "line without end");
  if (line.kind == OpenMetricsLine::Kind::kHelp) {
    if (!IsValidUtf8(*text)) return cursor_.Fail(where, "help is not UTF-8");
    if (!text->empty() && text->back() == '\r') return cursor_.Fail(where, "line ends in \\r\\n");
    size_t backslashes = 0;
    while (backslashes < text->size() && (*text)[text->size() - backslashes - 1] == '\\')
      ++backslashes;
    if (backslashes % 2 == 1) return cursor_.Fail(where, "help ends within an escape");
    line.text = UnescapeText(*text);
    return {};
  }
  const bool is_word =
      std::all_of(text->begin(), text->end(), [](char c) { return IsNameByte(c, true); });
  if (!is_word) return cursor_.Fail(where, "want a single word, got " + Quote(*text));
  line.text = *text;
  return {};
}

Status OpenMetricsLines::ReadSample(OpenMetricsLine& line) {
  line.kind = OpenMetricsLine::Kind::kSample;
  line.labels.clear();
  line.timestamp.reset();
  line.exemplar.reset();
  line.name = cursor_.TakeName(true);
  const bool name_inside = line.name.empty() && names_ == NameScheme::kUtf8;
  if (line.name.empty() && !(name_inside && cursor_.Peek() == '{')) {
    return cursor_.Fail(cursor_.at, "want a metric name");
  }
  if (cursor_.Peek() == '{') {
    RETURN_IF_ERROR(ReadLabels(line.labels, name_inside ? &line.name : nullptr));
  }
  if (line.name.empty()) return cursor_.Fail(cursor_.line_start, "want a metric name");
  if (!cursor_.Take(' ')) return cursor_.Fail(cursor_.at, "want a space and a value");
  ASSIGN_OR_RETURN(line.value, ReadNumber());
  const bool exemplar_next = cursor_.body.substr(cursor_.at, 2) == " #";
  if (!exemplar_next && cursor_.Take(' ')) {
    ASSIGN_OR_RETURN(line.timestamp, ReadTimestamp());
  }
  if (cursor_.Take(std::string_view(" # "))) RETURN_IF_ERROR(ReadExemplar(line));
  if (cursor_.Take('\n')) return {};
  return cursor_.Fail(cursor_.at,
                      cursor_.AtEnd() ? "line without end" : "unexpected text after the sample");
}

// {name="value",name="value"}. Where `name` is given, a quoted text alone goes there.
Status OpenMetricsLines::ReadLabels(std::vector<LabelPair>& labels, std::string* name) {
  const size_t open = cursor_.at++;
  bool first = true;
  while (!cursor_.Take('}')) {
    if (!first && !cursor_.Take(',')) {
      return cursor_.Fail(cursor_.at, "want ',' or '}' after a label");
    }
    first = false;
    RETURN_IF_ERROR(ReadLabel(labels, name));
  }
  std::sort(labels.begin(), labels.end());
  const auto same_name = [](const LabelPair& a, const LabelPair& b) { return a.name == b.name; };
  const auto twice = std::adjacent_find(labels.begin(), labels.end(), same_name);
  if (twice == labels.end()) return {};
  return cursor_.Fail(open, "label " + Quote(twice->name) + " twice");
}

Status OpenMetricsLines::ReadLabel(std::vector<LabelPair>& labels, std::string* name) {
  const size_t where = cursor_.at;
  const bool quoted = cursor_.Peek() == '"' && names_ == NameScheme::kUtf8;
  LabelPair label;
  if (quoted) {
    ASSIGN_OR_RETURN(label.name, TakeQuotedText("label name"));
  } else {
    label.name = cursor_.TakeName(false);
  }
  if (label.name.empty()) return cursor_.Fail(where, "want a label name");
  if (!cursor_.Take('=')) {
    if (!quoted) return cursor_.Fail(cursor_.at, "want '=' after the label name");
    if (name == nullptr || !name->empty()) return cursor_.Fail(where, "metric name given twice");
    *name = std::move(label.name);
    return {};
  }
  if (label.name[0] == '_') {
    return cursor_.Fail(where, "label names that begin with an underscore are reserved");
  }
  ASSIGN_OR_RETURN(label.value, TakeQuotedText("label value"));
  labels.push_back(std::move(label));
  return {};
}

Result<std::string> OpenMetricsLines::TakeQuotedText(std::string_view what) {
  ASSIGN_OR_RETURN(const std::string_view text, cursor_.TakeQuoted(what));
  return UnescapeText(text);
}

// A realnumber within the range of a double, or "inf", "infinity" or "nan" in any case; no "-nan".
Result<double> OpenMetricsLines::ReadNumber() {
  const size_t where = cursor_.at;
  const std::string_view word = cursor_.TakeWord();
  const bool is_signed = !word.empty() && (word[0] == '+' || word[0] == '-');
  const auto value = ParseSampleValue(word);
  const bool signed_nan = is_signed && value && *value != *value;
  if (!value || signed_nan) return cursor_.Fail(where, "want a number, got " + Quote(word));
  return *value;
}

Result<OpenMetricsTimestamp> OpenMetricsLines::ReadTimestamp() {
  const size_t where = cursor_.at;
  const std::string_view word = cursor_.TakeWord();
  const auto seconds = IsRealNumber(word) ? ParseSampleValue(word) : std::nullopt;
  if (!seconds) return cursor_.Fail(where, "want a timestamp, got " + Quote(word));
  return OpenMetricsTimestamp{Decimal(word), WholeMs(std::round(*seconds * 1000))};
}

// {trace_id="1"} 0.5 1700000000.1
Status OpenMetricsLines::ReadExemplar(OpenMetricsLine& line) {
  if (cursor_.Peek() != '{') return cursor_.Fail(cursor_.at, "want '{' of an exemplar");
  const size_t where = cursor_.at;
  std::vector<LabelPair> labels;
  RETURN_IF_ERROR(ReadLabels(labels, nullptr));
  size_t runes = 0;
  std::vector<Label> views;
  for (const LabelPair& label : labels) {
    runes += CountRunes(label.name) + CountRunes(label.value);
    views.push_back({label.name, label.value});
  }
  if (runes > kMaxExemplarRunes) {
    return cursor_.Fail(where, "labels of an exemplar have " + std::to_string(runes) +
                                   " characters, at most 128 are allowed");
  }
  Exemplar exemplar;
  exemplar.labels = LabelSet::From(views);
  if (!cursor_.Take(' ')) return cursor_.Fail(cursor_.at, "want a space and the exemplar's value");
  ASSIGN_OR_RETURN(exemplar.value, ReadNumber());
  if (cursor_.Take(' ')) {
    ASSIGN_OR_RETURN(const OpenMetricsTimestamp timestamp, ReadTimestamp());
    exemplar.timestamp_ms = timestamp.ms;
  }
  line.exemplar = std::move(exemplar);
  return {};
}

}  // namespace narthex::openmetrics
