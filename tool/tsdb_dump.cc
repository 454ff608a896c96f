// narthex-tool tsdb dump and dump-openmetrics: every sample of a data directory as text.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <ostream>

#include "common/bytes/numbers.h"
#include "common/http_server/json_response.h"
#include "server/promql/go_format.h"
#include "server/promql/histogram_buckets.h"
#include "server/promql/parser.h"
#include "server/tsdb/database.h"
#include "tool/command.h"
#include "tool/commands.h"
#include "tool/tsdb_output.h"

namespace narthex::tool {
namespace {

struct Options {
  std::string path = kDefaultDatabase;
  int64_t min_time_ms = INT64_MIN;
  int64_t max_time_ms = INT64_MAX;
  std::vector<std::string> matches;  // none: every series
  std::string format = "prom";
};

void AddFlags(cli::Flags& flags, Options& options) {
  flags.Add("min-time", &options.min_time_ms, "The first time, in Unix milliseconds.");
  flags.Add("max-time", &options.max_time_ms, "The last time, in Unix milliseconds.");
  flags.Add("match", &options.matches,
            "A selector of series; may be given several times. All, if left out.", "SELECTOR");
  flags.AddWithoutEffect("sandbox-dir-root", false, "reading the log writes nothing");
  flags.AddArgument("DB-PATH", &options.path, "The data directory.");
}

// Output in large pieces.
class Lines {
 public:
  explicit Lines(std::ostream& out) : out_(out) {}
  ~Lines() { Flush(); }

  std::string& text() { return text_; }
  void End() {
    text_ += '\n';
    constexpr size_t kFlushBytes = 1 << 16;
    if (text_.size() >= kFlushBytes) Flush();
  }
  bool failed() const { return out_.fail(); }

 private:
  void Flush() {
    out_ << text_;
    text_.clear();
  }

  std::ostream& out_;
  std::string text_;
};

using SeriesPrinter = std::function<void(const LabelSet& labels,
                                         const storage::SampleColumns& samples, Lines& lines)>;

// {a="1", b="2"}, the name of the metric among them.
std::string LabelsText(const LabelSet& labels, std::string_view separator, bool with_name) {
  std::string text = "{";
  for (const Label label : labels) {
    if (!with_name && label.name == kMetricName) continue;
    if (text.size() > 1) text += separator;
    text += IsLegacyLabelName(label.name) ? std::string(label.name) : promql::GoQuote(label.name);
    text += '=';
    text += promql::GoQuote(label.value);
  }
  return text + '}';
}

void PrintSamples(const LabelSet& labels, const storage::SampleColumns& samples, Lines& lines) {
  const std::string text = LabelsText(labels, ", ", true);
  for (size_t i = 0; i < samples.size(); ++i) {
    std::string& line = lines.text();
    line += text;
    line += ' ';
    if (samples.has_histograms() && samples.histograms[i]) {
      line += promql::HistogramText(*samples.histograms[i]);
    } else {
      AppendExpositionDouble(line, samples.values[i]);
    }
    line += ' ';
    AppendInteger(line, samples.timestamps_ms[i]);
    lines.End();
  }
}

void PrintLabels(const LabelSet& labels, const storage::SampleColumns&, Lines& lines) {
  AppendJsonLabels(lines.text(), labels);
  lines.End();
}

void PrintOpenMetrics(const LabelSet& labels, const storage::SampleColumns& samples, Lines& lines) {
  const std::string_view name = labels.Get(kMetricName);
  const std::string begin = std::string(name) + LabelsText(labels, ",", false) + ' ';
  for (size_t i = 0; i < samples.size(); ++i) {
    const bool histogram = samples.has_histograms() && samples.histograms[i];
    if (histogram || storage::IsStaleNaN(samples.values[i])) continue;
    std::string& line = lines.text();
    line += begin;
    AppendExpositionDouble(line, samples.values[i]);
    const int64_t at_ms = samples.timestamps_ms[i];
    line += at_ms < 0 ? " -" : " ";
    const uint64_t distance_ms =
        at_ms < 0 ? 0 - static_cast<uint64_t>(at_ms) : static_cast<uint64_t>(at_ms);
    line += fmt::format("{}.{:03}", distance_ms / 1000, distance_ms % 1000);
    lines.End();
  }
}

// The series of all selectors, each once, in the order of their labels.
struct Entry {
  const storage::SeriesSet* set;
  size_t index;
  const LabelSet& labels() const { return set->labels(index); }
};
std::vector<Entry> SortedSeries(const std::vector<std::unique_ptr<storage::SeriesSet>>& sets) {
  size_t count = 0;
  for (const auto& set : sets) count += set->size();
  std::vector<Entry> entries;
  entries.reserve(count);
  for (const auto& set : sets) {
    for (size_t i = 0; i < set->size(); ++i) entries.push_back({set.get(), i});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.labels() < b.labels(); });
  const auto end = std::unique(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.labels() == b.labels();
  });
  entries.erase(end, entries.end());
  return entries;
}

Status Dump(const Options& options, const SeriesPrinter& print, std::ostream& out) {
  const auto files = NewSystemFiles();
  const SystemClock clock;
  Registry registry;
  ASSIGN_OR_RETURN(const auto database,
                   tsdb::Database::OpenReadOnly(options.path, *files, clock,
                                                Logger({.level = LogLevel::kWarn}), registry));
  const auto querier = database->NewQuerier(std::max(options.min_time_ms, storage::kMinTime),
                                            std::min(options.max_time_ms, storage::kMaxTime));
  std::vector<std::vector<storage::Matcher>> selections;
  for (const std::string& selector : options.matches) {
    ASSIGN_OR_RETURN(auto matchers, promql::ParseMatchers(selector));
    selections.push_back(std::move(matchers));
  }
  if (selections.empty()) selections.emplace_back();
  std::vector<std::unique_ptr<storage::SeriesSet>> sets;
  for (const auto& matchers : selections) {
    ASSIGN_OR_RETURN(auto set, querier->Select(matchers));
    sets.push_back(std::move(set));
  }
  Lines lines(out);
  storage::SampleColumns samples;
  for (const Entry& entry : SortedSeries(sets)) {
    RETURN_IF_ERROR(entry.set->Read(entry.index, samples));
    if (samples.size() > 0) print(entry.labels(), samples, lines);
    if (lines.failed()) return Unavailable("write: the output is closed, or full");
  }
  if (const size_t damaged = database->damaged_block_count(); damaged > 0)
    return Corruption(std::to_string(damaged), " blocks cannot be opened, and are left out");
  return {};
}

}  // namespace

int TsdbDump(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& problems) {
  Options options;
  cli::Flags flags("narthex-tool tsdb dump",
                   "Prints the samples of a data directory, its log's among them, or its series. "
                   "A server may be at work there meanwhile.");
  AddFlags(flags, options);
  flags.Add("format", &options.format,
            "prom: a line for each sample; seriesjson: the labels of each series.", "FORMAT");
  return RunCommand(flags, arguments, out, problems, [&]() -> Status {
    if (options.format == "prom") return Dump(options, PrintSamples, out);
    if (options.format == "seriesjson") return Dump(options, PrintLabels, out);
    return InvalidArgument("--format: want prom or seriesjson, got ", Quote(options.format));
  });
}

int TsdbDumpOpenMetrics(const std::vector<std::string>& arguments, std::ostream& out,
                        std::ostream& problems) {
  Options options;
  cli::Flags flags("narthex-tool tsdb dump-openmetrics",
                   "Prints the samples of a data directory as OpenMetrics, which "
                   "create-blocks-from openmetrics reads. Native histograms and staleness markers "
                   "are left out: they cannot be said there.");
  AddFlags(flags, options);
  return RunCommand(flags, arguments, out, problems, [&]() -> Status {
    RETURN_IF_ERROR(Dump(options, PrintOpenMetrics, out));
    out << "# EOF\n";
    return {};
  });
}

}  // namespace narthex::tool
