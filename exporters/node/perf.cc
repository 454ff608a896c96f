// Performance events per CPU, see perf_event_open(2). They are counted from the exporter's start.
#include <linux/perf_event.h>

#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"
#include "exporters/node/perf_events.h"

namespace narthex::exporters {
namespace {

// Flags that choose among the metrics of one kind.
struct Kind {
  const char* name;  // "hardware"
  const std::vector<PerfMetric>& (*metrics)();
  bool off = false;
  std::vector<std::string> chosen;
};

// One metric with the counters of its CPUs.
struct Counted {
  PerfMetric metric;
  std::vector<std::pair<std::string, PerfCounter>> cpus;  // by the CPU's number
};

class PerfCollector : public Collector {
 public:
  explicit PerfCollector(const Directory& sys) : sys_(sys) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.perf.cpus", &cpu_list_,
              "Count on these CPUs, as \"0-3,8-16:4\" (the second is every fourth); all that are "
              "online where empty.",
              "LIST");
    flags.Add("collector.perf.tracepoint", &tracepoints_, "Count passes of this tracepoint.",
              "SUBSYSTEM:EVENT");
    for (Kind& kind : kinds_) {
      const std::string name = kind.name;
      flags.Add("collector.perf.disable-" + name + "-profilers", &kind.off,
                "Do not count events of the kind " + name + ".");
      flags.Add("collector.perf." + name + "-profilers", &kind.chosen,
                "Count this event of the kind " + name +
                    ", and only those named so: " + Names(kind.metrics()) + ".",
                "EVENT");
    }
  }

  Status Prepare() override {
    for (const Kind& kind : kinds_) {
      ASSIGN_OR_RETURN(const auto metrics,
                       ChoosePerfMetrics(kind.metrics(), kind.chosen)
                           .Prefixed(std::string("--collector.perf.") + kind.name + "-profilers"));
      if (!kind.off) chosen_.insert(chosen_.end(), metrics.begin(), metrics.end());
    }
    for (const std::string& tracepoint : tracepoints_) {
      Result<PerfMetric> metric = TracepointMetric(sys_, tracepoint);
      if (metric.ok()) {
        chosen_.push_back(std::move(*metric));
      } else if (metric.code() == Code::kInvalidArgument) {
        return metric.status().Prefixed("--collector.perf.tracepoint");
      } else {
        complaints_.push_back(metric.status());
      }
    }
    return Open();
  }

  Status Collect(MetricSink& sink) override {
    for (const Status& complaint : complaints_) sink.Complain(complaint);
    for (const Counted& counted : counted_) {
      Family& family = sink.CounterFamily(counted.metric.name, counted.metric.help);
      for (const auto& [cpu, counter] : counted.cpus) {
        const Result<uint64_t> value = counter.Read();
        if (value.ok()) {
          family.Sample({{"cpu", cpu}}, static_cast<double>(*value));
        } else {
          sink.Complain(value.status().Prefixed("CPU " + cpu + ": " + counted.metric.profiler));
        }
      }
    }
    if (!counted_.empty()) return {};
    return refusal_.ok() ? NoData("the machine counts none of the events") : refusal_;
  }

 private:
  static std::string Names(const std::vector<PerfMetric>& metrics) {
    std::string names;
    for (const PerfMetric& metric : metrics) names += (names.empty() ? "" : ", ") + metric.profiler;
    return names;
  }

  Result<std::vector<uint64_t>> Cpus() const {
    if (!cpu_list_.empty()) {
      auto cpus = ParseNumberList(cpu_list_);
      if (!cpus.ok()) return InvalidArgument("--collector.perf.cpus: ", cpus.status().message());
      return cpus;
    }
    ASSIGN_OR_RETURN(const std::string online, ReadValue(sys_, "devices/system/cpu/online"));
    return ParseNumberList(online);
  }

  // What does not count fails the collector, not the program.
  Status Open() {
    const Result<std::vector<uint64_t>> cpus = Cpus();
    if (cpus.code() == Code::kInvalidArgument) return cpus.status();
    if (!cpus.ok()) {
      refusal_ = cpus.status();
      return {};
    }
    for (const PerfMetric& metric : chosen_) {
      Counted counted{metric, {}};
      for (const uint64_t cpu : *cpus) {
        Result<PerfCounter> counter = PerfCounter::Open(metric.event, static_cast<int>(cpu));
        if (counter.ok()) {
          counted.cpus.emplace_back(std::to_string(cpu), std::move(*counter));
        } else if (counter.code() != Code::kNoData) {
          refusal_ =
              counter.status().Prefixed("CPU " + std::to_string(cpu) + ": " + metric.profiler);
        }
      }
      if (!counted.cpus.empty()) counted_.push_back(std::move(counted));
    }
    if (!refusal_.ok() && !counted_.empty()) complaints_.push_back(refusal_);
    return {};
  }

  const Directory& sys_;
  std::string cpu_list_;
  std::vector<std::string> tracepoints_;
  std::vector<Kind> kinds_ = {{"hardware", HardwarePerfMetrics, false, {}},
                              {"software", SoftwarePerfMetrics, false, {}},
                              {"cache", CachePerfMetrics, false, {}}};

  // From Prepare() on as they are.
  std::vector<PerfMetric> chosen_;
  std::vector<Counted> counted_;
  std::vector<Status> complaints_;
  Status refusal_;  // the last reason why an event is not counted
};

}  // namespace

std::unique_ptr<Collector> NewPerfCollector(const SystemPaths& paths) {
  return std::make_unique<PerfCollector>(paths.sys);
}

}  // namespace narthex::exporters
