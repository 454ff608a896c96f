// What a server does after kill -9: a database is opened whose log has nine samples of each series,
// as in the minutes after a start with 15 seconds between scrapes. Items are samples of the log.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "server/tsdb/database.h"

namespace narthex::tsdb {
namespace {

constexpr int64_t kSeriesPerTarget = 1000;
constexpr int64_t kScrapes = 9;
constexpr int64_t kIntervalMs = 15'000;

LabelSet LabelsOf(int64_t target, int64_t series) {
  return LabelSet::Of(
      {{"__name__", "http_requests_" + std::to_string(series / 20) + "_total"},
       {"instance", "10.0." + std::to_string(target / 250) + "." + std::to_string(target % 250)},
       {"job", "load"},
       {"pod", "checkout-7d9c5b6f-" + std::to_string(target * 50 + series / 20)},
       {"code", std::to_string(200 + series % 20)},
       {"handler", "/api/v1/orders"},
       {"method", "GET"}});
}

class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
};

class Opened {
 public:
  explicit Opened(const std::filesystem::path& directory)
      : database_(Database::Open({.directory = directory.string()}, *files_, clock_,
                                 Logger(LogOptions{.level = LogLevel::kError}), registry_)) {}
  bool ok() const { return database_.ok(); }
  Database& operator*() { return **database_; }

 private:
  const std::unique_ptr<Files> files_ = NewSystemFiles();
  SystemClock clock_;
  Registry registry_;
  Result<std::unique_ptr<Database>> database_;
};

// Leaves in `to` what a kill leaves of a database that so many targets were scraped into.
bool WriteLog(int64_t targets, const std::filesystem::path& to) {
  const Folder folder("narthex-bench-log-");
  Opened opened(folder.path());
  if (!opened.ok()) return false;
  std::vector<std::vector<storage::SeriesRef>> refs(static_cast<size_t>(targets));
  for (int64_t scrape = 0; scrape < kScrapes; ++scrape) {
    for (int64_t target = 0; target < targets; ++target) {
      const int64_t at_ms = 1'700'000'000'000 + scrape * kIntervalMs + target;
      auto& known = refs[static_cast<size_t>(target)];
      const auto appender = (*opened).NewAppender();
      for (int64_t i = 0; i < kSeriesPerTarget; ++i) {
        const auto value = static_cast<double>(i * 1000 + scrape * (i % 37));
        if (scrape > 0) {
          if (!appender->AppendKnown(known[static_cast<size_t>(i)], at_ms, value).ok())
            return false;
          continue;
        }
        const auto ref = appender->Append(storage::kNoRef, LabelsOf(target, i), at_ms, value);
        if (!ref.ok()) return false;
        known.push_back(*ref);
      }
      if (!appender->Commit().ok()) return false;
    }
  }
  std::filesystem::copy(folder.path(), to, std::filesystem::copy_options::recursive);
  return true;
}

void BM_DatabaseRestart(benchmark::State& state) {
  const Folder log("narthex-bench-killed-");
  if (!WriteLog(state.range(0) / kSeriesPerTarget, log.path()))
    return state.SkipWithError("the log could not be written");
  const Folder copy("narthex-bench-restart-");
  for (auto _ : state) {
    state.PauseTiming();
    std::filesystem::remove_all(copy.path());
    std::filesystem::copy(log.path(), copy.path(), std::filesystem::copy_options::recursive);
    state.ResumeTiming();
    auto opened = std::make_unique<Opened>(copy.path());
    state.PauseTiming();
    if (!opened->ok()) {
      state.SkipWithError("the database could not be opened");
    } else if ((**opened).Stats().series != static_cast<size_t>(state.range(0))) {
      state.SkipWithError("series are missing");
    }
    opened.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * kScrapes);
}
BENCHMARK(BM_DatabaseRestart)
    ->ArgName("series")
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Iterations(1)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace narthex::tsdb
