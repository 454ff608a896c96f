// What groups of processes use, from /proc/PID. Rules of flags say what is a group; a process is of
// the first whose rule it meets. A process that ends while it is looked at is passed over.
#include "exporters/node/process_groups.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "exporters/kit/process_stat.h"
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr double kTicksPerSecond = 100.0;

// What only rises while a process lives.
struct Counters {
  uint64_t user_ticks = 0;
  uint64_t system_ticks = 0;
  uint64_t read_bytes = 0;
  uint64_t written_bytes = 0;
};

// What a group's processes have at the moment, and all that they counted since the exporter's
// start, those that have ended included.
struct Group {
  double processes = 0;
  double threads = 0;
  double resident_bytes = 0;
  double open_files = 0;
  Counters sums;
};

class ProcessGroupsCollector : public Collector {
 public:
  explicit ProcessGroupsCollector(const Directory& proc) : proc_(proc) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.process_groups.rule", &rule_texts_,
              "A group of processes: its name, what is looked at (name, cmdline or cgroup), and "
              "an expression that is searched for in it, as in \"web:name=^nginx$\". Of several "
              "rules the first that a process meets counts.",
              "GROUP:SUBJECT=REGEX");
  }
  Status Prepare() override {
    for (const std::string& text : rule_texts_) {
      ASSIGN_OR_RETURN(ProcessRule rule,
                       ParseProcessRule(text).Prefixed("flag --collector.process_groups.rule"));
      groups_.try_emplace(rule.group);
      subjects_.insert(rule.subject);
      rules_.push_back(std::move(rule));
    }
    if (rules_.empty())
      return InvalidArgument(
          "--collector.process_groups wants rules, see --collector.process_groups.rule");
    return {};
  }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> pids, ListNumbered(proc_, "", ""));
    if (pids.empty()) return NoData("no processes are to be seen in ", proc_.root());
    const std::lock_guard lock(mutex_);
    for (auto& [name, group] : groups_) group = Group{.sums = group.sums};
    std::map<ProcessKey, Counters> seen;
    for (const std::string& pid : pids) Add(pid, seen);
    last_ = std::move(seen);
    has_last_ = true;
    for (const auto& [name, group] : groups_) Show(name, group, sink);
    return {};
  }

 private:
  // A number is given to another process some time; not at the same moment.
  struct ProcessKey {
    std::string pid;
    uint64_t start_ticks;
    bool operator<(const ProcessKey& other) const {
      return std::tie(pid, start_ticks) < std::tie(other.pid, other.start_ticks);
    }
  };

  void Add(const std::string& pid, std::map<ProcessKey, Counters>& seen) {
    const OpenFolder folder(proc_.Path(pid));
    const auto text = folder.Read("stat");
    if (!text.ok()) return;
    const auto stat = ParseProcessStat(*text);
    if (!stat.ok()) return;
    const ProcessRule* rule = FindRule(*stat, folder);
    if (rule == nullptr) return;
    Group& group = groups_.find(rule->group)->second;
    ++group.processes;
    group.threads += static_cast<double>(stat->threads);
    group.resident_bytes += static_cast<double>(stat->resident_pages) * page_bytes_;
    if (const auto files = proc_.List(pid + "/fd"); files.ok())
      group.open_files += static_cast<double>(files->size());
    const auto io_text = folder.Read("io");  // for the owner and root only
    const ProcessIo io = io_text.ok() ? ParseProcessIo(*io_text) : ProcessIo();
    const Counters now{stat->user_ticks, stat->system_ticks, io.read_bytes, io.written_bytes};
    const ProcessKey key{pid, stat->start_ticks};
    const auto before = last_.find(key);
    // What was counted before the exporter's start is no part of the sums.
    if (before != last_.end()) {
      AddRise(before->second, now, group.sums);
    } else if (has_last_) {
      AddRise({}, now, group.sums);
    }
    seen[key] = now;
  }

  static void AddRise(const Counters& before, const Counters& now, Counters& sums) {
    const auto rise = [](uint64_t from, uint64_t to) { return to > from ? to - from : 0; };
    sums.user_ticks += rise(before.user_ticks, now.user_ticks);
    sums.system_ticks += rise(before.system_ticks, now.system_ticks);
    sums.read_bytes += rise(before.read_bytes, now.read_bytes);
    sums.written_bytes += rise(before.written_bytes, now.written_bytes);
  }

  const ProcessRule* FindRule(const ProcessStat& stat, const OpenFolder& folder) const {
    using Subject = ProcessRule::Subject;
    const auto read = [&](Subject subject, const char* file) {
      if (!subjects_.contains(subject)) return std::string();
      auto text = folder.Read(file);
      return text.ok() ? std::move(*text) : std::string();
    };
    const std::string command = CommandLine(read(Subject::kCommandLine, "cmdline"));
    const std::string cgroup = read(Subject::kCgroup, "cgroup");
    const auto found = std::find_if(rules_.begin(), rules_.end(), [&](const ProcessRule& rule) {
      return rule.expression.FindsIn(rule.subject == Subject::kName          ? stat.name
                                     : rule.subject == Subject::kCommandLine ? command
                                                                             : cgroup);
    });
    return found == rules_.end() ? nullptr : &*found;
  }

  static void Show(const std::string& name, const Group& group, MetricSink& sink) {
    const auto gauge = [&](const char* metric, const char* help, double value) {
      sink.Gauge(metric, help, value, {{"group", name}});
    };
    gauge("node_process_group_processes", "Processes of the group.", group.processes);
    gauge("node_process_group_threads", "Threads of the group.", group.threads);
    gauge("node_process_group_resident_memory_bytes",
          "Resident memory of the group's processes; what they share counts for each.",
          group.resident_bytes);
    gauge("node_process_group_open_fds", "Open files of the group, as far as they may be seen.",
          group.open_files);
    Family& cpu = sink.CounterFamily(
        "node_process_group_cpu_seconds_total",
        "Seconds that the group ran, as seen at scrapes since the exporter's start.");
    cpu.Sample({{"group", name}, {"mode", "system"}},
               static_cast<double>(group.sums.system_ticks) / kTicksPerSecond);
    cpu.Sample({{"group", name}, {"mode", "user"}},
               static_cast<double>(group.sums.user_ticks) / kTicksPerSecond);
    Family& io = sink.CounterFamily(
        "node_process_group_io_bytes_total",
        "Bytes that the group read from and wrote to disks, seen as its time is.");
    io.Sample({{"direction", "read"}, {"group", name}}, static_cast<double>(group.sums.read_bytes));
    io.Sample({{"direction", "write"}, {"group", name}},
              static_cast<double>(group.sums.written_bytes));
  }

  const Directory& proc_;
  const double page_bytes_ = static_cast<double>(::sysconf(_SC_PAGESIZE));
  std::vector<std::string> rule_texts_;
  std::vector<ProcessRule> rules_;
  std::set<ProcessRule::Subject> subjects_;
  std::mutex mutex_;
  std::map<std::string, Group, std::less<>> groups_;  // guarded by mutex_, as are the next
  std::map<ProcessKey, Counters> last_;
  bool has_last_ = false;
};

}  // namespace

ProcessIo ParseProcessIo(std::string_view text) {
  auto numbers = ParseNamedNumbers(text);
  return {numbers["read_bytes:"], numbers["write_bytes:"]};
}

Result<ProcessRule> ParseProcessRule(std::string_view text) {
  const size_t colon = text.find(':');
  const size_t equals = text.find('=', colon == std::string_view::npos ? 0 : colon);
  if (colon == 0 || colon == std::string_view::npos || equals == std::string_view::npos)
    return InvalidArgument("want GROUP:SUBJECT=REGEX, got ", Quote(text));
  const std::string_view subject = text.substr(colon + 1, equals - colon - 1);
  constexpr std::string_view kSubjects[] = {"name", "cmdline", "cgroup"};
  const auto known = std::find(std::begin(kSubjects), std::end(kSubjects), subject);
  if (known == std::end(kSubjects))
    return InvalidArgument("want name, cmdline or cgroup, got ", Quote(subject));
  ASSIGN_OR_RETURN(Regex expression, Regex::Compile(std::string(text.substr(equals + 1))));
  return ProcessRule{std::string(text.substr(0, colon)),
                     static_cast<ProcessRule::Subject>(known - std::begin(kSubjects)),
                     std::move(expression)};
}

std::string CommandLine(std::string_view text) {
  std::string line(text.substr(0, text.find_last_not_of('\0') + 1));
  std::replace(line.begin(), line.end(), '\0', ' ');
  return line;
}

std::unique_ptr<Collector> NewProcessGroupsCollector(const SystemPaths& paths) {
  return std::make_unique<ProcessGroupsCollector>(paths.proc);
}

}  // namespace narthex::exporters
