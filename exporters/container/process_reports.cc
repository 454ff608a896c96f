// The processes of a container, from procfs.
#include <dirent.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <string_view>

#include "common/bytes/numbers.h"
#include "exporters/container/cgroup_files.h"
#include "exporters/container/reports.h"
#include "exporters/container/schedule_ledger.h"
#include "exporters/kit/process_stat.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

struct OpenFiles {
  uint64_t files = 0;
  uint64_t sockets = 0;
};

// Adds the open files of a process. False where it is not ours to look at.
bool AddOpenFiles(const Directory& proc, uint32_t process, OpenFiles& open) {
  DIR* folder = ::opendir(proc.Path(std::to_string(process) + "/fd").c_str());
  if (folder == nullptr) return errno == ENOENT;  // it has ended
  bool may_look = true;
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    ++open.files;
    std::array<char, 8> target{};
    const ssize_t size = ::readlinkat(::dirfd(folder), entry->d_name, target.data(), target.size());
    if (size < 0 && errno == EACCES) may_look = false;
    if (size > 0 && std::string_view(target.data(), static_cast<size_t>(size)) == "socket:[")
      ++open.sockets;
  }
  ::closedir(folder);
  return may_look;
}

void ReportOpenFiles(ContainerReading& reading, ContainerSink& out) {
  OpenFiles open;
  for (const uint32_t process : reading.view.Processes(reading.is_container)) {
    if (!AddOpenFiles(reading.scrape.paths.proc, process, open)) return;  // a part would be a lie
  }
  out.Gauge("container_file_descriptors", "Files that the container's processes have open.",
            static_cast<double>(open.files));
  out.Gauge("container_sockets", "Sockets that the container's processes have open.",
            static_cast<double>(open.sockets));
}

void ReportThreads(ContainerReading& reading, ContainerSink& out) {
  if (const auto threads = reading.view.ReadNumber(Controller::kPids, "pids.current")) {
    out.Gauge("container_threads", "Threads of the container.", static_cast<double>(*threads));
  }
  if (const auto text = reading.view.Read(Controller::kPids, "pids.max")) {
    out.Gauge("container_threads_max", "Threads that the container may have; 0 for any number.",
              static_cast<double>(ParseLimit(*text).value_or(0)));
  }
}

// "Max open files            1024                 524288               files"
std::optional<double> SoftFileLimit(std::string_view limits) {
  constexpr std::string_view kName = "Max open files";
  LineReader lines(limits);
  while (const auto line = lines.Next()) {
    if (line->substr(0, kName.size()) != kName) continue;
    FieldReader fields(line->substr(kName.size()));
    const auto soft = fields.Next();
    if (soft == "unlimited") return -1;
    const auto number = soft ? ParseUnsigned(*soft) : std::nullopt;
    return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
  }
  return std::nullopt;
}

void ReportLimits(ContainerReading& reading, ContainerSink& out) {
  if (reading.process == 0) return;
  const auto text = reading.scrape.paths.proc.Read(std::to_string(reading.process) + "/limits");
  if (!text.ok()) return;
  if (const auto limit = SoftFileLimit(*text)) {
    out.Gauge("container_ulimits_soft",
              "Soft limits of the container's first process; -1 for no limit.", *limit,
              {{"ulimit", "max_open_files"}});
  }
}

// Calls `take` with the text of a file of each of the process's threads.
template <typename Take>
void ForEachThread(const Directory& proc, uint32_t process, const char* file, const Take& take) {
  const std::string folder = std::to_string(process) + "/task";
  const auto threads = proc.List(folder);
  if (!threads.ok()) return;
  for (const std::string& thread : *threads) {
    const auto text = proc.Read(folder + "/" + thread + "/" + file);
    if (text.ok()) take(thread, *text);
  }
}

size_t StateIndex(std::string_view state) {
  if (state == "R") return 1;
  if (state == "T" || state == "t") return 2;
  if (state == "D") return 3;
  return 0;  // S, I and what is about to end
}

// The lines "Referenced: 12 kB" of smaps_rollup.
double ReferencedBytes(std::string_view text) {
  double kib = 0;
  ForEachNamedNumber(text, [&](std::string_view name, uint64_t value) {
    if (name == "Referenced:") kib += static_cast<double>(value);
  });
  return kib * 1024;
}

}  // namespace

void ReportProcesses(ContainerReading& reading, ContainerSink& out) {
  out.Gauge("container_processes", "Processes of the container.",
            static_cast<double>(reading.view.Processes(reading.is_container).size()));
  ReportOpenFiles(reading, out);
  ReportThreads(reading, out);
  ReportLimits(reading, out);
}

void ReportCpuLoad(ContainerReading& reading, ContainerSink& out) {
  if (!reading.scrape.reads_load) return;
  constexpr std::string_view kStates[] = {"sleeping", "running", "stopped", "uninterruptible"};
  std::array<double, std::size(kStates)> counts{};
  for (const uint32_t process : reading.view.Processes(reading.is_container)) {
    ForEachThread(reading.scrape.paths.proc, process, "stat",
                  [&](const std::string&, std::string_view text) {
                    const auto stat = ParseTaskStat(text);
                    if (stat.ok()) ++counts[StateIndex(stat->state)];
                  });
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    out.Gauge("container_tasks_state", "Threads of the container by their state.", counts[i],
              {{"state", kStates[i]}});
  }
}

void ReportSchedule(ContainerReading& reading, ContainerSink& out) {
  constexpr double kNanoseconds = 1e9;  // of a second
  std::map<uint32_t, ScheduleTimes> threads;
  for (const uint32_t process : reading.view.Processes(reading.is_container)) {
    ForEachThread(reading.scrape.paths.proc, process, "schedstat",
                  [&](const std::string& thread, std::string_view text) {
                    const auto number = ParseUnsigned(thread);
                    const auto times = ParseProcessSchedule(text);
                    if (number && times) threads[static_cast<uint32_t>(*number)] = *times;
                  });
  }
  const ScheduleTimes sum = reading.scrape.ledger.Enter(reading.view.path(), threads);
  out.Counter("container_cpu_schedstat_run_seconds_total",
              "Seconds that threads seen in the container ran on a CPU.",
              static_cast<double>(sum.running_ns) / kNanoseconds);
  out.Counter("container_cpu_schedstat_runqueue_seconds_total",
              "Seconds that threads seen in the container waited for a CPU.",
              static_cast<double>(sum.waiting_ns) / kNanoseconds);
  out.Counter("container_cpu_schedstat_run_periods_total",
              "How often threads seen in the container got a CPU.", static_cast<double>(sum.runs));
}

void ReportReferencedMemory(ContainerReading& reading, ContainerSink& out) {
  double bytes = 0;
  for (const uint32_t process : reading.view.Processes(reading.is_container)) {
    const auto text = reading.scrape.paths.proc.Read(std::to_string(process) + "/smaps_rollup");
    if (text.ok()) {
      bytes += ReferencedBytes(*text);
    } else if (text.code() != Code::kNotFound) {
      return;  // not ours to look at: a part would be a lie
    }
  }
  out.Gauge("container_referenced_bytes", "Memory of the container's processes that was used.",
            bytes);
}

}  // namespace narthex::exporters
