#include "server/scrape/scrape_engine.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <set>

#include "server/scrape/scrape_request.h"

namespace narthex::server {
namespace {

constexpr long kMaxIdleConnections = 20'000;
// A scrape that begins this close to its place on the grid gets the grid's time: regular timestamps
// take far less space. As the reference.
constexpr int64_t kLongestPlanDelayMs = 1000;

// A compressed body may be longer than what it holds, by little.
uint64_t TransferLimit(const ScrapeConfig& job) {
  const uint64_t limit = BodyLimit(job);
  return limit + limit / 1000 + 1024;
}

}  // namespace

// The scrapes of one target. Touched in callbacks of the I/O loop, but for the part that Finish()
// and End() use beside it while `busy`.
struct ScrapeEngine::Loop {
  enum class State : unsigned char {
    kScraped,
    kRetired,  // gone from discovery; its series end when it does not come back
    kEnding,   // they are being ended
  };

  Loop(storage::Storage& storage, const std::shared_ptr<const Target>& of,
       const IngestOptions& options)
      : target(of), ingester(storage, of, options) {
    Retarget(of);
  }

  // Not while busy.
  void Retarget(const std::shared_ptr<const Target>& to) {
    target = to;
    next_target.reset();
    ingester.Retarget(to);
    headers = ScrapeHeaders(*to);
    offset_ms = static_cast<int64_t>((to->labels().Hash() ^ std::hash<std::string>()(to->url())) %
                                     static_cast<uint64_t>(to->interval().ms));
  }

  std::shared_ptr<const Target> target;
  std::shared_ptr<const Target> next_target;  // to change to when no longer busy
  Ingester ingester;
  std::vector<std::string> headers;
  std::shared_ptr<const ScrapePool> pool;        // of `target` or `next_target`
  std::shared_ptr<const ScrapePool> scraped_of;  // the pool as it was when the scrape began
  State state = State::kScraped;
  bool busy = false;  // from the beginning of a scrape to its end, or ending
  IoLoop::TimerId timer{-1, 0};
  int64_t offset_ms = 0;       // of the grid
  int64_t planned_ms = 0;      // Unix time of the scrape under way or to come, on the grid
  int64_t timestamp_ms = 0;    // of its samples
  int64_t begun_ns = 0;        // 0 before the first
  Summary* between = nullptr;  // of scrapes, for targets of the interval
};

ScrapeEngine::ScrapeEngine(storage::Storage& storage, const Clock& clock, Logger log,
                           Registry& registry, const ScrapeEngineOptions& options)
    : storage_(storage),
      ingest_(options.ingest),
      clock_(clock),
      log_(std::move(log)),
      timestamp_tolerance_(options.timestamp_tolerance),
      scrapes_(registry.AddCounter("narthex_scrapes_total", "Scrapes ended, well or not.")),
      metrics_(registry),
      missed_(registry.AddCounter("narthex_scrapes_missed_total",
                                  "Scrapes left out because the one before had not ended.")),
      lateness_(registry.AddHistogram("narthex_scrape_lateness_seconds", "How late scrapes began.",
                                      {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5})),
      io_(clock, options.threads + 1),
      http_(io_, kMaxIdleConnections) {
  registry.AddComputed([this](openmetrics::ExpositionWriter& out) { WritePools(out); });
  registry.AddComputed([this](openmetrics::ExpositionWriter& out) {
    out.Add("narthex_scrape_queue_length", openmetrics::Type::kGauge,
            "Scrapes that wait for a thread to be parsed.")
        .Sample({}, static_cast<double>(io_.waiting_apart()));
  });
  io_.Start();
}

ScrapeEngine::~ScrapeEngine() { Stop(); }

void ScrapeEngine::WritePools(openmetrics::ExpositionWriter& out) const {
  const auto gauge = [&](std::string_view name, std::string_view help) -> openmetrics::Family& {
    return out.Add(name, openmetrics::Type::kGauge, help);
  };
  auto& targets = gauge("prometheus_target_scrape_pool_targets", "Targets of each job.");
  auto& limit = gauge("prometheus_target_scrape_pool_target_limit",
                      "How many targets a job may have; 0 for any number.");
  auto& entries = gauge("prometheus_target_metadata_cache_entries",
                        "Metric families that targets of a job tell of.");
  auto& bytes = gauge("prometheus_target_metadata_cache_bytes",
                      "Size of what targets of a job tell of their metric families.");
  for (const auto& [job, pool] : pools()) {
    const Label label{"scrape_job", job};
    const auto sample = [&](openmetrics::Family& family, uint64_t value) {
      family.Sample("", &label, 1, static_cast<double>(value));
    };
    sample(targets, pool->found.targets.size());
    sample(limit, pool->config->options.target_limit);
    MetadataSize known;
    for (const auto& target : pool->found.targets) known.Add(target->metadata());
    sample(entries, known.entries());
    sample(bytes, known.bytes());
  }
}

void ScrapeEngine::Stop() { io_.Stop(); }

Status ScrapeEngine::CheckTurns(Duration patience) {
  const auto turned = std::make_shared<std::promise<void>>();  // may be kept after we have left
  std::future<void> done = turned->get_future();
  io_.Post([turned] { turned->set_value(); });
  if (done.wait_for(std::chrono::milliseconds(patience.ms)) == std::future_status::ready) return {};
  return Unavailable("self check: the scrape loop does not turn");
}

std::map<std::string, std::shared_ptr<const ScrapePool>> ScrapeEngine::pools() const {
  const std::lock_guard lock(mutex_);
  return pools_;
}

ScrapeEngine::LoopKey ScrapeEngine::KeyOf(const Target& target) {
  const auto [url, labels] = target.identity();
  return {target.job(), std::string(url), std::string(labels)};
}

void ScrapeEngine::Apply(const Config& config) {
  const std::lock_guard lock(mutex_);
  auto before = std::move(pools_);
  pools_.clear();
  std::map<std::string, std::shared_ptr<FailureLog>> logs;  // jobs share a file
  const auto failure_log_of = [&](const std::string& path) -> std::shared_ptr<FailureLog> {
    if (path.empty()) return nullptr;
    auto& failure_log = logs[path];
    if (failure_log != nullptr) return failure_log;
    auto opened = FailureLog::Open(path, clock_);
    if (!opened.ok()) {
      log_.Error("scrape failures not logged", {{"err", opened.status()}});
      return nullptr;
    }
    return failure_log = *std::move(opened);
  };
  for (const ScrapeConfig& job : config.scrape_configs) {
    auto pool = std::make_shared<ScrapePool>();
    const auto known = before.find(job.job_name);
    metrics_.CountPool(known == before.end());
    if (known != before.end()) {
      pool->found = known->second->found;
      before.erase(known);
    }
    pool->config = std::make_shared<const ScrapeConfig>(job);
    pool->http = std::make_shared<HttpSettings>(job.http);
    pool->failure_log = failure_log_of(job.options.scrape_failure_log_file);
    pools_[job.job_name] = std::move(pool);
  }
  for (const auto& [job, pool] : before) {
    io_.Post([this, job = job] { Adopt(job, std::make_shared<const ScrapePool>()); });
  }
}

void ScrapeEngine::SetGroups(const std::string& job, const std::vector<TargetGroup>& groups) {
  const std::lock_guard lock(mutex_);
  const auto known = pools_.find(job);
  if (known == pools_.end()) return;
  auto pool = std::make_shared<ScrapePool>();
  pool->config = known->second->config;
  pool->http = known->second->http;
  pool->failure_log = known->second->failure_log;
  const int64_t begin_ns = clock_.MonotonicNs();
  pool->found = TargetsOf(pool->config, groups);
  if (const Status& over = pool->found.over_limit; !over.ok()) {
    log_.Error("no target of the job is scraped", {{"job", job}, {"err", over}});
  }
  for (const Status& error : pool->found.errors)
    log_.Error("target not scraped", {{"job", job}, {"err", error}});
  // What is known of a target stays visible, and is not asked for anew.
  std::map<std::pair<std::string_view, std::string_view>, const Target*> before;
  for (const auto& target : known->second->found.targets)
    before.emplace(target->identity(), target.get());
  for (const auto& target : pool->found.targets) {
    const auto same = before.find(target->identity());
    if (same == before.end()) continue;
    target->SetStatus(same->second->status());
    target->SetMetadata(same->second->metadata());
  }
  known->second = pool;
  metrics_.CountSync(job, static_cast<double>(clock_.MonotonicNs() - begin_ns) / 1e9, pool->found);
  io_.Post([this, job, pool = std::shared_ptr<const ScrapePool>(pool)] { Adopt(job, pool); });
}

// In the order of the calls that posted it.
void ScrapeEngine::Adopt(const std::string& job, const std::shared_ptr<const ScrapePool>& pool) {
  std::set<LoopKey> wanted;
  for (const auto& target : pool->found.targets) {
    wanted.insert(KeyOf(*target));
    AdoptTarget(target, pool);
  }
  for (auto at = loops_.lower_bound({job, "", ""}); at != loops_.end(); ++at) {
    if (std::get<0>(at->first) != job) break;
    if (!wanted.contains(at->first)) Retire(*at->second);
  }
}

void ScrapeEngine::AdoptTarget(const std::shared_ptr<const Target>& target,
                               const std::shared_ptr<const ScrapePool>& pool) {
  std::unique_ptr<Loop>& loop = loops_[KeyOf(*target)];
  const bool is_new = loop == nullptr;
  if (is_new) loop = std::make_unique<Loop>(storage_, target, ingest_);
  loop->pool = pool;
  loop->between = &metrics_.BetweenScrapes(target->interval());
  if (is_new) return Schedule(*loop, clock_.NowMs());
  if (loop->busy) {
    loop->next_target = target;
    if (loop->state == Loop::State::kRetired) loop->state = Loop::State::kScraped;
    return;
  }
  const bool replan =
      loop->state == Loop::State::kRetired || loop->target->interval().ms != target->interval().ms;
  loop->Retarget(target);
  if (!replan) return;
  io_.Cancel(loop->timer);
  loop->state = Loop::State::kScraped;
  Schedule(*loop, clock_.NowMs());
}

// The reference waits as long before it ends the series: a target that comes back, as when a file
// of targets is written anew, should leave no gap.
void ScrapeEngine::Retire(Loop& loop) {
  loop.next_target.reset();
  if (loop.state != Loop::State::kScraped) return;
  loop.state = Loop::State::kRetired;
  if (loop.busy) return;  // AfterFinish() goes on
  io_.Cancel(loop.timer);
  const int64_t wait_ns = loop.target->interval().ms * 2'100'000;
  loop.timer = io_.RunAt(clock_.MonotonicNs() + wait_ns, [this, &loop] { End(loop); });
}

void ScrapeEngine::End(Loop& loop) {
  loop.state = Loop::State::kEnding;
  loop.busy = true;
  io_.RunApart([this, &loop] {
    if (const Status status = loop.ingester.End(loop.planned_ms); !status.ok()) {
      log_.Error("end of a target's series not stored",
                 {{"target", loop.target->url()}, {"err", status}});
    }
    io_.Post([this, &loop] { AfterEnd(loop); });
  });
}

void ScrapeEngine::AfterEnd(Loop& loop) {
  loop.busy = false;
  if (loop.next_target == nullptr) {
    loops_.erase(KeyOf(*loop.target));
    return;
  }
  loop.Retarget(std::shared_ptr(loop.next_target));
  loop.state = Loop::State::kScraped;
  Schedule(loop, clock_.NowMs());
}

// Plans the next scrape at the first place on the target's grid from `not_before_ms` on.
void ScrapeEngine::Schedule(Loop& loop, int64_t not_before_ms) {
  const int64_t interval_ms = loop.target->interval().ms;
  int64_t phase_ms = (not_before_ms - loop.offset_ms) % interval_ms;
  if (phase_ms < 0) phase_ms += interval_ms;
  loop.planned_ms = not_before_ms + (phase_ms == 0 ? 0 : interval_ms - phase_ms);
  const int64_t wait_ms = std::max<int64_t>(loop.planned_ms - clock_.NowMs(), 0);
  loop.timer =
      io_.RunAt(clock_.MonotonicNs() + wait_ms * 1'000'000, [this, &loop] { Begin(loop); });
}

void ScrapeEngine::Begin(Loop& loop) {
  const int64_t now_ms = clock_.NowMs();
  const int64_t tolerance_ms = std::min(timestamp_tolerance_.ms, loop.target->interval().ms / 100);
  const bool on_grid = std::abs(now_ms - loop.planned_ms) <= tolerance_ms;
  loop.timestamp_ms = on_grid ? loop.planned_ms : now_ms;
  const int64_t begun_ns = clock_.MonotonicNs();
  if (loop.begun_ns != 0)
    loop.between->Observe(static_cast<double>(begun_ns - loop.begun_ns) / 1e9);
  loop.begun_ns = begun_ns;
  loop.busy = true;
  lateness_.Observe(static_cast<double>(std::max<int64_t>(now_ms - loop.planned_ms, 0)) / 1000);
  loop.scraped_of = loop.pool;
  const auto finish = [this, &loop](HttpResult result) {
    io_.RunApart([this, &loop, shared = std::make_shared<HttpResult>(std::move(result))] {
      Finish(loop, std::move(*shared));
    });
  };
  if (!loop.pool->found.over_limit.ok()) return finish({});
  http_.Get({.url = loop.target->url(),
             .headers = loop.headers,
             .timeout_ms = loop.target->timeout().ms,
             .max_body_bytes = TransferLimit(loop.target->config()),
             .settings = loop.pool->http},
            finish);
}

// Beside the loop: nobody else touches the loop meanwhile.
void ScrapeEngine::Finish(Loop& loop, HttpResult result) {
  ScrapeReport report;
  report.targets = loop.scraped_of->found.targets.size();
  const ScrapeOutcome outcome = Process(loop, result, report);
  report.up = outcome.status.ok();
  report.failure = outcome.reason;
  report.duration_seconds = static_cast<double>(clock_.MonotonicNs() - loop.begun_ns) / 1e9;
  if (!report.up) loop.ingester.Fail(loop.timestamp_ms);
  scrapes_.Add();
  Tell(loop, outcome, report);
  if (const Status stored = loop.ingester.Report(report, loop.timestamp_ms); !stored.ok()) {
    log_.Error("scrape not stored", {{"target", loop.target->url()}, {"err", stored}});
  }
  loop.target->SetStatus({report.up ? TargetHealth::kUp : TargetHealth::kDown,
                          std::string(outcome.status.message()), loop.timestamp_ms,
                          report.duration_seconds, outcome.reason});
  // The next scrape is planned when the loop turns anyway, but in time.
  const int64_t due_ms = loop.planned_ms + loop.target->interval().ms - clock_.NowMs();
  const int64_t plan_by_ns =
      clock_.MonotonicNs() + std::clamp<int64_t>(due_ms, 0, kLongestPlanDelayMs) * 1'000'000;
  io_.PostBy(plan_by_ns,
             [this, &loop, body = std::make_shared<std::string>(std::move(result.body))] {
               http_.Recycle(std::move(*body));
               AfterFinish(loop);
             });
}

void ScrapeEngine::AfterFinish(Loop& loop) {
  loop.busy = false;
  if (loop.state == Loop::State::kRetired) {
    loop.state = Loop::State::kScraped;
    loop.planned_ms += loop.target->interval().ms;
    return Retire(loop);
  }
  const int64_t interval_ms = loop.target->interval().ms;
  const int64_t next_ms = loop.planned_ms + interval_ms;
  if (loop.next_target != nullptr) {
    loop.next_target->SetStatus(loop.target->status());
    loop.next_target->SetMetadata(loop.target->metadata());
    loop.Retarget(std::shared_ptr(loop.next_target));
  }
  const int64_t now_ms = clock_.NowMs();
  if (now_ms > next_ms) {
    const int64_t missed = (now_ms - next_ms) / interval_ms + 1;
    missed_.Add(static_cast<double>(missed));
  }
  // A clock that was set back must not stop the scrapes until it has caught up.
  Schedule(loop, std::clamp(next_ms, now_ms, now_ms + interval_ms));
}

ScrapeOutcome ScrapeEngine::Process(Loop& loop, HttpResult& result, ScrapeReport& report) {
  const ScrapeConfig& job = loop.target->config();
  const Status& over_limit = loop.scraped_of->found.over_limit;
  if (!over_limit.ok()) return {ScrapeFailure::kLimit, over_limit};
  const auto failed = [&](ScrapeFailure reason, Status status) {
    if (reason == ScrapeFailure::kTooLarge) report.body_bytes = -1;
    return ScrapeOutcome{reason, std::move(status)};
  };
  if (!result.status.ok()) return failed(FailureOfTransfer(result.failure), result.status);
  if (result.http_status != 200) {
    return failed(FailureOfHttpStatus(result.http_status),
                  Unavailable("server returned HTTP status ", std::to_string(result.http_status)));
  }
  if (Status decoded = DecodeBody(result, BodyLimit(job)); !decoded.ok()) {
    const bool large = decoded.code() == Code::kLimit;
    return failed(large ? ScrapeFailure::kTooLarge : ScrapeFailure::kEncoding, std::move(decoded));
  }
  report.body_bytes = static_cast<double>(result.body.size());
  const auto format = FormatOfAnswer(result.content_type, job);
  if (!format.ok()) return failed(ScrapeFailure::kContentType, format.status());
  Status stored = loop.ingester.Store(result.body, *format, loop.timestamp_ms, report.counts);
  return {FailureOfStore(stored), std::move(stored)};
}

// Metrics and logs of one scrape.
void ScrapeEngine::Tell(const Loop& loop, const ScrapeOutcome& outcome,
                        const ScrapeReport& report) {
  metrics_.Count(outcome, report.counts);
  const std::string& url = loop.target->url();
  const IngestCounts& counts = report.counts;
  if (!outcome.status.ok()) {
    log_.Debug("scrape failed",
               {{"target", url}, {"reason", FailureName(outcome.reason)}, {"err", outcome.status}});
    if (FailureLog* failures = loop.scraped_of->failure_log.get()) {
      const Status written = failures->Write(*loop.target, outcome);
      if (!written.ok()) log_.Error("scrape failure not logged", {{"err", written}});
    }
    return;
  }
  if (counts.dropped_at_limit != 0) {
    log_.Warn("scrape had samples beyond the limit",
              {{"target", url}, {"dropped", counts.dropped_at_limit}});
  }
  if (counts.out_of_order + counts.duplicates + counts.out_of_bounds == 0) return;
  log_.Warn("scrape had samples that do not fit", {{"target", url},
                                                   {"out_of_order", counts.out_of_order},
                                                   {"duplicates", counts.duplicates},
                                                   {"out_of_bounds", counts.out_of_bounds}});
}

}  // namespace narthex::server
