// How many processes and threads there are and what they do, from /proc/PID/stat and
// /proc/PID/task/TID/stat. A task that ends while it is looked at is passed over.
#include "exporters/kit/process_stat.h"

#include <map>

#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

struct Counts {
  double processes = 0;
  double threads = 0;
  std::map<std::string, double, std::less<>> process_states;
  std::map<std::string, double, std::less<>> thread_states;
};

class ProcessesCollector : public Collector {
 public:
  explicit ProcessesCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const Counts counts, Count());
    sink.Gauge("node_processes_threads", "Threads that there are.", counts.threads);
    ASSIGN_OR_RETURN(const double max_threads, ReadNumber(proc_, "sys/kernel/threads-max"));
    ASSIGN_OR_RETURN(const double max_processes, ReadNumber(proc_, "sys/kernel/pid_max"));
    sink.Gauge("node_processes_max_threads", "Threads that there may be.", max_threads);
    sink.Gauge("node_processes_pids", "Processes that there are.", counts.processes);
    sink.Gauge("node_processes_max_processes", "Process ids that there may be.", max_processes);
    for (const auto& [state, count] : counts.process_states)
      sink.Gauge("node_processes_state", "Processes in each state.", count, {{"state", state}});
    for (const auto& [state, count] : counts.thread_states) {
      sink.Gauge("node_processes_threads_state", "Threads in each state.", count,
                 {{"thread_state", state}});
    }
    return {};
  }

 private:
  Result<Counts> Count() const {
    Counts counts;
    ASSIGN_OR_RETURN(const std::vector<std::string> pids, ListNumbered(proc_, "", ""));
    for (const std::string& pid : pids) {
      const auto text = proc_.Read(pid + "/stat");
      if (!text.ok()) continue;
      ASSIGN_OR_RETURN(const TaskStat task, ParseTaskStat(*text).Prefixed(pid));
      ++counts.processes;
      ++counts.process_states[std::string(task.state)];
      counts.threads += task.threads;
      RETURN_IF_ERROR(CountThreads(pid, *text, counts));
    }
    return counts;
  }

  // Of a process with one thread, `stat` is that thread's.
  Status CountThreads(const std::string& pid, const std::string& stat, Counts& counts) const {
    const auto tids = ListNumbered(proc_, pid + "/task", "");
    if (!tids.ok()) return {};
    for (const std::string& tid : *tids) {
      const auto text = tid == pid ? stat : proc_.Read(pid + "/task/" + tid + "/stat");
      if (!text.ok()) continue;
      ASSIGN_OR_RETURN(const TaskStat task, ParseTaskStat(*text).Prefixed(tid));
      ++counts.thread_states[std::string(task.state)];
    }
    return {};
  }

  const Directory& proc_;
};

}  // namespace

// "42 (a (very) odd name) S 1 …": the name may hold anything, so fields are counted from its end.
std::unique_ptr<Collector> NewProcessesCollector(const SystemPaths& paths) {
  return std::make_unique<ProcessesCollector>(paths.proc);
}

}  // namespace narthex::exporters
