// The database at what scraping does to it: commits of 1,000 samples each, of series that take
// turns, through the log on a real file system. Items are samples.
#include "server/tsdb/database.h"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <random>

namespace narthex::tsdb {
namespace {

constexpr int64_t kSeriesPerTarget = 1000;
constexpr int64_t kIntervalMs = 15'000;

// A database in a folder of its own, which goes with it.
class BenchDatabase {
 public:
  BenchDatabase()
      : directory_(std::filesystem::temp_directory_path() /
                   ("narthex-bench-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(directory_);
    DatabaseOptions options;
    options.directory = directory_.string();
    database_ = *Database::Open(options, *files_, clock_,
                                Logger(LogOptions{.level = LogLevel::kError}), registry_);
  }
  ~BenchDatabase() {
    database_.reset();
    std::filesystem::remove_all(directory_);
  }
  Database& operator*() { return *database_; }
  Database* operator->() { return database_.get(); }

 private:
  const std::filesystem::path directory_;
  const std::unique_ptr<Files> files_ = NewSystemFiles();
  SystemClock clock_;
  Registry registry_;
  std::unique_ptr<Database> database_;
};

struct Target {
  std::vector<storage::SeriesRef> refs;
  std::vector<double> values;
};

LabelSet LabelsOf(int64_t target, int64_t series) {
  const std::string instance = "10.0.0." + std::to_string(target) + ":9100";
  const std::string name = "http_requests_" + std::to_string(series / 20) + "_total";
  const std::string pod = "checkout-7d9c5b6f-" + std::to_string(target * 50 + series / 20);
  const std::string code = std::to_string(200 + series % 20);
  return LabelSet::Of({{"__name__", name},
                       {"instance", instance},
                       {"job", "load"},
                       {"pod", pod},
                       {"code", code},
                       {"handler", "/api/v1/orders"},
                       {"method", "GET"}});
}

Status FirstScrape(Database& database, int64_t number, int64_t at_ms, Target& target) {
  const auto appender = database.NewAppender();
  for (int64_t i = 0; i < kSeriesPerTarget; ++i) {
    ASSIGN_OR_RETURN(const auto ref,
                     appender->Append(storage::kNoRef, LabelsOf(number, i), at_ms, 1));
    target.refs.push_back(ref);
    target.values.push_back(static_cast<double>(i) * 1000);
  }
  return appender->Commit();
}

Status Scrape(Database& database, int64_t at_ms, std::mt19937& random, Target& target) {
  const auto appender = database.NewAppender();
  for (size_t i = 0; i < target.refs.size(); ++i) {
    const auto step = static_cast<double>(1 + random() % 512);
    target.values[i] += i % 3 == 0 ? step / 128 : step;
    RETURN_IF_ERROR(appender->AppendKnown(target.refs[i], at_ms, target.values[i]));
  }
  return appender->Commit();
}

// What follows the first scrape: every series is known.
void BM_DatabaseScrapes(benchmark::State& state) {
  BenchDatabase database;
  std::vector<Target> targets(static_cast<size_t>(state.range(0)));
  int64_t at_ms = 1'700'000'000'000;
  bool ok = true;
  for (size_t i = 0; i < targets.size(); ++i) {
    ok = ok && FirstScrape(*database, static_cast<int64_t>(i), at_ms, targets[i]).ok();
  }
  std::mt19937 random(1);
  size_t next = 0;
  for (auto _ : state) {
    if (next == 0) at_ms += kIntervalMs;
    ok = ok && Scrape(*database, at_ms, random, targets[next]).ok();
    next = (next + 1) % targets.size();
  }
  if (!ok) state.SkipWithError("a scrape was refused");
  state.SetItemsProcessed(state.iterations() * kSeriesPerTarget);
}
BENCHMARK(BM_DatabaseScrapes)->ArgName("targets")->Arg(10)->Arg(100)->Unit(benchmark::kMicrosecond);

// Targets never seen before: labels interned, postings made, series logged.
void BM_DatabaseNewSeries(benchmark::State& state) {
  BenchDatabase database;
  int64_t number = 0;
  bool ok = true;
  for (auto _ : state) {
    Target target;
    ok = ok && FirstScrape(*database, number++, 1'700'000'000'000, target).ok();
  }
  if (!ok) state.SkipWithError("a scrape was refused");
  state.SetItemsProcessed(state.iterations() * kSeriesPerTarget);
}
BENCHMARK(BM_DatabaseNewSeries)->Iterations(300)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace narthex::tsdb
