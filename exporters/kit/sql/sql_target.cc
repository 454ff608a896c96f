#include "exporters/kit/sql/sql_target.h"

#include <algorithm>
#include <chrono>

namespace narthex::exporters {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// One run of a collector; its job owns a share.
struct Run {
  explicit Run(openmetrics::Format format)
      : samples(std::make_shared<openmetrics::ExpositionWriter>(format)), sink(*samples) {}

  void Do(const SqlCollector& collector, const SqlScope& scope) {
    const auto begin = Clock::now();
    status = collector.collect(scope, sink);
    seconds = SecondsSince(begin);
  }

  std::shared_ptr<openmetrics::ExpositionWriter> samples;
  MetricSink sink;
  Status status;
  double seconds = 0;
};

Status LateStatus(JobEnd end) {
  if (end == JobEnd::kStuck) return Timeout("left out, an earlier run is still under way");
  return Timeout("not done in the time of the scrape");
}

// Connects to one server and asks what every collector needs to know of it.
Status Reach(SqlSource& source, const QueryBounds& bounds, const SqlTarget::Options& options) {
  const auto reach = [&]() -> Status {
    ASSIGN_OR_RETURN(const SessionPool::Lease session, source.pool->Take("", bounds));
    RETURN_IF_ERROR(session->Ping(bounds));
    source.version = session->version();
    source.version_text = session->version_text();
    source.databases = {""};
    if (!options.find_databases) return {};
    return options.find_databases(*session, bounds, source);
  };
  const Status status = reach();
  // A connection kept from before may have ended without a word; a new one tells for sure.
  return status.code() == Code::kUnavailable ? reach() : status;
}

}  // namespace

size_t SqlScrape::unreached() const {
  return static_cast<size_t>(std::count_if(
      sources.begin(), sources.end(), [](const auto& source) { return !source.reached.ok(); }));
}

// One scrape under way. The mutex of the target guards all but `cancelled`.
struct SqlTarget::Flight {
  openmetrics::Format format = {};
  std::vector<std::string> collectors;
  size_t askers = 1;
  bool landed = false;
  std::shared_ptr<const SqlScrape> answer;
  std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);

  bool Answers(const Question& question) const {
    return !cancelled->load() && format == question.format && collectors == question.collectors;
  }
  void Leave() {
    if (--askers == 0) cancelled->store(true);
  }
};

SqlTarget::SqlTarget(std::vector<SqlSource> sources, SqlScrape::Collectors collectors,
                     Options options)
    : sources_(std::move(sources)),
      collectors_(std::move(collectors)),
      options_(std::move(options)),
      runner_(options_.max_connections) {}

std::shared_ptr<const SqlScrape> SqlTarget::Scrape(const Question& question) {
  const auto until = Clock::now() + std::chrono::milliseconds(question.budget.ms);
  auto flight = std::make_shared<Flight>();
  {
    std::unique_lock lock(mutex_);
    while (flight_) {
      // A share of its own: the member goes when the scrape is over.
      const std::shared_ptr<Flight> present = flight_;
      if (present->Answers(question)) return Join(lock, *present, question);
      if (Clock::now() >= until || question.is_gone()) return nullptr;
      changed_.wait_for(lock, std::chrono::milliseconds(DeadlineRunner::kWatchInterval.ms));
    }
    flight->format = question.format;
    flight->collectors = question.collectors;
    flight_ = flight;
  }
  auto answer = Fly(question, *flight);
  const std::lock_guard lock(mutex_);
  flight->answer = answer;
  flight->landed = true;
  flight_ = nullptr;
  changed_.notify_all();
  return answer;
}

std::shared_ptr<const SqlScrape> SqlTarget::Join(std::unique_lock<std::mutex>& lock, Flight& flight,
                                                 const Question& question) {
  const auto until = Clock::now() + std::chrono::milliseconds(question.budget.ms);
  ++flight.askers;
  while (!flight.landed) {
    if (Clock::now() >= until || question.is_gone()) {
      flight.Leave();
      return nullptr;
    }
    changed_.wait_for(lock, std::chrono::milliseconds(DeadlineRunner::kWatchInterval.ms));
  }
  return flight.answer;
}

std::shared_ptr<const SqlScrape> SqlTarget::Fly(const Question& question, Flight& flight) {
  const auto begin = Clock::now();
  bool has_left = false;
  // A share of the time is left for what was cancelled to say so.
  const Duration for_queries{question.budget.ms - question.budget.ms / 20};
  DeadlineRunner::Limits limits{question.budget, question.budget, [&] {
                                  if (has_left || !question.is_gone()) return;
                                  has_left = true;
                                  const std::lock_guard lock(mutex_);
                                  flight.Leave();
                                }};
  auto scope = std::make_shared<SqlScope>();
  scope->sources = sources_;
  scope->bounds = {begin + std::chrono::milliseconds(for_queries.ms), flight.cancelled};
  Connect(*scope, limits);

  auto answer = std::make_shared<SqlScrape>();
  answer->collectors = collectors_;
  answer->sources = scope->sources;
  answer->connect_seconds = SecondsSince(begin);
  limits.total.ms -= static_cast<int64_t>(answer->connect_seconds * 1000);
  limits.each = limits.total;
  answer->outcomes = Collect(scope, question, limits);
  answer->seconds = SecondsSince(begin);
  return answer;
}

void SqlTarget::Connect(SqlScope& scope, const DeadlineRunner::Limits& limits) {
  std::vector<DeadlineRunner::Job> jobs;
  std::vector<std::shared_ptr<SqlSource>> found;
  for (size_t i = 0; i < scope.sources.size(); ++i) {
    found.push_back(std::make_shared<SqlSource>(scope.sources[i]));
    jobs.push_back({"connect " + std::to_string(i),
                    [source = found.back(), bounds = scope.bounds, options = options_] {
                      source->reached = Reach(*source, bounds, options);
                    }});
  }
  const std::vector<JobEnd> ends = runner_.Run(std::move(jobs), limits);
  for (size_t i = 0; i < ends.size(); ++i) {
    if (ends[i] == JobEnd::kDone) {
      scope.sources[i] = *found[i];
    } else {
      scope.sources[i].reached = LateStatus(ends[i]);
    }
  }
}

std::vector<SqlScrape::Outcome> SqlTarget::Collect(const std::shared_ptr<const SqlScope>& scope,
                                                   const Question& question,
                                                   const DeadlineRunner::Limits& limits) {
  const auto& wanted = question.collectors;
  std::vector<const SqlCollector*> chosen;
  std::vector<std::shared_ptr<Run>> runs;
  std::vector<DeadlineRunner::Job> jobs;
  for (const SqlCollector& collector : *collectors_) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), collector.name) == wanted.end())
      continue;
    if (!collector.of_all_sources && (scope->sources.empty() || !scope->sources[0].reached.ok()))
      continue;
    chosen.push_back(&collector);
    runs.push_back(std::make_shared<Run>(question.format));
    jobs.push_back({collector.name, [run = runs.back(), scope, collectors = collectors_,
                                     &collector] { run->Do(collector, *scope); }});
  }
  const std::vector<JobEnd> ends = runner_.Run(std::move(jobs), limits);
  std::vector<SqlScrape::Outcome> outcomes;
  for (size_t i = 0; i < ends.size(); ++i) {
    if (ends[i] == JobEnd::kDone) {
      outcomes.push_back({chosen[i], runs[i]->status, runs[i]->seconds, runs[i]->samples,
                          runs[i]->sink.complaints()});
    } else {
      outcomes.push_back({chosen[i], LateStatus(ends[i]), limits.total.seconds(), nullptr, {}});
    }
  }
  return outcomes;
}

namespace {

void LogOutcome(const SqlScrape::Outcome& outcome, const Logger& log) {
  const LogField name("collector", outcome.collector->name);
  const Status& status = outcome.status;
  if (status.code() == Code::kCancelled) {
    log.Debug("collector cancelled", {name, {"err", status}});
  } else if (!status.ok()) {
    log.Error("collector failed", {name, {"err", status}});
  }
  for (const Status& complaint : outcome.complaints)
    log.Warn("collector left something out", {name, {"err", complaint}});
}

}  // namespace

void ShowScrape(const SqlScrape& scrape, const std::string& prefix,
                openmetrics::ExpositionWriter& out, const Logger& log) {
  for (const SqlSource& source : scrape.sources) {
    if (!source.reached.ok())
      log.Error("cannot reach the server", {{"server", source.name}, {"err", source.reached}});
  }
  MetricSink sink(out);
  Family& durations = sink.GaugeFamily(prefix + "duration_seconds", kDurationHelp);
  Family& successes =
      sink.GaugeFamily(prefix + "success", "Whether the collector got its answer from the server.");
  for (const bool foreign : {false, true}) {
    for (const SqlScrape::Outcome& outcome : scrape.outcomes) {
      if (outcome.collector->has_foreign_names != foreign) continue;
      LogOutcome(outcome, log);
      if (outcome.samples) {
        for (const std::string_view family : out.Include(outcome.samples))
          log.Error("family left out, there is another of its name",
                    {{"collector", outcome.collector->name}, {"family", family}});
      }
      if (!outcome.collector->is_shown) continue;
      durations.Sample({{"collector", outcome.collector->name}}, outcome.seconds);
      successes.Sample({{"collector", outcome.collector->name}}, outcome.status.ok() ? 1 : 0);
    }
  }
}

void ShowConnections(const SqlTarget& target, openmetrics::ExpositionWriter& out) {
  MetricSink sink(out);
  Family& open =
      sink.GaugeFamily("narthex_database_connections", "Connections to the server that are open.");
  Family& opened = sink.CounterFamily("narthex_database_connections_opened_total",
                                      "Connections made to the server.");
  Family& waited = sink.CounterFamily("narthex_database_connection_waits_total",
                                      "Times that all connections to the server were taken.");
  for (const SqlSource& source : target.sources()) {
    open.Sample({{"server", source.name}}, static_cast<double>(source.pool->open()));
    opened.Sample({{"server", source.name}}, source.pool->opened());
    waited.Sample({{"server", source.name}}, source.pool->waited_for());
  }
  sink.Gauge("narthex_collector_runs_stuck",
             "Runs of collectors that were given up and are still under way.",
             static_cast<double>(target.stuck()));
}

std::shared_ptr<SqlTarget> ProbedTargets::Get(
    const std::string& key, const std::function<std::shared_ptr<SqlTarget>()>& make) {
  const std::lock_guard lock(mutex_);
  std::erase_if(targets_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<SqlTarget>& kept = targets_[key];
  std::shared_ptr<SqlTarget> target = kept.lock();
  if (!target) kept = target = make();
  return target;
}

}  // namespace narthex::exporters
