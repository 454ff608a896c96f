// Interrupts, context switches, forks, boot time and process states of the whole machine.
#include "exporters/node/collectors.h"
#include "exporters/node/proc_stat.h"

namespace narthex::exporters {
namespace {

class StatCollector : public Collector {
 public:
  explicit StatCollector(const Directory& proc) : proc_(proc) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.stat.softirq", &with_softirq_, "Show softirq calls per vector too.");
  }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("stat"));
    ASSIGN_OR_RETURN(const ProcStat stat, ParseProcStat(text));
    const auto number = [](uint64_t value) { return static_cast<double>(value); };
    sink.Counter("node_intr_total", "Interrupts serviced.", number(stat.interrupts));
    sink.Counter("node_context_switches_total", "Context switches.", number(stat.context_switches));
    sink.Counter("node_forks_total", "Processes and threads created.", number(stat.forks));
    sink.Gauge("node_boot_time_seconds", "Unix time of the last boot.",
               number(stat.boot_time_seconds));
    sink.Gauge("node_procs_running", "Processes that run or could.", number(stat.procs_running));
    sink.Gauge("node_procs_blocked", "Processes that wait for I/O.", number(stat.procs_blocked));
    for (size_t i = 0; with_softirq_ && i < kSoftirqVectors.size(); ++i) {
      sink.Counter("node_softirqs_total", "Softirq calls.", number(stat.softirqs[i]),
                   {{"vector", kSoftirqVectors[i]}});
    }
    return {};
  }

 private:
  const Directory& proc_;
  bool with_softirq_ = false;
};

}  // namespace

std::unique_ptr<Collector> NewStatCollector(const SystemPaths& paths) {
  return std::make_unique<StatCollector>(paths.proc);
}

}  // namespace narthex::exporters
