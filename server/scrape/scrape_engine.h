// Scrapes every target at its interval. One loop drives all transfers; bodies are parsed and stored
// beside it, on as many threads as there are cores. No thread waits on a target.
//
// Scrapes of a target lie on a fixed grid: its interval, shifted by a hash of the target, so that
// targets are spread over the interval and keep their place over restarts.
#ifndef NARTHEX_SERVER_SCRAPE_SCRAPE_ENGINE_H_
#define NARTHEX_SERVER_SCRAPE_SCRAPE_ENGINE_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "common/client/registry.h"
#include "common/clock/clock.h"
#include "common/http_client/http_client.h"
#include "common/io_loop/io_loop.h"
#include "common/log/logger.h"
#include "server/scrape/failure_log.h"
#include "server/scrape/ingest.h"
#include "server/scrape/scrape_failure.h"
#include "server/scrape/scrape_metrics.h"
#include "server/scrape/target.h"

namespace narthex::server {

// What a job scrapes at present. Immutable but for the status of its targets.
struct ScrapePool {
  std::shared_ptr<const ScrapeConfig> config;
  std::shared_ptr<HttpSettings> http;       // of the config; for callbacks of the I/O loop
  std::shared_ptr<FailureLog> failure_log;  // null: none
  JobTargets found;
};

struct ScrapeEngineOptions {
  size_t threads = 1;  // that work off bodies
  // A scrape that began this close to its planned time, or a hundredth of the interval where that
  // is less, is stored under the planned time.
  Duration timestamp_tolerance{2};
  IngestOptions ingest;
};

class ScrapeEngine {
 public:
  // What is passed by reference outlives the engine.
  ScrapeEngine(storage::Storage& storage, const Clock& clock, Logger log, Registry& registry,
               const ScrapeEngineOptions& options);
  ~ScrapeEngine();

  // Takes over the jobs of a configuration. Targets of jobs that are gone are not scraped any more;
  // those of the others stay until SetGroups(). Safe from many threads, as SetGroups().
  void Apply(const Config& config);

  // What discovery found for a job, instead of what it found before. A target that is still there
  // keeps its place on the grid and its series; the series of one that is gone end when it has not
  // come back within two intervals. Nothing for a job that no configuration named.
  void SetGroups(const std::string& job, const std::vector<TargetGroup>& groups);

  // Whether the loop that drives all scrapes comes round within `patience`: kUnavailable when not.
  // Until Stop(), from any thread.
  Status CheckTurns(Duration patience);
  // Returns when no scrape is under way. No series is marked as ended: a restart is not their end.
  void Stop();

  // By name of the job. Safe from many threads.
  std::map<std::string, std::shared_ptr<const ScrapePool>> pools() const;

 private:
  struct Loop;
  // Job, and identity of the target.
  using LoopKey = std::tuple<std::string, std::string, std::string>;
  static LoopKey KeyOf(const Target& target);

  void WritePools(openmetrics::ExpositionWriter& out) const;
  void Adopt(const std::string& job, const std::shared_ptr<const ScrapePool>& pool);
  void AdoptTarget(const std::shared_ptr<const Target>& target,
                   const std::shared_ptr<const ScrapePool>& pool);
  void Retire(Loop& loop);
  void End(Loop& loop);
  void AfterEnd(Loop& loop);
  void Schedule(Loop& loop, int64_t not_before_ms);
  void Begin(Loop& loop);
  void Finish(Loop& loop, HttpResult result);
  void AfterFinish(Loop& loop);
  static ScrapeOutcome Process(Loop& loop, HttpResult& result, ScrapeReport& report);
  void Tell(const Loop& loop, const ScrapeOutcome& outcome, const ScrapeReport& report);

  storage::Storage& storage_;
  const IngestOptions ingest_;
  const Clock& clock_;
  const Logger log_;
  const Duration timestamp_tolerance_;
  Counter& scrapes_;
  ScrapeMetrics metrics_;
  Counter& missed_;
  Histogram& lateness_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const ScrapePool>> pools_;  // guarded by mutex_
  std::map<LoopKey, std::unique_ptr<Loop>> loops_;                  // in callbacks of the loop only
  IoLoop io_;
  HttpClient http_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_SCRAPE_ENGINE_H_
