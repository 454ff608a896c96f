#include "server/promql/script/load_command.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "common/bytes/duration.h"
#include "common/bytes/numbers.h"
#include "server/promql/histogram_math.h"
#include "server/promql/script/series_text.h"

namespace narthex::promql {
namespace {

// Of one item of a line name@st: since when samples count, relative to each.
Result<std::vector<std::optional<int64_t>>> ParseStarts(std::string_view text);

Result<int64_t> TakeSignedDuration(std::string_view& text) {
  size_t end = 0;
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) ++end;
  const size_t begin = end;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  while (end < text.size() && text[end] >= 'a' && text[end] <= 'z' && text[end] != 'x') ++end;
  ASSIGN_OR_RETURN(const Duration duration, ParseDuration(text.substr(begin, end - begin)));
  text.remove_prefix(end);
  return negative ? -duration.ms : duration.ms;
}

Status ParseStartItem(std::string_view item, std::vector<std::optional<int64_t>>& out) {
  const auto bad = [item] { return InvalidArgument("cannot read start ", Quote(item)); };
  std::string_view rest = item;
  std::optional<int64_t> base;
  int64_t step = 0;
  const bool omitted = rest[0] == '_';
  if (omitted) {
    rest.remove_prefix(1);
  } else {
    ASSIGN_OR_RETURN(base, TakeSignedDuration(rest));
    if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
      ASSIGN_OR_RETURN(step, TakeSignedDuration(rest));
    }
  }
  uint64_t more = 0;
  const bool repeated = !rest.empty() && rest[0] == 'x';
  if (repeated) {
    const auto count = ParseUnsigned(rest.substr(1));
    if (!count || *count > kMaxScriptValues) return bad();
    more = *count;
  } else if (!rest.empty()) {
    return bad();
  }
  const uint64_t total = omitted && repeated ? more : more + 1;
  for (uint64_t i = 0; i < total; ++i) {
    out.push_back(base);
    if (base) *base += step;
  }
  return {};
}

Result<std::vector<std::optional<int64_t>>> ParseStarts(std::string_view text) {
  std::vector<std::optional<int64_t>> starts;
  for (;;) {
    const size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return starts;
    text.remove_prefix(begin);
    const size_t end = std::min(text.find_first_of(" \t"), text.size());
    RETURN_IF_ERROR(ParseStartItem(text.substr(0, end), starts));
    text.remove_prefix(end);
  }
}

// Collects the series of classic histograms and gives them as native ones with custom buckets.
class ClassicCollector {
 public:
  void Take(const LabelSet& labels, int64_t time_ms, double value) {
    const std::string name(labels.Get(kMetricName));
    for (const std::string_view suffix : {"_bucket", "_count", "_sum"}) {
      if (name.size() <= suffix.size() || !name.ends_with(suffix)) continue;
      const auto bound = ParseDouble(labels.Get("le"));
      if (suffix == "_bucket" && (!bound || std::isnan(*bound))) return;
      const LabelSet base = LabelSetBuilder(labels)
                                .Set(kMetricName, name.substr(0, name.size() - suffix.size()))
                                .Remove("le")
                                .Build();
      Classic& classic = histograms_[base][time_ms];
      if (suffix == "_bucket") {
        classic.buckets[*bound] = value;
      } else if (suffix == "_count") {
        classic.count = value;
      } else {
        classic.sum = value;
      }
      return;
    }
  }

  void AddTo(TestStorage& storage) const {
    for (const auto& [labels, by_time] : histograms_) {
      for (const auto& [time_ms, classic] : by_time)
        storage.Add(labels, {time_ms}, 0, std::make_shared<const Histogram>(Native(classic)));
    }
  }

 private:
  struct Classic {
    std::map<double, double> buckets;  // cumulative, by upper bound
    std::optional<double> count;
    double sum = 0;
  };

  static Histogram Native(Classic classic) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const double last = classic.buckets.empty() ? 0 : classic.buckets.rbegin()->second;
    classic.buckets.try_emplace(kInfinity, classic.count.value_or(last));
    Histogram histogram;
    histogram.schema = Histogram::kCustomBuckets;
    histogram.count = classic.count.value_or(last);
    histogram.sum = classic.sum;
    double below = 0;
    for (const auto& [bound, count] : classic.buckets) {
      if (bound != kInfinity) histogram.custom_bounds.push_back(bound);
      histogram.positive.counts.push_back(count - below);
      below = count;
    }
    histogram.positive.spans.push_back(
        {0, static_cast<uint32_t>(histogram.positive.counts.size())});
    Compact(histogram);
    return histogram;
  }

  std::map<LabelSet, std::map<int64_t, Classic>> histograms_;
};

}  // namespace

Status RunLoad(std::string_view header, std::span<const std::string> lines, TestStorage& storage) {
  const size_t space = header.find_first_of(" \t");
  const std::string_view word = header.substr(0, space);
  if (space == std::string_view::npos || (word != "load" && word != "load_with_nhcb"))
    return InvalidArgument("want \"load INTERVAL\" or \"load_with_nhcb INTERVAL\", got ",
                           Quote(header));
  const std::string_view interval = header.substr(header.find_first_not_of(" \t", space));
  ASSIGN_OR_RETURN(const Duration step, ParseDuration(interval));
  ClassicCollector classic;
  std::vector<std::optional<int64_t>> starts;
  for (const std::string& line : lines) {
    const size_t end = std::min(line.find_first_of(" \t"), line.size());
    if (std::string_view(line).substr(0, end).ends_with("@st")) {
      ASSIGN_OR_RETURN(starts, ParseStarts(std::string_view(line).substr(end)));
      continue;
    }
    ASSIGN_OR_RETURN(const ScriptSeries series, ParseScriptSeries(line));
    if (!starts.empty() && starts.size() != series.values.size())
      return InvalidArgument("there are not as many starts as values in ", Quote(line));
    for (size_t i = 0; i < series.values.size(); ++i) {
      const ScriptValue& value = series.values[i];
      if (value.omitted) continue;
      const int64_t time_ms = static_cast<int64_t>(i) * step.ms;
      const bool starts_known = !starts.empty() && starts[i];
      storage.Add(series.labels, {time_ms, starts_known ? time_ms + *starts[i] : 0}, value.value,
                  value.histogram);
      if (!value.histogram) classic.Take(series.labels, time_ms, value.value);
    }
    starts.clear();
  }
  if (word == "load_with_nhcb") classic.AddTo(storage);
  storage.SettleHints();
  return {};
}

}  // namespace narthex::promql
