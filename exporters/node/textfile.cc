// Metrics that others wrote to files *.prom in folders of --collector.textfile.directory.
//
// As the original: a help text that differs from that of an earlier file drops the family there, a
// family without help is told where it comes from, a timestamp refuses the file, and only files
// without any fault have node_textfile_mtime_seconds. Beyond it, a fault drops its family alone,
// and node_textfile_file_error says for each file whether anything in it was left out.
#include <glob.h>
#include <sys/stat.h>
#include <time.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "exporters/kit/file_version.h"
#include "exporters/kit/textfile_reader.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

using openmetrics::HistogramPoint;
using openmetrics::Metric;
using openmetrics::MetricFamily;
using openmetrics::SummaryPoint;

constexpr size_t kMaxFiles = 10'000;
constexpr size_t kMaxFileSize = 16UL << 20;
constexpr size_t kMaxTotalSize = 64UL << 20;

// The names of our own, which no file may have.
constexpr std::string_view kErrorName = "node_textfile_scrape_error";
constexpr std::string_view kFileErrorName = "node_textfile_file_error";
constexpr std::string_view kStaleName = "node_textfile_file_stale";
constexpr std::string_view kMtimeName = "node_textfile_mtime_seconds";

// A family as all files together give it. The metrics are parts of what is kept of files.
struct Joined {
  openmetrics::Type type;
  std::string help;                // of the first file that has one
  std::vector<std::string> files;  // that it was read from
  std::vector<const Metric*> metrics;
  std::set<std::vector<openmetrics::LabelPair>> seen;  // labels of `metrics`, without empty ones
};

// A file as it was last read.
struct ReadFileContent {
  FileVersion version;
  size_t size = 0;  // bytes
  TextfileContent content;
};

// What was read of each file, so that one that did not change is not parsed again. Safe from
// several threads.
class KeptFiles {
 public:
  std::shared_ptr<const ReadFileContent> Find(const std::string& path, const FileVersion& version) {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(path);
    if (found == files_.end() || found->second->version != version) return nullptr;
    return found->second;
  }

  // Keeps what one scrape read and nothing else.
  void Keep(std::map<std::string, std::shared_ptr<const ReadFileContent>> files) {
    const std::lock_guard lock(mutex_);
    files_ = std::move(files);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const ReadFileContent>> files_;
};

std::vector<openmetrics::LabelPair> WithoutEmpty(std::vector<openmetrics::LabelPair> labels) {
  std::erase_if(labels, [](const auto& label) { return label.value.empty(); });
  return labels;
}

void WriteMetric(const Metric& metric, Family& family) {
  std::vector<Label> labels;
  for (const auto& [name, value] : metric.labels) labels.push_back({name, value});
  const auto sample = [&](std::string_view suffix, double value) {
    family.Sample(suffix, labels.data(), labels.size(), value);
  };
  const auto labelled = [&](std::string_view suffix, std::string_view name, double bound,
                            double value) {
    const std::string text = ExpositionDouble(bound);
    labels.push_back({name, text});
    sample(suffix, value);
    labels.pop_back();
  };
  if (const auto* value = std::get_if<double>(&metric.point)) return sample("", *value);
  if (const auto* counter = std::get_if<openmetrics::CounterPoint>(&metric.point))
    return sample("", counter->value);
  if (const auto* summary = std::get_if<SummaryPoint>(&metric.point)) {
    for (const auto& [quantile, value] : summary->quantiles)
      labelled("", "quantile", quantile, value);
    sample("_sum", summary->sum.value_or(0));
    sample("_count", summary->count.value_or(0));
  } else if (const auto* histogram = std::get_if<HistogramPoint>(&metric.point)) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const auto& buckets = histogram->buckets;
    const bool ends = !buckets.empty() && buckets.back().upper_bound == kInfinity;
    const double count = histogram->count.value_or(ends ? buckets.back().cumulative_count : 0);
    for (const auto& bucket : buckets)
      labelled("_bucket", "le", bucket.upper_bound, bucket.cumulative_count);
    if (!ends) labelled("_bucket", "le", kInfinity, count);
    sample("_sum", histogram->sum.value_or(0));
    sample("_count", count);
  }
}

// What one scrape reads.
class Reading {
 public:
  Reading(MetricSink& sink, Duration max_age, KeptFiles& kept)
      : sink_(sink), max_age_(max_age), kept_(kept) {}

  void ReadFolder(const std::string& folder) {
    const auto names = ListDirectory(folder);
    if (!names.ok()) return Fault(names.status());
    for (const std::string& name : *names) {
      if (!name.ends_with(".prom")) continue;
      if (file_errors_.size() >= kMaxFiles)
        return Fault(LimitReached("more than ", std::to_string(kMaxFiles), " files"));
      const std::string path = (std::filesystem::path(folder) / name).lexically_normal();
      if (file_errors_.emplace(path, false).second) ReadOne(path);
    }
  }

  void Write() {
    for (auto& [name, joined] : families_) WriteFamily(name, joined);
    sink_.Gauge(kErrorName,
                "Whether anything in any file was left out, or a folder could not be read.",
                failed_ ? 1 : 0);
    Family& errors =
        sink_.GaugeFamily(kFileErrorName, "Whether anything in the file was left out.");
    for (const auto& [path, failed] : file_errors_) errors.Sample({{"file", path}}, failed ? 1 : 0);
    Family& times =
        sink_.GaugeFamily(kMtimeName, "Unix time of the last change of files without any fault.");
    for (const auto& [path, seconds] : mtimes_) times.Sample({{"file", path}}, seconds);
    Family& stale = sink_.GaugeFamily(
        kStaleName, "Whether the file was left out for its age, see --collector.textfile.max-age.");
    for (const auto& [path, is_stale] : stale_) stale.Sample({{"file", path}}, is_stale ? 1 : 0);
    kept_.Keep(std::move(files_));
  }

 private:
  void Fault(Status fault) {
    failed_ = true;
    sink_.Complain(std::move(fault));
  }
  // Seconds since a file was changed.
  static double AgeOf(const struct stat& file) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<double>(now.tv_sec - file.st_mtim.tv_sec) +
           static_cast<double>(now.tv_nsec - file.st_mtim.tv_nsec) / 1e9;
  }

  void FileFault(const std::string& path, const Status& fault) {
    file_errors_[path] = true;
    Fault(fault.Prefixed(path));
  }

  void ReadOne(const std::string& path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) return FileFault(path, ErrnoStatus("stat", errno));
    // Opening a named pipe would wait for somebody to write to it.
    if (!S_ISREG(about.st_mode)) return FileFault(path, InvalidArgument("no regular file"));
    if (max_age_.ms > 0) {
      const bool is_stale = AgeOf(about) > max_age_.seconds();
      stale_[path] = is_stale;
      if (is_stale) return;
    }
    const auto file = ContentOf(path, FileVersionOf(about));
    if (!file.ok()) return FileFault(path, file.status());
    total_size_ += (*file)->size;
    files_[path] = *file;
    for (const Status& fault : (*file)->content.faults) FileFault(path, fault);
    for (const MetricFamily& family : (*file)->content.families) {
      if (const Status joined = Join(path, family); !joined.ok()) FileFault(path, joined);
    }
    // The time from before reading: a file that is replaced meanwhile does not appear fresh.
    if (!file_errors_[path]) mtimes_[path] = static_cast<double>(about.st_mtim.tv_sec);
  }

  Result<std::shared_ptr<const ReadFileContent>> ContentOf(const std::string& path,
                                                           const FileVersion& version) {
    const size_t max_size = std::min(kMaxFileSize, kMaxTotalSize - total_size_);
    if (auto known = kept_.Find(path, version); known && known->size <= max_size) return known;
    RETURN_IF_ERROR(ReadFile(path, text_, max_size));
    return std::make_shared<const ReadFileContent>(
        ReadFileContent{version, text_.size(), ReadTextfile(text_)});
  }

  Status Join(const std::string& path, const MetricFamily& family) {
    if (family.name == kErrorName || family.name == kFileErrorName || family.name == kMtimeName ||
        family.name == kStaleName)
      return Corruption("family ", Quote(family.name), " is the collector's own");
    const auto [found, is_new] =
        families_.emplace(family.name, Joined{family.type, family.help, {}, {}, {}});
    Joined& joined = found->second;
    if (joined.type != family.type)
      return Corruption("family ", Quote(family.name), " is of another type in ",
                        Quote(joined.files.front()));
    if (!family.help.empty() && !joined.help.empty() && joined.help != family.help)
      return Corruption("family ", Quote(family.name), " has another help text in ",
                        Quote(joined.files.front()));
    if (joined.help.empty()) joined.help = family.help;
    joined.files.push_back(path);
    return JoinMetrics(family, joined);
  }

  static Status JoinMetrics(const MetricFamily& family, Joined& joined) {
    size_t repeated = 0;
    for (const Metric& metric : family.metrics) {
      if (joined.seen.insert(WithoutEmpty(metric.labels)).second) {
        joined.metrics.push_back(&metric);
      } else {
        ++repeated;
      }
    }
    if (repeated == 0) return {};
    return Corruption("family ", Quote(family.name),
                      ": series that another file has, too: ", std::to_string(repeated));
  }

  void WriteFamily(const std::string& name, Joined& joined) {
    if (joined.help.empty()) {
      joined.help = "Metric read from ";
      for (const std::string& file : joined.files)
        joined.help += (&file == &joined.files.front() ? "" : ", ") + file;
    }
    Family& family = sink_.AnyFamily(name, joined.type, joined.help);
    for (const Metric* metric : joined.metrics) WriteMetric(*metric, family);
  }

  MetricSink& sink_;
  const Duration max_age_;  // 0 for none
  KeptFiles& kept_;
  std::map<std::string, std::shared_ptr<const ReadFileContent>> files_;  // read in this scrape
  bool failed_ = false;
  std::string text_;
  size_t total_size_ = 0;
  std::map<std::string, Joined> families_;
  std::map<std::string, bool> file_errors_;
  std::map<std::string, double> mtimes_;
  std::map<std::string, bool> stale_;  // where there is a limit
};

class TextfileCollector : public Collector {
 public:
  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.textfile.directory", &patterns_,
              "Folder whose files *.prom are read, or a pattern for such folders.", "PATTERN");
    flags.Add("collector.textfile.max-age", &max_age_,
              "Leave out files that were last changed longer ago, and show which in "
              "node_textfile_file_stale. 0 is no limit.");
  }

  Status Collect(MetricSink& sink) override {
    Reading reading(sink, max_age_, kept_);
    for (const std::string& pattern : patterns_) {
      for (const std::string& folder : Folders(pattern)) reading.ReadFolder(folder);
    }
    reading.Write();
    return {};
  }

  bool HasForeignNames() const override { return true; }

 private:
  // What a pattern finds; the pattern itself, as a name, where that is nothing.
  static std::vector<std::string> Folders(const std::string& pattern) {
    if (pattern.empty()) return {};
    glob_t found{};
    std::vector<std::string> folders;
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
      folders.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    if (folders.empty()) folders.push_back(pattern);
    return folders;
  }

  std::vector<std::string> patterns_;
  Duration max_age_;
  KeptFiles kept_;
};

}  // namespace

std::unique_ptr<Collector> NewTextfileCollector(const SystemPaths&) {
  return std::make_unique<TextfileCollector>();
}

}  // namespace narthex::exporters
