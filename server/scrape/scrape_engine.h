// Scrapes every target at its interval. One loop drives all transfers; bodies are parsed and stored
// beside it, on as many threads as there are cores. No thread waits on a target.
//
// Scrapes of a target lie on a fixed grid: its interval, shifted by a hash of the target, so that
// targets are spread over the interval and keep their place over restarts.
#ifndef NARTHEX_SERVER_SCRAPE_SCRAPE_ENGINE_H_
#define NARTHEX_SERVER_SCRAPE_SCRAPE_ENGINE_H_

#include <memory>
#include <vector>

#include "common/client/registry.h"
#include "common/clock/clock.h"
#include "common/http_client/http_client.h"
#include "common/http_client/io_loop.h"
#include "common/log/logger.h"
#include "server/scrape/ingest.h"
#include "server/scrape/target.h"

namespace narthex::server {

class ScrapeEngine {
 public:
  // What is passed by reference outlives the engine.
  ScrapeEngine(storage::Storage& storage, const Clock& clock, Logger log, Registry& registry,
               size_t threads);
  ~ScrapeEngine();

  // Begins to scrape. Called once.
  void Start(const Config& config);
  // Whether the loop that drives all scrapes comes round within `patience`: kUnavailable when not.
  // Between Start() and Stop(), from any thread.
  Status CheckTurns(Duration patience);
  // Returns when no scrape is under way. No series is marked as ended: a restart is not their end.
  void Stop();

  // The targets by job, in the order of the configuration. Safe from many threads after Start().
  struct Pool {
    std::string job;
    std::vector<std::shared_ptr<const Target>> targets;
  };
  const std::vector<Pool>& pools() const { return pools_; }

 private:
  struct Loop;

  void Schedule(Loop& loop, int64_t not_before_ms);
  void Begin(Loop& loop);
  void Finish(Loop& loop, HttpResult result);
  Status Process(Loop& loop, HttpResult& result, IngestCounts& counts);
  void LogCounts(const Loop& loop, const IngestCounts& counts) const;

  storage::Storage& storage_;
  const Clock& clock_;
  const Logger log_;
  Counter& scrapes_;
  Counter& failures_;
  Counter& missed_;
  Histogram& lateness_;
  IoLoop io_;
  HttpClient http_;
  std::vector<Pool> pools_;
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_SCRAPE_SCRAPE_ENGINE_H_
