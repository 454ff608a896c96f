#include "exporters/node/schedstat.h"

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;

class SchedstatCollector : public Collector {
 public:
  explicit SchedstatCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("schedstat"));
    ASSIGN_OR_RETURN(const std::vector<CpuSchedule> cpus, ParseSchedstat(text));
    Family& running = sink.CounterFamily("node_schedstat_running_seconds_total",
                                         "Time that a CPU ran processes.");
    Family& waiting = sink.CounterFamily("node_schedstat_waiting_seconds_total",
                                         "Time that processes waited for a CPU, added up.");
    Family& slices =
        sink.CounterFamily("node_schedstat_timeslices_total", "Time slices that a CPU gave.");
    for (const CpuSchedule& cpu : cpus) {
      running.Sample({{"cpu", cpu.cpu}}, cpu.running_ns / kNanosecondsPerSecond);
      waiting.Sample({{"cpu", cpu.cpu}}, cpu.waiting_ns / kNanosecondsPerSecond);
      slices.Sample({{"cpu", cpu.cpu}}, cpu.timeslices);
    }
    return {};
  }

 private:
  const Directory& proc_;
};

}  // namespace

Result<std::vector<CpuSchedule>> ParseSchedstat(std::string_view text) {
  constexpr size_t kBefore = 6;  // numbers that are of no interest here
  std::vector<CpuSchedule> cpus;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    if (line->substr(0, 3) != "cpu") continue;
    FieldReader fields(*line);
    const std::string_view name = *fields.Next();
    for (size_t i = 0; i < kBefore; ++i) fields.Next();
    const auto running = fields.NextUnsigned();
    const auto waiting = fields.NextUnsigned();
    const auto slices = fields.NextUnsigned();
    if (!running || !waiting || !slices || name.size() == 3)
      return Corruption("schedstat: want a CPU and nine numbers, got ", Quote(*line));
    cpus.push_back({name.substr(3), static_cast<double>(*running), static_cast<double>(*waiting),
                    static_cast<double>(*slices)});
  }
  return cpus;
}

std::unique_ptr<Collector> NewSchedstatCollector(const SystemPaths& paths) {
  return std::make_unique<SchedstatCollector>(paths.proc);
}

}  // namespace narthex::exporters
