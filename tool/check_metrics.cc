// narthex-tool check metrics.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "common/fs/files.h"
#include "common/openmetrics/formats.h"
#include "tool/command.h"
#include "tool/commands.h"
#include "tool/metrics_lint.h"

namespace narthex::tool {
namespace {

using openmetrics::Format;
using openmetrics::Metric;
using openmetrics::MetricFamily;
using openmetrics::NameScheme;

struct Options {
  std::string format = "text";
  std::string lint = "all";
  bool extended = false;
  std::string file;
};

struct Source {
  Format format;
  NameScheme names;
};

// OpenMetrics 1.0.0 knows legacy names only; the other formats take what Prometheus 3 does.
Result<Source> ParseFormat(std::string_view name) {
  if (name == "text") return Source{Format::kText1, NameScheme::kUtf8};
  if (name == "openmetrics") return Source{Format::kOpenMetrics, NameScheme::kLegacy};
  if (name == "protobuf") return Source{Format::kProtobuf, NameScheme::kUtf8};
  return InvalidArgument("--format: want text, openmetrics or protobuf, got ", Quote(name));
}

// How many series a scrape would make of a metric.
struct CountSeries {
  size_t operator()(double) const { return 1; }
  size_t operator()(const openmetrics::CounterPoint&) const { return 1; }
  size_t operator()(const openmetrics::SummaryPoint& summary) const {
    return summary.quantiles.size() + summary.sum.has_value() + summary.count.has_value();
  }
  size_t operator()(const openmetrics::HistogramPoint& histogram) const {
    return histogram.buckets.size() + histogram.sum.has_value() + histogram.count.has_value() +
           (histogram.native != nullptr ? 1 : 0);
  }
  size_t operator()(const openmetrics::StateSetPoint& states) const { return states.states.size(); }
};

struct Cardinality {
  std::string_view family;
  size_t series;
};

void PrintCardinality(const std::vector<MetricFamily>& families, std::ostream& out) {
  std::vector<Cardinality> rows;
  size_t total = 0;
  size_t width = std::string_view("Metric").size();
  for (const MetricFamily& family : families) {
    size_t series = 0;
    for (const Metric& metric : family.metrics) series += std::visit(CountSeries(), metric.point);
    rows.push_back({family.name, series});
    total += series;
    width = std::max(width, family.name.size());
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Cardinality& a, const Cardinality& b) { return a.series > b.series; });
  out << fmt::format("{:<{}}    {:<11}    Percentage\n", "Metric", width, "Cardinality");
  for (const Cardinality& row : rows) {
    const double share = 100.0 * static_cast<double>(row.series) / static_cast<double>(total);
    out << fmt::format("{:<{}}    {:<11}    {:.2f}%\n", row.family, width, row.series, share);
  }
  out << fmt::format("{:<{}}    {:<11}    100%\n", "Total", width, total);
}

// Whether lint has nothing to say.
Result<bool> Check(const Options& options, std::ostream& out, std::ostream& problems) {
  if (options.lint != "all" && options.lint != "none")
    return InvalidArgument("--lint: want all or none, got ", Quote(options.lint));
  ASSIGN_OR_RETURN(const Source source, ParseFormat(options.format));
  const bool from_input = options.file.empty() || options.file == "-";
  ASSIGN_OR_RETURN(const std::string body, ReadFile(from_input ? "/dev/stdin" : options.file));
  const auto families = ReadFamilies(body, source.format, source.names);
  if (!families.ok()) {
    const bool has_place = source.format != Format::kProtobuf;
    return Corruption(from_input ? "<stdin>" : options.file, has_place ? ":" : ": ",
                      families.message());
  }
  std::vector<LintFinding> findings;
  if (options.lint == "all") findings = LintMetrics(*families);
  for (const LintFinding& finding : findings) {
    problems << finding.family << " " << finding.text << "\n";
  }
  if (options.extended) PrintCardinality(*families, out);
  return findings.empty();
}

}  // namespace

int CheckMetrics(const std::vector<std::string>& arguments, std::ostream& out,
                 std::ostream& problems) {
  Options options;
  cli::Flags flags(
      "narthex-tool check metrics",
      "Checks an exposition. Exits with 0 when it is valid, 1 when it is not, 3 when it "
      "is valid and there are lint findings.");
  flags.Add("format", &options.format,
            "What the input is: text, openmetrics (1.0.0 to the letter) or protobuf.", "FORMAT");
  flags.Add("lint", &options.lint, "Which lint rules to apply: all or none.", "RULES");
  flags.Add("extended", &options.extended, "Print how many series each family has.");
  flags.AddArgument("FILE", &options.file, "The exposition; standard input when not given.");
  bool clean = true;
  const int ran = RunCommand(flags, arguments, out, problems, [&]() -> Status {
    ASSIGN_OR_RETURN(clean, Check(options, out, problems));
    return {};
  });
  return clean ? ran : kLintFindings;
}

}  // namespace narthex::tool
