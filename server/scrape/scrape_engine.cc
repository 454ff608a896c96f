#include "server/scrape/scrape_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>

#include "common/openmetrics/format.h"

namespace narthex::server {
namespace {

constexpr long kMaxIdleConnections = 20'000;
constexpr uint64_t kMaxBodyBytes = 256UL << 20;
// A scrape that begins this close to its place on the grid gets the grid's time: regular timestamps
// take far less space. As the reference.
constexpr int64_t kTimestampToleranceMs = 2;
constexpr int64_t kLongestPlanDelayMs = 1000;

std::vector<std::string> RequestHeaders(const Target& target) {
  return {"Accept: " + std::string(openmetrics::ScrapeAccept()), "Accept-Encoding: gzip",
          "User-Agent: Narthex/" + std::string(Version()),
          "X-Prometheus-Scrape-Timeout-Seconds: " + ExpositionDouble(target.timeout().seconds())};
}

}  // namespace

// The scrapes of one target. `begun` fields are of the scrape under way.
struct ScrapeEngine::Loop {
  Loop(storage::Storage& storage, std::shared_ptr<const Target> of,
       std::shared_ptr<HttpSettings> settings)
      : target(std::move(of)),
        ingester(storage, *target),
        headers(RequestHeaders(*target)),
        http(std::move(settings)) {
    const auto interval_ms = static_cast<uint64_t>(target->interval().ms);
    offset_ms = static_cast<int64_t>(
        (target->labels().Hash() ^ std::hash<std::string>()(target->url())) % interval_ms);
  }

  const std::shared_ptr<const Target> target;
  Ingester ingester;
  const std::vector<std::string> headers;
  const std::shared_ptr<HttpSettings> http;  // shared by the job's targets
  int64_t offset_ms;                         // of the grid
  int64_t planned_ms = 0;                    // Unix time of the scrape under way, on the grid
  int64_t timestamp_ms = 0;                  // of its samples
  int64_t begun_ns = 0;
};

ScrapeEngine::ScrapeEngine(storage::Storage& storage, const Clock& clock, Logger log,
                           Registry& registry, size_t threads)
    : storage_(storage),
      clock_(clock),
      log_(std::move(log)),
      scrapes_(registry.AddCounter("narthex_scrapes_total", "Scrapes ended, well or not.")),
      failures_(registry.AddCounter("narthex_scrape_failures_total", "Scrapes that failed.")),
      missed_(registry.AddCounter("narthex_scrapes_missed_total",
                                  "Scrapes left out because the one before had not ended.")),
      lateness_(registry.AddHistogram("narthex_scrape_lateness_seconds", "How late scrapes began.",
                                      {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5})),
      io_(clock, threads + 1),
      http_(io_, kMaxIdleConnections) {
  registry.AddComputed([this](openmetrics::ExpositionWriter& out) {
    out.Add("narthex_scrape_queue_length", openmetrics::Type::kGauge,
            "Scrapes that wait for a thread to be parsed.")
        .Sample({}, static_cast<double>(io_.waiting_apart()));
  });
}

ScrapeEngine::~ScrapeEngine() { Stop(); }

void ScrapeEngine::Start(const Config& config) {
  for (const ScrapeConfig& job : config.scrape_configs) {
    Pool& pool = pools_.emplace_back(Pool{job.job_name, TargetsOf(job, StaticGroups(job))});
    const auto http = std::make_shared<HttpSettings>(job.http);
    for (const auto& target : pool.targets)
      loops_.push_back(std::make_unique<Loop>(storage_, target, http));
  }
  io_.Post([this] {
    for (const auto& loop : loops_) Schedule(*loop, clock_.NowMs());
  });
  io_.Start();
}

void ScrapeEngine::Stop() { io_.Stop(); }

Status ScrapeEngine::CheckTurns(Duration patience) {
  const auto turned = std::make_shared<std::promise<void>>();  // may be kept after we have left
  std::future<void> done = turned->get_future();
  io_.Post([turned] { turned->set_value(); });
  if (done.wait_for(std::chrono::milliseconds(patience.ms)) == std::future_status::ready) return {};
  return Unavailable("self check: the scrape loop does not turn");
}

// Plans the next scrape at the first place on the target's grid from `not_before_ms` on.
void ScrapeEngine::Schedule(Loop& loop, int64_t not_before_ms) {
  const int64_t interval_ms = loop.target->interval().ms;
  int64_t phase_ms = (not_before_ms - loop.offset_ms) % interval_ms;
  if (phase_ms < 0) phase_ms += interval_ms;
  loop.planned_ms = not_before_ms + (phase_ms == 0 ? 0 : interval_ms - phase_ms);
  const int64_t wait_ms = std::max<int64_t>(loop.planned_ms - clock_.NowMs(), 0);
  io_.RunAt(clock_.MonotonicNs() + wait_ms * 1'000'000, [this, &loop] { Begin(loop); });
}

void ScrapeEngine::Begin(Loop& loop) {
  const int64_t now_ms = clock_.NowMs();
  const bool on_grid = std::abs(now_ms - loop.planned_ms) <= kTimestampToleranceMs;
  loop.timestamp_ms = on_grid ? loop.planned_ms : now_ms;
  loop.begun_ns = clock_.MonotonicNs();
  lateness_.Observe(static_cast<double>(std::max<int64_t>(now_ms - loop.planned_ms, 0)) / 1000);
  http_.Get({.url = loop.target->url(),
             .headers = loop.headers,
             .timeout_ms = loop.target->timeout().ms,
             .max_body_bytes = kMaxBodyBytes,
             .settings = loop.http},
            [this, &loop](HttpResult result) {
              io_.RunApart([this, &loop, shared = std::make_shared<HttpResult>(std::move(result))] {
                Finish(loop, std::move(*shared));
              });
            });
}

// Beside the loop: nobody else touches the loop meanwhile.
void ScrapeEngine::Finish(Loop& loop, HttpResult result) {
  ScrapeReport report;
  const Status status = Process(loop, result, report.counts);
  report.up = status.ok();
  report.duration_seconds = static_cast<double>(clock_.MonotonicNs() - loop.begun_ns) / 1e9;
  scrapes_.Add();
  if (!status.ok()) {
    failures_.Add();
    report.counts = {};
    log_.Debug("scrape failed", {{"target", loop.target->url()}, {"err", status}});
    loop.ingester.Fail(loop.timestamp_ms);
  }
  LogCounts(loop, report.counts);
  if (const Status stored = loop.ingester.Report(report, loop.timestamp_ms); !stored.ok()) {
    log_.Error("scrape not stored", {{"target", loop.target->url()}, {"err", stored}});
  }
  loop.target->SetStatus({status.ok() ? TargetHealth::kUp : TargetHealth::kDown,
                          std::string(status.message()), loop.timestamp_ms,
                          report.duration_seconds});
  // The next scrape is planned when the loop turns anyway, but in time.
  const int64_t due_ms = loop.planned_ms + loop.target->interval().ms - clock_.NowMs();
  const int64_t plan_by_ns =
      clock_.MonotonicNs() + std::clamp<int64_t>(due_ms, 0, kLongestPlanDelayMs) * 1'000'000;
  io_.PostBy(plan_by_ns,
             [this, &loop, body = std::make_shared<std::string>(std::move(result.body))] {
               http_.Recycle(std::move(*body));
               const int64_t next_ms = loop.planned_ms + loop.target->interval().ms;
               const int64_t now_ms = clock_.NowMs();
               if (now_ms > next_ms) {
                 const int64_t missed = (now_ms - next_ms) / loop.target->interval().ms + 1;
                 missed_.Add(static_cast<double>(missed));
               }
               // A clock that was set back must not stop the scrapes until it has caught up.
               Schedule(loop, std::clamp(next_ms, now_ms, now_ms + loop.target->interval().ms));
             });
}

Status ScrapeEngine::Process(Loop& loop, HttpResult& result, IngestCounts& counts) {
  RETURN_IF_ERROR(result.status);
  if (result.http_status != 200) {
    return Unavailable("server returned HTTP status ", std::to_string(result.http_status));
  }
  RETURN_IF_ERROR(DecodeBody(result, kMaxBodyBytes));
  const auto format = openmetrics::FormatOfContentType(result.content_type);
  if (!format || *format == openmetrics::Format::kProtobuf)
    return InvalidArgument("no metrics format: Content-Type ", Quote(result.content_type));
  return loop.ingester.Store(result.body, *format, loop.timestamp_ms, counts);
}

void ScrapeEngine::LogCounts(const Loop& loop, const IngestCounts& counts) const {
  if (counts.out_of_order + counts.duplicates + counts.out_of_bounds == 0) return;
  log_.Warn("scrape had samples that do not fit", {{"target", loop.target->url()},
                                                   {"out_of_order", counts.out_of_order},
                                                   {"duplicates", counts.duplicates},
                                                   {"out_of_bounds", counts.out_of_bounds}});
}

}  // namespace narthex::server
