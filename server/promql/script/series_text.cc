#include "server/promql/script/series_text.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "common/bytes/duration.h"
#include "common/bytes/numbers.h"
#include "server/promql/histogram_math.h"
#include "server/promql/selector_parser.h"
#include "server/promql/string_literal.h"
#include "server/promql/token_cursor.h"
#include "server/storage/storage.h"

namespace narthex::promql {
namespace {

using storage::BucketCounts;
using storage::CounterResetHint;

bool IsSpace(char c) { return c == ' ' || c == '\t'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Where the labels of a series end.
size_t EndOfLabels(std::string_view line) {
  size_t at = 0;
  while (at < line.size() && !IsSpace(line[at]) && line[at] != '{') ++at;
  size_t brace = line.find_first_not_of(" \t", at);
  if (brace == std::string_view::npos || line[brace] != '{' ||
      (brace + 1 < line.size() && line[brace + 1] == '{'))
    return at;
  for (at = brace + 1; at < line.size() && line[at] != '}';) {
    const char c = line[at];
    at = c == '"' || c == '\'' || c == '`' ? ReadStringLiteral(line, at).end : at + 1;
  }
  return std::min(at + 1, line.size());
}

// A text that is read from front to back.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  void SkipSpaces() {
    while (IsSpace(Peek())) ++at_;
  }
  bool Take(std::string_view wanted) {
    if (text_.substr(at_, wanted.size()) != wanted) return false;
    at_ += wanted.size();
    return true;
  }
  std::string_view TakeUntil(std::string_view stops) {
    const size_t end = std::min(text_.find_first_of(stops, at_), text_.size());
    const std::string_view taken = text_.substr(at_, end - at_);
    at_ = end;
    return taken;
  }

  // A number without what follows it, such as the x of 1x3.
  std::optional<double> TakeNumber() {
    size_t end = at_;
    const auto peek = [&] { return end < text_.size() ? text_[end] : '\0'; };
    if (peek() == '+' || peek() == '-') ++end;
    for (const std::string_view word : {"inf", "nan"}) {
      if (end + 3 > text_.size()) continue;
      std::string lower(text_.substr(end, 3));
      for (char& c : lower) c = static_cast<char>(c | 0x20);
      if (lower != word) continue;
      return Parse(end + 3);
    }
    while (IsDigit(peek()) || peek() == '.') ++end;
    const size_t exponent = end;
    if ((peek() | 0x20) == 'e') {
      ++end;
      if (peek() == '+' || peek() == '-') ++end;
      if (!IsDigit(peek())) end = exponent;
      while (IsDigit(peek())) ++end;
    }
    return Parse(end);
  }

  std::optional<size_t> TakeCount() {
    size_t end = at_;
    while (end < text_.size() && IsDigit(text_[end])) ++end;
    const auto count = ParseUnsigned(text_.substr(at_, end - at_));
    at_ = end;
    return count;
  }

 private:
  std::optional<double> Parse(size_t end) {
    const auto value = ParseDouble(text_.substr(at_, end - at_));
    at_ = end;
    return value;
  }

  std::string_view text_;
  size_t at_ = 0;
};

class ValuesParser {
 public:
  explicit ValuesParser(std::string_view text) : reader_(text), text_(text) {}

  Result<std::vector<ScriptValue>> Parse() {
    for (reader_.SkipSpaces(); !reader_.AtEnd(); reader_.SkipSpaces()) {
      RETURN_IF_ERROR(ParseItem());
      if (!reader_.AtEnd() && !IsSpace(reader_.Peek())) return Bad();
    }
    return std::move(values_);
  }

 private:
  Status Bad() const { return InvalidArgument("series values: cannot read ", Quote(text_)); }

  // xN behind an item; 0 where there is none.
  Status ParseTimes(size_t& times) {
    times = 0;
    if (!reader_.Take("x")) return {};
    const auto count = reader_.TakeCount();
    if (!count) return Bad();
    if (*count > kMaxScriptValues - std::min(kMaxScriptValues, values_.size()))
      return InvalidArgument("series values: too many repetitions");
    times = *count;
    return {};
  }

  Status ParseItem() {
    size_t times = 0;
    if (reader_.Take("_")) {
      const bool repeated = reader_.Peek() == 'x';
      RETURN_IF_ERROR(ParseTimes(times));
      values_.insert(values_.end(), repeated ? times : 1, ScriptValue{.omitted = true});
      return {};
    }
    if (reader_.Take("stale")) {
      values_.push_back({false, storage::StaleNaN(), nullptr, false});
      return {};
    }
    if (reader_.Take("{{")) return ParseHistograms();
    const auto base = reader_.TakeNumber();
    if (!base) return Bad();
    double step = 0;
    if (reader_.Peek() == '+' || reader_.Peek() == '-') {
      const auto parsed = reader_.TakeNumber();
      if (!parsed || reader_.Peek() != 'x') return Bad();
      step = *parsed;
    }
    RETURN_IF_ERROR(ParseTimes(times));
    double value = *base;
    for (size_t i = 0; i <= times; ++i, value += step)
      values_.push_back({false, value, nullptr, false});
    return {};
  }

  Status ParseHistograms() {
    ScriptValue first;
    RETURN_IF_ERROR(ParseHistogram(first));
    ScriptValue step;
    const bool add = reader_.Take("+{{");
    const bool grows = add || reader_.Take("-{{");
    if (grows) RETURN_IF_ERROR(ParseHistogram(step));
    size_t times = 0;
    RETURN_IF_ERROR(ParseTimes(times));
    if (grows) first.hint_given = step.hint_given;
    values_.push_back(first);
    for (size_t i = 0; i < times; ++i) {
      if (grows) {
        if (first.histogram->schema > step.histogram->schema)
          return InvalidArgument("series values: the step has a coarser schema");
        Histogram next = *first.histogram;
        const HistogramMerge merge =
            add ? AddTo(next, *step.histogram) : SubtractFrom(next, *step.histogram);
        if (!merge.compatible) return InvalidArgument("series values: histograms do not mix");
        first.histogram = std::make_shared<const Histogram>(std::move(next));
      }
      values_.push_back(first);
    }
    return {};
  }

  // Behind {{, up to and with }}.
  Status ParseHistogram(ScriptValue& out) {
    Histogram histogram;
    int32_t offset = 0;
    int32_t negative_offset = 0;
    std::vector<double> buckets;
    std::vector<double> negative_buckets;
    for (reader_.SkipSpaces(); !reader_.Take("}}"); reader_.SkipSpaces()) {
      const std::string_view key = reader_.TakeUntil(": \t}");
      if (key.empty() || !reader_.Take(":")) return Bad();
      if (key == "buckets") {
        RETURN_IF_ERROR(ParseList(buckets));
      } else if (key == "n_buckets") {
        RETURN_IF_ERROR(ParseList(negative_buckets));
      } else if (key == "custom_values") {
        RETURN_IF_ERROR(ParseList(histogram.custom_bounds));
      } else if (key == "counter_reset_hint") {
        RETURN_IF_ERROR(ParseHint(reader_.TakeUntil(" \t}"), histogram.hint));
        out.hint_given = true;
      } else {
        const auto value = reader_.TakeNumber();
        if (!value || !SetField(histogram, key, *value, offset, negative_offset)) return Bad();
      }
    }
    histogram.positive = CountsFrom(std::move(buckets), offset);
    histogram.negative = CountsFrom(std::move(negative_buckets), negative_offset);
    out.histogram = std::make_shared<const Histogram>(std::move(histogram));
    return {};
  }

  static bool SetField(Histogram& histogram, std::string_view key, double value, int32_t& offset,
                       int32_t& negative_offset) {
    if (key == "sum") {
      histogram.sum = value;
    } else if (key == "count") {
      histogram.count = value;
    } else if (key == "z_bucket") {
      histogram.zero_count = value;
    } else if (key == "z_bucket_w") {
      histogram.zero_threshold = value;
    } else {
      int32_t* whole = key == "schema"     ? &histogram.schema
                       : key == "offset"   ? &offset
                       : key == "n_offset" ? &negative_offset
                                           : nullptr;
      if (whole == nullptr || !(std::abs(value) < 1e9)) return false;
      *whole = static_cast<int32_t>(value);
    }
    return true;
  }

  static BucketCounts CountsFrom(std::vector<double> buckets, int32_t offset) {
    BucketCounts counts;
    if (!buckets.empty()) counts.spans.push_back({offset, static_cast<uint32_t>(buckets.size())});
    counts.counts = std::move(buckets);
    return counts;
  }

  Status ParseHint(std::string_view text, CounterResetHint& hint) const {
    constexpr std::string_view kNames[] = {"unknown", "reset", "not_reset", "gauge"};
    const auto* found = std::find(std::begin(kNames), std::end(kNames), text);
    if (found == std::end(kNames)) return Bad();
    hint = static_cast<CounterResetHint>(found - std::begin(kNames));
    return {};
  }

  Status ParseList(std::vector<double>& out) {
    if (!reader_.Take("[")) return Bad();
    for (reader_.SkipSpaces(); !reader_.Take("]"); reader_.SkipSpaces()) {
      const auto value = reader_.TakeNumber();
      if (!value) return Bad();
      out.push_back(*value);
    }
    return {};
  }

  Reader reader_;
  std::string_view text_;
  std::vector<ScriptValue> values_;
};

}  // namespace

Result<LabelSet> ParseScriptLabels(std::string_view text) {
  TokenCursor cursor(text, 1);
  LabelSetBuilder labels;
  if (!cursor.IsOperator("{")) {
    const Token name = cursor.Take();
    const bool is_name = name.kind == TokenKind::kIdentifier ||
                         name.kind == TokenKind::kMetricIdentifier ||
                         name.kind == TokenKind::kKeyword;
    if (!is_name) return InvalidArgument("want the labels of a series, got ", Quote(text));
    labels.Set(kMetricName, text.substr(name.begin, name.end - name.begin));
  }
  if (cursor.IsOperator("{")) {
    ASSIGN_OR_RETURN(const auto matchers, ParseBraces(cursor));
    for (const storage::Matcher& matcher : matchers) labels.Set(matcher.name(), matcher.value());
  }
  if (cursor.Peek().kind != TokenKind::kEnd) return cursor.Unexpected("series description", "");
  return labels.Build();
}

Result<ScriptSeries> ParseScriptSeries(std::string_view line) {
  const size_t end = EndOfLabels(line);
  ScriptSeries series;
  ASSIGN_OR_RETURN(series.labels, ParseScriptLabels(line.substr(0, end)));
  ASSIGN_OR_RETURN(series.values, ValuesParser(line.substr(end)).Parse());
  return series;
}

bool ParseScriptNumber(std::string_view text, double& value) {
  const auto parsed = ParseDouble(text);
  if (parsed) value = *parsed;
  return parsed.has_value();
}

}  // namespace narthex::promql
