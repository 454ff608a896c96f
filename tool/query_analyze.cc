// narthex-tool query analyze: how many buckets of histograms are in use, over a time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include "common/bytes/numbers.h"
#include "tool/api_client.h"
#include "tool/command.h"
#include "tool/commands.h"
#include "tool/query_output.h"

namespace narthex::tool {
namespace {

using config::Node;

// Of one histogram: the buckets that count something at a time.
struct Usage {
  size_t least = 0;
  size_t most = 0;
  size_t total = 0;  // buckets that there are, in use or not
  double mean = 0;
};

Usage UsageOf(const std::vector<size_t>& counts, size_t total) {
  Usage usage{*std::min_element(counts.begin(), counts.end()),
              *std::max_element(counts.begin(), counts.end()), total, 0};
  double sum = 0;
  for (const size_t count : counts) sum += static_cast<double>(count);
  usage.mean = sum / static_cast<double>(counts.size());
  return usage;
}

const Node& FieldOf(const Node& node, std::string_view key) {
  static const Node kNothing;
  const Node* found = node.Find(key);
  return found == nullptr ? kNothing : *found;
}

std::optional<Usage> OfNative(const Node& series) {
  const std::vector<Node>& samples = FieldOf(series, "histograms").items;
  if (samples.size() < 2) return std::nullopt;
  std::vector<size_t> counts;
  std::set<std::vector<std::string>> all;
  for (const Node& sample : samples) {
    if (sample.items.size() < 2) return std::nullopt;
    const std::vector<Node>& buckets = FieldOf(sample.items[1], "buckets").items;
    counts.push_back(buckets.size());
    for (const Node& bucket : buckets) {
      if (bucket.items.size() > 2)
        all.insert({bucket.items[0].text, bucket.items[1].text, bucket.items[2].text});
    }
  }
  return UsageOf(counts, all.size());
}

// Bound to values by time; of series whose samples are taken together.
using Classic = std::map<double, std::vector<double>>;

std::optional<Usage> OfClassic(const Classic& buckets) {
  const size_t samples = buckets.begin()->second.size();
  if (samples < 2) return std::nullopt;
  std::vector<size_t> counts;
  for (size_t i = 0; i < samples; ++i) {
    size_t used = 0;
    double below = 0;
    for (const auto& [bound, values] : buckets) {
      if (i >= values.size()) break;
      if (std::trunc(values[i] - below) != 0) ++used;
      below = values[i];
    }
    counts.push_back(used);
  }
  return UsageOf(counts, buckets.size());
}

// Least, mean and most over several histograms.
class Spread {
 public:
  void Add(double value) {
    least_ = count_ == 0 ? value : std::min(least_, value);
    most_ = std::max(most_, value);
    sum_ += value;
    ++count_;
  }
  std::string Text() const {
    return fmt::format("{:.0f}/{:.3f}/{:.0f}", least_, sum_ / count_, most_);
  }

 private:
  double least_ = 0;
  double most_ = 0;
  double sum_ = 0;
  double count_ = 0;
};

class Report {
 public:
  Report(std::string_view kind, std::ostream& out) : kind_(kind), out_(out) {}

  void Add(const std::string& name, const Usage& usage) {
    out_ << fmt::format("- {} ({}): {}/{:.3f}/{}", name, kind_, usage.least, usage.mean,
                        usage.most);
    if (usage.most != usage.total) out_ << "/" << usage.total;
    out_ << "\n";
    least_.Add(static_cast<double>(usage.least));
    mean_.Add(std::trunc(usage.mean));
    most_.Add(static_cast<double>(usage.most));
    total_.Add(static_cast<double>(usage.total));
    ++count_;
  }
  void PrintSummary() const {
    if (count_ == 0) return;
    out_ << fmt::format(
        "\n{} histograms, {} in all:\n- least in use: {}\n- mean in use: {}\n- most in use: {}\n"
        "- there are: {}\n",
        kind_, count_, least_.Text(), mean_.Text(), most_.Text(), total_.Text());
  }

 private:
  const std::string_view kind_;
  std::ostream& out_;
  Spread least_, mean_, most_, total_;
  size_t count_ = 0;
};

struct Options {
  ApiServer server;
  std::string type;
  Duration duration = Duration::Seconds(3600);
  std::string time;
  std::vector<std::string> matches;
};

// Series of classic buckets, by the labels that make one histogram.
void TakeClassic(const Node& series, std::map<std::string, Classic>& histograms) {
  Node metric = FieldOf(series, "metric");
  const std::string name = FieldOf(metric, "__name__").text;
  const auto bound = ParseDouble(FieldOf(metric, "le").text);
  if (!bound || !name.ends_with("_bucket")) return;
  std::erase_if(metric.entries, [](const Node::Entry& entry) { return entry.key.text == "le"; });
  std::vector<double>& values = histograms[MetricText(metric)][*bound];
  for (const Node& pair : FieldOf(series, "values").items)
    values.push_back(pair.items.size() > 1 ? ParseDouble(pair.items[1].text).value_or(0) : 0);
}

Status Analyze(const Options& options, std::ostream& out) {
  if (options.type != "histogram")
    return InvalidArgument("--type: want histogram, got ", Quote(options.type));
  if (options.server.url.empty()) return InvalidArgument("there is no --server to ask");
  if (options.matches.empty()) return InvalidArgument("there is no --match");
  out << "Buckets in use of each histogram: least/mean/most over the time, and how many there are "
         "where\nthat is more.\n\n";
  Report native("native", out);
  Report classic("classic", out);
  for (const std::string& match : options.matches) {
    ApiParameters parameters = {{"query", match + "[" + FormatDuration(options.duration) + "]"}};
    if (!options.time.empty()) parameters.emplace_back("time", options.time);
    ASSIGN_OR_RETURN(const ApiAnswer answer, AskApi(options.server, "/api/v1/query", parameters));
    std::map<std::string, Classic> histograms;
    for (const Node& series : FieldOf(answer.data, "result").items) {
      if (!FieldOf(series, "values").items.empty()) {
        TakeClassic(series, histograms);
      } else if (const auto usage = OfNative(series)) {
        native.Add(MetricText(FieldOf(series, "metric")), *usage);
      }
    }
    for (const auto& [name, buckets] : histograms) {
      if (const auto usage = OfClassic(buckets)) classic.Add(name, *usage);
    }
  }
  native.PrintSummary();
  classic.PrintSummary();
  return {};
}

}  // namespace

int QueryAnalyze(const std::vector<std::string>& arguments, std::ostream& out,
                 std::ostream& problems) {
  Options options;
  cli::Flags flags("narthex-tool query analyze",
                   "Shows how many buckets of histograms are in use.");
  flags.Add("server", &options.server.url, "The server to ask.", "URL");
  flags.Add("type", &options.type, "What the metrics are: histogram.", "TYPE");
  flags.Add("match", &options.matches, "Selector of series; may be repeated.", "SELECTOR");
  flags.Add("duration", &options.duration, "How long back to look.");
  flags.Add("time", &options.time, "From when, Unix or RFC 3339; now by default.", "TIME");
  AddHttpConfigFlag(flags, options.server);
  return RunCommand(flags, arguments, out, problems,
                    [&] { return Analyze(options, out).Prefixed("query error"); });
}

}  // namespace narthex::tool
