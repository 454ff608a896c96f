#include "exporters/kit/collector.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <mutex>

#include "exporters/kit/scrape_budget.h"

namespace narthex::exporters {

// One run of one collector. Its thread owns a share: whoever asked may leave first.
struct CollectorSet::Run {
  explicit Run(openmetrics::Format format) : writer(format) {}

  void Do(Collector& collector) {
    writer.Reset();
    sink.ForgetComplaints();
    const auto begin = std::chrono::steady_clock::now();
    status = collector.Collect(sink);
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

  openmetrics::ExpositionWriter writer;
  MetricSink sink{writer};
  Status status;
  double seconds = 0;
};

// Runs that are over, kept for the memory of their families. A run that is late gives itself back
// when it comes to its end.
struct CollectorSet::RunPool {
  static std::shared_ptr<Run> Take(const std::shared_ptr<RunPool>& pool,
                                   openmetrics::Format format) {
    std::unique_ptr<Run> run;
    {
      const std::lock_guard lock(pool->mutex);
      if (!pool->idle.empty()) {
        run = std::move(pool->idle.back());
        pool->idle.pop_back();
      }
    }
    if (!run || run->writer.format() != format) run = std::make_unique<Run>(format);
    return {run.release(), [pool](Run* over) { pool->Return(std::unique_ptr<Run>(over)); }};
  }

  void Return(std::unique_ptr<Run> run) {
    constexpr size_t kMaxIdle = 2;  // scrapes seldom overlap
    const std::lock_guard lock(mutex);
    if (idle.size() < kMaxIdle) idle.push_back(std::move(run));
  }

  std::mutex mutex;
  std::vector<std::unique_ptr<Run>> idle;
};

CollectorSet::CollectorSet(const std::vector<CollectorRow>& table, const SystemPaths& paths,
                           std::string prefix, cli::Flags& flags)
    : prefix_(std::move(prefix)),
      over_budget_({"collector"}, [] { return std::make_unique<Counter>(); }) {
  assert(std::is_sorted(table.begin(), table.end(),
                        [](const auto& a, const auto& b) { return a.name < b.name; }));
  flags.Add("collector.disable-defaults", &disable_defaults_,
            "Leave all collectors off but those turned on by flags of their own.");
  flags.Add("collector.timeout", &timeout_,
            "How long a collector may take, at most. A scraper that waits less, as it says in "
            "X-Prometheus-Scrape-Timeout-Seconds, shortens this to nine tenths of its own timeout, "
            "or half a second below it. A collector that takes longer is left out of the scrape, "
            "with success 0.");
  entries_.reserve(table.size());  // the flags point into it
  for (const CollectorRow& row : table) {
    Entry& entry = entries_.emplace_back(
        Entry{row, row.enabled_by_default, row.make(paths), std::make_shared<RunPool>()});
    flags.Add("collector." + std::string(row.name), &entry.enabled, std::string(row.help));
    entry.collector->AddFlags(flags);
  }
}

Status CollectorSet::Prepare(const cli::Flags& flags) {
  std::erase_if(entries_, [&](const Entry& entry) {
    if (!entry.enabled) return true;
    return disable_defaults_ && !flags.WasGiven("collector." + std::string(entry.row.name));
  });
  for (const Entry& entry : entries_) RETURN_IF_ERROR(entry.collector->Prepare());
  return {};
}

Result<CollectorChoice> CollectorSet::Choose(const std::vector<std::string_view>& collect,
                                             const std::vector<std::string_view>& exclude) const {
  if (!collect.empty() && !exclude.empty())
    return InvalidArgument("collect[] and exclude[] cannot be given together");
  const auto has = [](const std::vector<std::string_view>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const std::vector<std::string_view> enabled = names();
  for (const std::string_view name : collect) {
    if (!has(enabled, name))
      return InvalidArgument("collector ", Quote(name), " is unknown or off");
  }
  CollectorChoice choice;
  for (size_t i = 0; i < enabled.size(); ++i) {
    if (collect.empty() ? !has(exclude, enabled[i]) : has(collect, enabled[i])) choice.push_back(i);
  }
  return choice;
}

Duration CollectorSet::Budget(std::string_view scrape_timeout_seconds) const {
  return ScrapeBudget(scrape_timeout_seconds, timeout_);
}

void CollectorSet::Collect(const CollectorChoice& choice, Duration budget,
                           openmetrics::ExpositionWriter& out, const Logger& log) {
  std::vector<std::shared_ptr<Run>> runs;
  std::vector<DeadlineRunner::Job> jobs;
  for (const size_t i : choice) {
    runs.push_back(RunPool::Take(entries_[i].pool, out.format()));
    jobs.push_back(
        {std::string(entries_[i].row.name),
         [run = runs.back(), collector = entries_[i].collector] { run->Do(*collector); }});
  }
  const std::vector<JobEnd> ends = runner_.Run(std::move(jobs), {budget, budget});

  MetricSink sink(out);
  const std::string base = prefix_ + "_scrape_collector_";
  Family& durations =
      sink.GaugeFamily(base + "duration_seconds", "Seconds that the collector took.");
  Family& successes =
      sink.GaugeFamily(base + "success", "Whether the collector could read its source.");
  for (const bool foreign : {false, true}) {
    for (size_t i = 0; i < choice.size(); ++i) {
      const Entry& entry = entries_[choice[i]];
      if (entry.collector->HasForeignNames() != foreign) continue;
      const bool done = ends[i] == JobEnd::kDone;
      if (ends[i] == JobEnd::kLate) over_budget_.With({entry.row.name}).Add();
      std::vector<std::string_view> left_out;
      if (done) left_out = out.Include({runs[i], &runs[i]->writer});
      Report(entry, *runs[i], ends[i], left_out, log);
      durations.Sample({{"collector", entry.row.name}}, done ? runs[i]->seconds : budget.seconds());
      successes.Sample({{"collector", entry.row.name}}, done && runs[i]->status.ok() ? 1 : 0);
    }
  }
}

void CollectorSet::Report(const Entry& entry, const Run& run, JobEnd end,
                          const std::vector<std::string_view>& left_out, const Logger& log) {
  const LogField name("collector", entry.row.name);
  switch (end) {
    case JobEnd::kLate:
      return log.Error("collector is over its budget, its samples are left out", {name});
    case JobEnd::kStuck:
      return log.Warn("collector left out, an earlier run is still under way", {name});
    case JobEnd::kRefused:
      return log.Error("collector left out, stuck collectors hold all threads", {name});
    case JobEnd::kDone:
      break;
  }
  const Status& status = run.status;
  const bool absent = status.code() == Code::kNoData || status.code() == Code::kNotFound;
  if (absent) {
    log.Debug("collector found no source", {name, {"err", status}});
  } else if (!status.ok()) {
    log.Error("collector failed", {name, {"err", status}});
  }
  for (const Status& complaint : run.sink.complaints())
    log.Error("collector left something out", {name, {"err", complaint}});
  for (const std::string_view family : left_out)
    log.Error("family left out, there is another of its name", {name, {"family", family}});
}

void CollectorSet::AddMetrics(Registry& registry) {
  registry.AddComputed([this](openmetrics::ExpositionWriter& out) {
    over_budget_.WriteTo(out.Add("narthex_collector_over_budget_total", openmetrics::Type::kCounter,
                                 "Runs of a collector that were not over in time."));
    out.Add("narthex_collector_runs_stuck", openmetrics::Type::kGauge,
            "Runs of collectors that were given up and are still under way.")
        .Sample({}, static_cast<double>(runner_.stuck()));
  });
}

std::vector<std::string_view> CollectorSet::names() const {
  std::vector<std::string_view> names;
  for (const Entry& entry : entries_) names.push_back(entry.row.name);
  return names;
}

}  // namespace narthex::exporters
