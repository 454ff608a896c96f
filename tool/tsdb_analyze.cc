// narthex-tool tsdb analyze: what a block is made of, and what of it churns.
#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

#include "server/promql/parser.h"
#include "tool/command.h"
#include "tool/commands.h"
#include "tool/tsdb_blocks.h"
#include "tool/tsdb_output.h"

namespace narthex::tool {
namespace {

struct Options {
  std::string path = kDefaultDatabase;
  std::string block;
  int64_t limit = 20;
  bool extended = false;
  std::string match;
};

using Counts = std::map<std::string, uint64_t>;

struct Usage {
  uint64_t series = 0;
  uint64_t uncovered_ms = 0;  // of the block's time, in all series together
};

// What is counted of the series that were selected.
struct Analysis {
  std::map<std::pair<std::string, std::string>, Usage> pairs;
  std::map<std::string, Usage> names;
  uint64_t entries = 0;
};

void PrintList(std::ostream& out, std::string_view title, const Counts& counts, int64_t limit) {
  std::vector<std::pair<uint64_t, std::string_view>> sorted;
  sorted.reserve(counts.size());
  for (const auto& [text, count] : counts) sorted.emplace_back(count, text);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  out << "\n" << title << ":\n";
  for (size_t i = 0; i < sorted.size() && static_cast<int64_t>(i) < limit; ++i)
    out << sorted[i].first << " " << sorted[i].second << "\n";
}

Result<Analysis> Count(const tsdb::Block& block, const tsdb::SlotList& selected) {
  Analysis analysis;
  std::vector<tsdb::ChunkMeta> chunks;
  const tsdb::BlockMeta& meta = block.meta();
  for (const tsdb::Slot series : selected) {
    ASSIGN_OR_RETURN(const LabelSet labels, block.index().Series(series, chunks));
    const int64_t covered_ms =
        chunks.empty() ? 0 : chunks.back().max_time_ms - chunks.front().min_time_ms;
    const auto uncovered_ms =
        static_cast<uint64_t>(meta.max_time_ms - meta.min_time_ms - covered_ms);
    for (const Label label : labels) {
      for (Usage* usage : {&analysis.pairs[{std::string(label.name), std::string(label.value)}],
                           &analysis.names[std::string(label.name)]}) {
        ++usage->series;
        usage->uncovered_ms += uncovered_ms;
      }
      ++analysis.entries;
    }
  }
  return analysis;
}

void PrintLists(std::ostream& out, const Analysis& analysis, int64_t block_ms, int64_t limit) {
  const auto churn = [&](const Usage& usage) {
    return static_cast<uint64_t>(static_cast<double>(usage.uncovered_ms) /
                                 static_cast<double>(block_ms));
  };
  Counts pair_churn;
  Counts pair_series;
  Counts value_bytes;
  Counts value_count;
  Counts metrics;
  for (const auto& [pair, usage] : analysis.pairs) {
    const std::string text = pair.first + "=" + pair.second;
    pair_churn[text] = churn(usage);
    pair_series[text] = usage.series;
    value_bytes[pair.first] += pair.second.size();
    ++value_count[pair.first];
    if (pair.first == kMetricName) metrics[pair.second] = usage.series;
  }
  Counts name_churn;
  for (const auto& [name, usage] : analysis.names) name_churn[name] = churn(usage);
  PrintList(out, "Label pairs most involved in churning", pair_churn, limit);
  PrintList(out, "Label names most involved in churning", name_churn, limit);
  PrintList(out, "Most common label pairs", pair_series, limit);
  PrintList(out, "Label names with highest cumulative label value length", value_bytes, limit);
  PrintList(out, "Highest cardinality labels", value_count, limit);
  PrintList(out, "Highest cardinality metric names", metrics, limit);
}

// How a figure is spread over the chunks, in steps of a power of ten.
void PrintSpread(std::ostream& out, std::string_view title, std::vector<uint64_t> figures,
                 uint64_t total) {
  if (figures.empty()) {
    out << title << ": N/A\n\n";
    return;
  }
  std::sort(figures.begin(), figures.end());
  const uint64_t least = figures.front();
  const uint64_t most = figures.back();
  uint64_t step = 10;
  while (step < (most - least) / 10 && step <= 10'000) step *= 10;
  const uint64_t start = least - least % step;
  const uint64_t end = most - most % step + step;
  std::vector<uint64_t> steps((end - start) / step + 1);
  uint64_t sum = 0;
  for (const uint64_t figure : figures) {
    sum += figure;
    ++steps[(figure - start) / step];
  }
  const auto digits = [](uint64_t number) { return std::to_string(number).size(); };
  const size_t count_width = digits(*std::max_element(steps.begin(), steps.end()));
  out << fmt::format("{} (min/avg/max): {}/{}/{}\n", title, least, sum / figures.size(), most);
  for (size_t i = 0; i < steps.size(); ++i) {
    out << fmt::format("[{:{}}, {:{}}]: {:{}} {}\n", i * step + start + 1, digits(end),
                       (i + 1) * step + start, digits(end + step), steps[i], count_width,
                       std::string(100 * steps[i] / total, '#'));
  }
  out << "\n";
}

Status PrintChunks(const tsdb::Block& block, const tsdb::SlotList& selected, std::ostream& out) {
  struct {
    std::vector<uint64_t> samples, bytes, buckets;
  } floats, histograms;
  uint64_t total = 0;
  std::vector<tsdb::ChunkMeta> chunks;
  storage::SampleColumns samples;
  for (const tsdb::Slot series : selected) {
    RETURN_IF_ERROR(block.index().Series(series, chunks).status());
    for (const tsdb::ChunkMeta& chunk : chunks) {
      ASSIGN_OR_RETURN(const tsdb::ChunkView view, block.chunks().Read(chunk.ref));
      samples.Clear();
      RETURN_IF_ERROR(tsdb::DecodeChunk(view, INT64_MIN, INT64_MAX, SIZE_MAX, samples));
      auto& figures = samples.has_histograms() ? histograms : floats;
      figures.samples.push_back(samples.size());
      figures.bytes.push_back(view.bytes.size());
      uint64_t buckets = 0;
      for (const storage::HistogramPtr& one : samples.histograms)
        buckets += one->positive.counts.size() + one->negative.counts.size();
      if (samples.has_histograms()) figures.buckets.push_back(buckets);
      ++total;
    }
  }
  out << "\nCompaction analysis:\n\n";
  PrintSpread(out, "samples per float chunk", floats.samples, total);
  PrintSpread(out, "bytes per float chunk", floats.bytes, total);
  PrintSpread(out, "samples per histogram chunk", histograms.samples, total);
  PrintSpread(out, "bytes per histogram chunk", histograms.bytes, total);
  PrintSpread(out, "buckets per histogram chunk", histograms.buckets, total);
  return {};
}

Status Analyze(const Options& options, std::ostream& out) {
  std::vector<storage::Matcher> matchers;
  if (!options.match.empty()) {
    ASSIGN_OR_RETURN(matchers, promql::ParseMatchers(options.match));
  }
  const auto files = NewSystemFiles();
  ASSIGN_OR_RETURN(const tsdb::BlockPtr block, OpenBlock(*files, options.path, options.block));
  const tsdb::BlockMeta& meta = block->meta();
  const int64_t block_ms = meta.max_time_ms - meta.min_time_ms;
  ASSIGN_OR_RETURN(const tsdb::SlotList selected, block->Select(matchers));
  ASSIGN_OR_RETURN(const Analysis analysis, Count(*block, selected));
  out << "Block ID: " << meta.ulid << "\nDuration: " << SpanText(block_ms)
      << "\nTotal Series: " << meta.stats.series << "\n";
  if (!options.match.empty()) out << "Matcher: " << options.match << "\n";
  out << "Label names: " << analysis.names.size() << "\n";
  if (!options.match.empty()) out << "Matched series: " << selected.size() << "\n";
  out << "Postings (unique label pairs): " << analysis.pairs.size()
      << "\nPostings entries (total label pairs): " << analysis.entries << "\n";
  PrintLists(out, analysis, block_ms, options.limit);
  return options.extended ? PrintChunks(*block, selected, out) : Status();
}

}  // namespace

int TsdbAnalyze(const std::vector<std::string>& arguments, std::ostream& out,
                std::ostream& problems) {
  Options options;
  cli::Flags flags("narthex-tool tsdb analyze",
                   "Tells which labels of a block have the most values and series, and which of "
                   "them come and go.");
  flags.Add("limit", &options.limit, "The length of each list.");
  flags.Add("extended", &options.extended, "Tell of the block's chunks, too.");
  flags.Add("match", &options.match, "Only series that this selector matches.", "SELECTOR");
  flags.AddArgument("DB-PATH", &options.path, "The data directory.");
  flags.AddArgument("BLOCK-ID", &options.block, "The block; the one made last, if left out.");
  return RunCommand(flags, arguments, out, problems, [&] { return Analyze(options, out); });
}

}  // namespace narthex::tool
