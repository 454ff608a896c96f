// narthex-tool tsdb create-blocks-from openmetrics.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <ostream>

#include "common/clock/clock.h"
#include "common/fs/files.h"
#include "common/openmetrics/parser.h"
#include "server/tsdb/backfill.h"
#include "tool/command.h"
#include "tool/commands.h"
#include "tool/tsdb_output.h"

namespace narthex::tool {
namespace {

struct Options {
  std::string input;
  std::string directory = kDefaultDatabase;
  bool human_readable = false;
  bool quiet = false;
  Duration max_block_duration{0};
  std::vector<std::string> labels;
};

// What is read: mapped, or from a pipe, which has to be read whole.
struct Input {
  std::unique_ptr<MappedFile> mapped;
  std::string text;
  std::string_view bytes() const { return mapped ? mapped->bytes() : text; }
};

Result<Input> OpenInput(Files& files, const std::string& path) {
  Input input;
  struct stat info {};
  const bool regular = ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
  if (regular) {
    ASSIGN_OR_RETURN(input.mapped, files.Map(path));
  } else {
    RETURN_IF_ERROR(ReadFile(path, input.text, SIZE_MAX));
  }
  return input;
}

// Two hours, or the longest of the ranges that compaction makes which `most` allows.
int64_t BlockRangeMs(Duration most) {
  constexpr int64_t kSteps = 10;
  int64_t range_ms = 2LL * 3600 * 1000;
  for (int64_t step = 1; step < kSteps && range_ms * 3 <= most.ms; ++step) range_ms *= 3;
  return range_ms;
}

Result<std::vector<Label>> ParseLabels(const std::vector<std::string>& texts) {
  std::vector<Label> labels;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return InvalidArgument("--label: want NAME=VALUE, got ", Quote(text));
    const std::string_view view = text;
    labels.push_back({view.substr(0, equals), view.substr(equals + 1)});
  }
  return labels;
}

// Tells now and then how far a long import is.
class Progress {
 public:
  Progress(size_t total_bytes, std::ostream& out) : total_bytes_(total_bytes), out_(out) {}

  void At(size_t rest_bytes) {
    constexpr uint64_t kLookEvery = 1 << 16;
    constexpr int64_t kTellEveryNs = 5'000'000'000;
    if (++samples_ % kLookEvery != 0) return;
    const int64_t now_ns = clock_.MonotonicNs();
    if (now_ns - told_ns_ < kTellEveryNs) return;
    told_ns_ = now_ns;
    const double part =
        100.0 * static_cast<double>(total_bytes_ - rest_bytes) / static_cast<double>(total_bytes_);
    out_ << fmt::format("{:.0f} % read, {} samples\n", part, samples_);
    out_.flush();
  }

 private:
  const size_t total_bytes_;
  std::ostream& out_;
  const SystemClock clock_;
  uint64_t samples_ = 0;
  int64_t told_ns_ = clock_.MonotonicNs();
};

// Reads samples into a backfill.
class Importer {
 public:
  Importer(tsdb::Backfill& backfill, std::vector<Label> extra)
      : backfill_(backfill), extra_(std::move(extra)) {}

  Status Read(std::string_view text, Progress* progress) {
    openmetrics::ExpositionParser parser(text, openmetrics::Format::kOpenMetrics);
    for (;;) {
      ASSIGN_OR_RETURN(const openmetrics::Entry entry, parser.Next());
      if (entry == openmetrics::Entry::kEnd) return {};
      if (entry == openmetrics::Entry::kSample) RETURN_IF_ERROR(Take(parser));
      if (progress != nullptr) progress->At(parser.rest().size());
    }
  }

 private:
  Status Take(openmetrics::ExpositionParser& parser) {
    const openmetrics::ParsedSample& sample = parser.sample();
    const auto at = [&] { return "series " + std::string(sample.series); };
    if (!sample.timestamp_ms) return InvalidArgument(at(), ": expected timestamp, got none");
    // Lines of one series usually follow each other.
    if (sample.series != last_text_) {
      ASSIGN_OR_RETURN(const std::vector<Label>* labels, parser.Labels());
      LabelSetBuilder builder;
      for (const Label label : *labels) builder.Set(label.name, label.value);
      for (const Label label : extra_) builder.Set(label.name, label.value);
      last_series_ = backfill_.SeriesOf(builder.Build());
      last_text_ = sample.series;
    }
    return backfill_.Add(last_series_, *sample.timestamp_ms, sample.value)
        .Prefixed(at() + " at " + TimeText(*sample.timestamp_ms));
  }

  tsdb::Backfill& backfill_;
  const std::vector<Label> extra_;
  std::string_view last_text_;  // of the input
  size_t last_series_ = 0;
};

Status Import(const Options& options, std::ostream& out, std::ostream& problems) {
  if (options.input.empty()) return InvalidArgument("there is no INPUT-FILE");
  ASSIGN_OR_RETURN(std::vector<Label> labels, ParseLabels(options.labels));
  const auto files = NewSystemFiles();
  ASSIGN_OR_RETURN(const Input input, OpenInput(*files, options.input));
  RETURN_IF_ERROR(files->MakeDirectories(options.directory));
  const SystemClock clock;
  tsdb::Backfill backfill(*files, clock,
                          {options.directory, BlockRangeMs(options.max_block_duration)});
  Progress progress(input.bytes().size(), problems);
  RETURN_IF_ERROR(Importer(backfill, std::move(labels))
                      .Read(input.bytes(), options.quiet ? nullptr : &progress)
                      .Prefixed(options.input));
  ASSIGN_OR_RETURN(const std::vector<tsdb::BlockMeta> blocks, backfill.Finish());
  if (const uint64_t count = backfill.duplicate_count(); count > 0)
    problems << count << " samples left out: their series has an earlier one of the same time\n";
  for (const tsdb::BlockMeta& meta : blocks) {
    if (options.quiet) break;
    ASSIGN_OR_RETURN(const auto block,
                     tsdb::Block::Open(*files, options.directory + "/" + meta.ulid));
    PrintBlocks(out, {{meta, block->size_bytes()}}, &meta == &blocks.front(),
                options.human_readable);
  }
  return {};
}

}  // namespace

int TsdbCreateBlocksFromOpenMetrics(const std::vector<std::string>& arguments, std::ostream& out,
                                    std::ostream& problems) {
  Options options;
  cli::Flags flags("narthex-tool tsdb create-blocks-from openmetrics",
                   "Makes blocks of a file of OpenMetrics whose samples all have timestamps. They "
                   "may come in any order; of two samples of a series at one time the first stays. "
                   "All blocks appear when all is read, or none.");
  flags.Add("human-readable", &options.human_readable,
            "Print times as dates and sizes with units (-r).");
  flags.Add("quiet", &options.quiet, "Print neither blocks nor progress (-q).");
  flags.Add("max-block-duration", &options.max_block_duration,
            "How long a block may be; less than 2h is 2h.");
  flags.Add("label", &options.labels, "A label that every series gets; may be repeated.",
            "NAME=VALUE");
  flags.AddArgument("INPUT-FILE", &options.input, "The file.");
  flags.AddArgument("OUTPUT-DIRECTORY", &options.directory, "Where the blocks go.");
  return RunCommand(flags, arguments, out, problems, [&] { return Import(options, out, problems); },
                    {{'r', "human-readable"}, {'q', "quiet"}});
}

}  // namespace narthex::tool
