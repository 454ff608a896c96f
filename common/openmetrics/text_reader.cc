// Reading of text.
#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <unordered_map>

#include "common/bytes/numbers.h"
#include "common/openmetrics/text_cursor.h"
#include "common/openmetrics/text_format.h"

namespace narthex::openmetrics {
namespace {

// Which part of its metric a sample is, by the suffix of its name.
enum class Part : unsigned char { kValue, kBucket, kSum, kCount };

bool IsHistogram(Type type) { return type == Type::kHistogram || type == Type::kGaugeHistogram; }

// A family being read.
struct Reading {
  MetricFamily family;
  bool typed = false;  // by its TYPE line or its first sample
  // Of histograms and summaries, which are spread over lines, the metric of each label set.
  std::map<std::vector<LabelPair>, size_t> metric_of;
  std::vector<size_t> first_lines;  // where the first line of each such metric starts
};

// A sample as its line has it.
struct SampleLine {
  size_t start = 0;
  std::vector<LabelPair> labels;
  std::optional<double> bound;  // of le in a histogram, of quantile in a summary
  double value = 0;
  std::optional<int64_t> timestamp_ms;
};

class TextReader {
 public:
  TextReader(std::string_view body, NameScheme names) : cursor_{body}, names_(names) {}

  Result<std::vector<MetricFamily>> Read();

 private:
  Status ReadComment();
  Status ReadHelp();
  Status ReadType();
  Status ReadSample();
  Status ReadLabels(SampleLine& line, bool name_inside);
  Status ReadLabel(SampleLine& line, bool& name_wanted);
  Status ReadValue(SampleLine& line);
  Result<std::string> TakeQuotedText(std::string_view what);

  Status Enter(std::string_view name, size_t where);
  Status SortLabels(SampleLine& line);
  Metric& MetricFor(SampleLine& line);
  Status Store(SampleLine& line);
  Status StoreInHistogram(const SampleLine& line, HistogramPoint& histogram);
  Status StoreInSummary(const SampleLine& line, SummaryPoint& summary);
  Status Finish(Reading& reading);

  TextCursor cursor_;
  NameScheme names_;
  std::deque<Reading> families_;  // addresses stay: the index points to the names
  std::unordered_map<std::string_view, Reading*> index_;
  Reading* present_ = nullptr;  // the family of this line
  Part part_ = Part::kValue;
  SampleLine line_;  // kept for its memory
};

Result<std::vector<MetricFamily>> TextReader::Read() {
  for (;;) {
    cursor_.line_start = cursor_.at;
    cursor_.SkipBlanks();
    if (cursor_.AtEnd()) break;
    if (cursor_.Take('\n')) continue;
    RETURN_IF_ERROR(cursor_.Take('#') ? ReadComment() : ReadSample());
  }
  std::vector<MetricFamily> families;
  for (Reading& reading : families_) {
    if (reading.family.metrics.empty()) continue;
    RETURN_IF_ERROR(Finish(reading));
    families.push_back(std::move(reading.family));
  }
  return families;
}

// After '#': HELP or TYPE, or else a remark. What has no text says nothing.
Status TextReader::ReadComment() {
  cursor_.SkipBlanks();
  const std::string_view keyword = cursor_.TakeWord();
  const bool known = keyword == "HELP" || keyword == "TYPE";
  if (!known || cursor_.Peek() == '\n') {
    if (!cursor_.TakeLine()) return cursor_.Fail(cursor_.body.size(), "line without end");
    return {};
  }
  cursor_.SkipBlanks();
  if (cursor_.Take('\n')) return {};
  const size_t where = cursor_.at;
  std::string quoted;
  std::string_view name;
  if (cursor_.Peek() == '"') {
    ASSIGN_OR_RETURN(quoted, TakeQuotedText("metric name"));
    name = quoted;
  } else {
    name = cursor_.TakeName(true);
  }
  if (!name.empty() && cursor_.Take('\n')) return {};
  if (name.empty() || !IsBlank(cursor_.Peek())) return cursor_.Fail(where, "want a metric name");
  RETURN_IF_ERROR(Enter(name, where));
  cursor_.SkipBlanks();
  if (cursor_.Take('\n')) return {};
  return keyword == "HELP" ? ReadHelp() : ReadType();
}

Status TextReader::ReadHelp() {
  MetricFamily& family = present_->family;
  const size_t where = cursor_.at;
  const auto text = cursor_.TakeLine();
  if (!text) return cursor_.Fail(cursor_.body.size(), "line without end");
  if (!family.help.empty()) return cursor_.Fail(where, "second HELP of " + Quote(family.name));
  if (!HasOnlyKnownEscapes(*text)) return cursor_.Fail(where, "unknown escape in help");
  if (!IsValidUtf8(*text)) return cursor_.Fail(where, "help is not UTF-8");
  family.help = UnescapeText(*text);
  return {};
}

Status TextReader::ReadType() {
  MetricFamily& family = present_->family;
  const size_t where = cursor_.at;
  const auto text = cursor_.TakeLine();
  if (!text) return cursor_.Fail(cursor_.body.size(), "line without end");
  if (present_->typed) {
    return cursor_.Fail(where, "second TYPE of " + Quote(family.name) + ", or TYPE after samples");
  }
  std::string spelled(*text);
  for (char& c : spelled) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  struct Spelling {
    std::string_view text;
    Type type;
  };
  constexpr Spelling kSpellings[] = {
      {"counter", Type::kCounter},
      {"gauge", Type::kGauge},
      {"histogram", Type::kHistogram},
      {"summary", Type::kSummary},
      {"untyped", Type::kUnknown},
      {"gaugehistogram", Type::kGaugeHistogram},
      {"gauge_histogram", Type::kGaugeHistogram},
  };
  for (const Spelling& spelling : kSpellings) {
    if (spelling.text != spelled) continue;
    family.type = spelling.type;
    present_->typed = true;
    return {};
  }
  return cursor_.Fail(where, "unknown metric type " + Quote(*text));
}

// Makes the family that a sample or comment of this name belongs to the present one: that of the
// whole name, else the summary or histogram that the name without its suffix is, else a new one.
Status TextReader::Enter(std::string_view name, size_t where) {
  part_ = Part::kValue;
  if (present_ != nullptr && present_->family.name == name) return {};
  const bool valid = names_ == NameScheme::kLegacy ? IsLegacyMetricName(name) : !name.empty();
  if (!valid) return cursor_.Fail(where, "invalid metric name " + Quote(name));
  if (const auto found = index_.find(name); found != index_.end()) {
    present_ = found->second;
    return {};
  }
  struct Suffix {
    std::string_view text;
    Part part;
  };
  constexpr Suffix kSuffixes[] = {
      {"_bucket", Part::kBucket}, {"_sum", Part::kSum}, {"_count", Part::kCount}};
  for (const Suffix& suffix : kSuffixes) {
    if (name.size() <= suffix.text.size()) continue;
    const size_t base = name.size() - suffix.text.size();
    if (name.substr(base) != suffix.text) continue;
    const auto found = index_.find(name.substr(0, base));
    if (found == index_.end()) continue;
    const Type type = found->second->family.type;
    if (!IsHistogram(type) && (type != Type::kSummary || suffix.part == Part::kBucket)) continue;
    present_ = found->second;
    part_ = suffix.part;
    return {};
  }
  present_ = &families_.emplace_back();
  present_->family.name = name;
  index_.emplace(present_->family.name, present_);
  return {};
}

Status TextReader::ReadSample() {
  line_.start = cursor_.at;
  line_.labels.clear();
  line_.bound.reset();
  const std::string_view name = cursor_.TakeName(true);
  if (name.empty() && cursor_.Peek() != '{') return cursor_.Fail(cursor_.at, "want a metric name");
  if (!name.empty()) RETURN_IF_ERROR(Enter(name, line_.start));
  cursor_.SkipBlanks();
  if (cursor_.Peek() == '{') RETURN_IF_ERROR(ReadLabels(line_, name.empty()));
  RETURN_IF_ERROR(ReadValue(line_));
  present_->typed = true;
  RETURN_IF_ERROR(SortLabels(line_));
  return Store(line_);
}

// {name="value", ...}: one comma may stand at the end; a quoted text alone is the metric's name.
Status TextReader::ReadLabels(SampleLine& line, bool name_inside) {
  const size_t open = cursor_.at++;
  bool name_wanted = name_inside;
  for (;;) {
    cursor_.SkipBlanks();
    if (cursor_.Take('}')) break;
    if (cursor_.AtEnd() || cursor_.Peek() == '\n') {
      return cursor_.Fail(open, "label block not closed");
    }
    RETURN_IF_ERROR(ReadLabel(line, name_wanted));
    cursor_.SkipBlanks();
    if (!cursor_.Take(',') && cursor_.Peek() != '}') {
      return cursor_.Fail(cursor_.at, "want ',' or '}' after a label");
    }
  }
  if (name_wanted) return cursor_.Fail(open, "want a metric name");
  cursor_.SkipBlanks();
  return {};
}

Status TextReader::ReadLabel(SampleLine& line, bool& name_wanted) {
  const size_t where = cursor_.at;
  const bool quoted = cursor_.Peek() == '"';
  LabelPair label;
  if (quoted) {
    ASSIGN_OR_RETURN(label.name, TakeQuotedText("label name"));
  } else {
    label.name = cursor_.TakeName(false);
  }
  if (label.name.empty()) return cursor_.Fail(where, "want a label name");
  cursor_.SkipBlanks();
  if (!cursor_.Take('=')) {
    if (!quoted) return cursor_.Fail(cursor_.at, "want '=' after the label name");
    if (!name_wanted) return cursor_.Fail(where, "metric name given twice");
    name_wanted = false;
    return Enter(label.name, where);
  }
  if (label.name == kMetricName) return cursor_.Fail(where, "label name __name__ is reserved");
  if (names_ == NameScheme::kLegacy && !IsLegacyLabelName(label.name)) {
    return cursor_.Fail(where, "invalid label name " + Quote(label.name));
  }
  cursor_.SkipBlanks();
  ASSIGN_OR_RETURN(label.value, TakeQuotedText("label value"));
  line.labels.push_back(std::move(label));
  return {};
}

Result<std::string> TextReader::TakeQuotedText(std::string_view what) {
  const size_t where = cursor_.at;
  ASSIGN_OR_RETURN(const std::string_view text, cursor_.TakeQuoted(what));
  if (text.find('\\') == std::string_view::npos) return std::string(text);
  if (!HasOnlyKnownEscapes(text)) {
    return cursor_.Fail(where, status_internal::Join({"unknown escape in ", what}));
  }
  return UnescapeText(text);
}

// "VALUE\n" or "VALUE TIMESTAMP\n": a blank after the value announces a timestamp.
Status TextReader::ReadValue(SampleLine& line) {
  size_t where = cursor_.at;
  const std::string_view word = cursor_.TakeWord();
  const auto value = ParseSampleValue(word);
  if (!value) return cursor_.Fail(where, "want a number, got " + Quote(word));
  line.value = *value;
  line.timestamp_ms.reset();
  if (cursor_.SkipBlanks()) {
    where = cursor_.at;
    const std::string_view stamp = cursor_.TakeWord();
    line.timestamp_ms = ParseInteger(stamp);
    if (!line.timestamp_ms) return cursor_.Fail(where, "want a timestamp, got " + Quote(stamp));
  }
  if (cursor_.Take('\n')) return {};
  return cursor_.Fail(cursor_.at,
                      cursor_.AtEnd() ? "line without end" : "unexpected text after the sample");
}

// Sorts the labels and moves le or quantile, where the family's type gives it a meaning, to
// `bound`.
Status TextReader::SortLabels(SampleLine& line) {
  std::sort(line.labels.begin(), line.labels.end());
  const auto same_name = [](const LabelPair& a, const LabelPair& b) { return a.name == b.name; };
  const auto twice = std::adjacent_find(line.labels.begin(), line.labels.end(), same_name);
  if (twice != line.labels.end()) {
    return cursor_.Fail(line.start, "label " + Quote(twice->name) + " twice");
  }
  const Type type = present_->family.type;
  if (type != Type::kSummary && !IsHistogram(type)) return {};
  const std::string_view bound_name = type == Type::kSummary ? "quantile" : "le";
  const auto bound =
      std::find_if(line.labels.begin(), line.labels.end(),
                   [bound_name](const LabelPair& label) { return label.name == bound_name; });
  if (bound == line.labels.end()) return {};
  line.bound = ParseSampleValue(bound->value);
  if (!line.bound || std::isnan(*line.bound)) {
    return cursor_.Fail(line.start,
                        "want a number as " + bound->name + ", got " + Quote(bound->value));
  }
  line.labels.erase(bound);
  return {};
}

// The metric that the line is of: a new one, unless it adds to a histogram or summary.
Metric& TextReader::MetricFor(SampleLine& line) {
  std::vector<Metric>& metrics = present_->family.metrics;
  const Type type = present_->family.type;
  const bool spread = type == Type::kSummary || IsHistogram(type);
  if (spread && !metrics.empty()) {
    if (metrics.back().labels == line.labels) return metrics.back();
    const auto found = present_->metric_of.find(line.labels);
    if (found != present_->metric_of.end()) return metrics[found->second];
  }
  if (spread) {
    present_->metric_of.emplace(line.labels, metrics.size());
    present_->first_lines.push_back(cursor_.line_start);
  }
  Metric& metric = metrics.emplace_back();
  metric.labels.reserve(line.labels.size());
  for (LabelPair& label : line.labels) metric.labels.push_back(std::move(label));
  if (type == Type::kSummary) metric.point = SummaryPoint();
  if (IsHistogram(type)) metric.point = HistogramPoint();
  return metric;
}

Status TextReader::Store(SampleLine& line) {
  Metric& metric = MetricFor(line);
  if (line.timestamp_ms) metric.timestamp_ms = line.timestamp_ms;
  if (auto* histogram = std::get_if<HistogramPoint>(&metric.point)) {
    return StoreInHistogram(line, *histogram);
  }
  if (auto* summary = std::get_if<SummaryPoint>(&metric.point)) {
    return StoreInSummary(line, *summary);
  }
  if (present_->family.type == Type::kCounter) {
    metric.point = CounterPoint{line.value, {}, {}};
  } else {
    metric.point = line.value;
  }
  return {};
}

Status TextReader::StoreInHistogram(const SampleLine& line, HistogramPoint& histogram) {
  if (part_ == Part::kSum) {
    histogram.sum = line.value;
    return {};
  }
  if (part_ != Part::kCount && !line.bound) {
    return cursor_.Fail(line.start, "a histogram's sample wants le, _sum or _count");
  }
  if (line.value < 0) return cursor_.Fail(line.start, "negative count of a histogram");
  if (line.value != std::trunc(line.value) || std::isinf(line.value)) histogram.float_counts = true;
  if (part_ == Part::kCount) {
    histogram.count = line.value;
  } else {
    histogram.buckets.push_back({*line.bound, line.value, {}});
  }
  return {};
}

Status TextReader::StoreInSummary(const SampleLine& line, SummaryPoint& summary) {
  if (part_ == Part::kSum) {
    summary.sum = line.value;
  } else if (part_ == Part::kCount) {
    summary.count = line.value;
  } else if (line.bound) {
    summary.quantiles.push_back({*line.bound, line.value});
  } else {
    return cursor_.Fail(line.start, "a summary's sample wants quantile, _sum or _count");
  }
  return {};
}

// Puts buckets and quantiles in order. None may be there twice.
template <typename T, typename Key>
bool SortUnique(std::vector<T>& entries, Key T::*key) {
  const auto less = [key](const T& a, const T& b) { return a.*key < b.*key; };
  if (!std::is_sorted(entries.begin(), entries.end(), less)) {
    std::sort(entries.begin(), entries.end(), less);
  }
  const auto same = [key](const T& a, const T& b) { return a.*key == b.*key; };
  return std::adjacent_find(entries.begin(), entries.end(), same) == entries.end();
}

Status TextReader::Finish(Reading& reading) {
  std::vector<Metric>& metrics = reading.family.metrics;
  for (size_t i = 0; i < metrics.size(); ++i) {
    bool unique = true;
    if (auto* histogram = std::get_if<HistogramPoint>(&metrics[i].point)) {
      unique = SortUnique(histogram->buckets, &Bucket::upper_bound);
    } else if (auto* summary = std::get_if<SummaryPoint>(&metrics[i].point)) {
      unique = SortUnique(summary->quantiles, &Quantile::quantile);
    }
    if (unique) continue;
    cursor_.line_start = reading.first_lines[i];
    return cursor_.Fail(cursor_.line_start, "a metric of " + Quote(reading.family.name) +
                                                " has a bucket or quantile twice");
  }
  return {};
}

}  // namespace

Result<std::vector<MetricFamily>> ReadText(std::string_view body, NameScheme names) {
  return TextReader(body, names).Read();
}

}  // namespace narthex::openmetrics
