// Time that each CPU spent in each mode, from /proc/stat; throttling, isolation and online state
// from /sys/devices/system/cpu; on request what /proc/cpuinfo tells.
#include <map>
#include <mutex>
#include <optional>
#include <tuple>

#include "common/regex/regex.h"
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"
#include "exporters/node/cpuinfo.h"
#include "exporters/node/proc_stat.h"

namespace narthex::exporters {
namespace {

constexpr double kTicksPerSecond = 100.0;
// A CPU whose idle time fell by more than this was taken out and put back: it starts anew.
constexpr uint64_t kHotplugTicks = 300;
constexpr const char* kCpuFolder = "devices/system/cpu";

// Where a CPU sits; several CPUs share a core.
struct Core {
  uint64_t package;
  uint64_t core;
  bool operator<(const Core& other) const {
    return std::tie(package, core) < std::tie(other.package, other.core);
  }
};

struct Throttles {
  std::map<uint64_t, double> packages;
  std::map<Core, double> cores;
};

class CpuCollector : public Collector {
 public:
  explicit CpuCollector(const SystemPaths& paths) : proc_(paths.proc), sys_(paths.sys) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.cpu.guest", &with_guest_, "Show time spent in guests.");
    flags.Add("collector.cpu.aggregate", &aggregate_,
              "Show times of all CPUs together, as cpu=\"all\", in place of those of each.");
    flags.Add("collector.cpu.info", &with_info_, "Show model and frequency of each CPU.");
    flags.Add("collector.cpu.info.flags-include", &flags_include_,
              "Show CPU flags that this expression finds; implies --collector.cpu.info.", "REGEX");
    flags.Add("collector.cpu.info.bugs-include", &bugs_include_,
              "Show CPU bugs that this expression finds; implies --collector.cpu.info.", "REGEX");
  }

  Status Prepare() override {
    if (!flags_include_.empty()) {
      ASSIGN_OR_RETURN(
          flags_,
          Regex::Compile(flags_include_).Prefixed("flag --collector.cpu.info.flags-include"));
    }
    if (!bugs_include_.empty()) {
      ASSIGN_OR_RETURN(
          bugs_, Regex::Compile(bugs_include_).Prefixed("flag --collector.cpu.info.bugs-include"));
    }
    with_info_ = with_info_ || flags_ || bugs_;
    return {};
  }

  Status Collect(MetricSink& sink) override {
    if (with_info_) RETURN_IF_ERROR(CollectInfo(sink));
    RETURN_IF_ERROR(CollectTimes(sink));
    RETURN_IF_ERROR(CollectIsolated(sink));
    return CollectTopology(sink);
  }

 private:
  Status CollectTimes(MetricSink& sink) {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("stat"));
    ASSIGN_OR_RETURN(ProcStat stat, ParseProcStat(text));
    if (aggregate_) stat.cpus = {stat.all_cpus};
    KeepFromFalling(stat.cpus);
    Family& seconds =
        sink.CounterFamily("node_cpu_seconds_total", "Seconds that the CPU spent in each mode.");
    Family& guest =
        sink.CounterFamily("node_cpu_guest_seconds_total",
                           "Seconds that the CPU ran guests; part of user and nice time.");
    for (const CpuTimes& cpu : stat.cpus) {
      const std::string number = aggregate_ ? "all" : std::to_string(cpu.number);
      for (size_t mode = 0; mode < kCpuModes.size(); ++mode) {
        const double value = static_cast<double>(cpu.ticks[mode]) / kTicksPerSecond;
        if (mode < kFirstGuestMode) {
          seconds.Sample({{"cpu", number}, {"mode", kCpuModes[mode]}}, value);
        } else if (with_guest_) {
          guest.Sample({{"cpu", number}, {"mode", mode == kFirstGuestMode ? "user" : "nice"}},
                       value);
        }
      }
    }
    return {};
  }

  // Kernels let idle and iowait fall now and then; a counter that falls would read as a reset.
  void KeepFromFalling(std::vector<CpuTimes>& cpus) {
    const std::lock_guard lock(mutex_);
    std::map<uint64_t, CpuTimes> now;
    for (CpuTimes& cpu : cpus) {
      const auto before = last_.find(cpu.number);
      if (before != last_.end() &&
          before->second.ticks[kIdleMode] < cpu.ticks[kIdleMode] + kHotplugTicks) {
        for (size_t mode = 0; mode < kCpuModes.size(); ++mode) {
          cpu.ticks[mode] = std::max(cpu.ticks[mode], before->second.ticks[mode]);
        }
      }
      now[cpu.number] = cpu;
    }
    last_ = std::move(now);
  }

  Status CollectInfo(MetricSink& sink) {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("cpuinfo"));
    const std::vector<CpuInfo> processors = ParseCpuInfo(text);
    for (const CpuInfo& cpu : processors) {
      sink.Gauge("node_cpu_info", "Constant 1, labelled with what the CPU is.", 1,
                 {{"package", cpu.Get("physical id")},
                  {"core", cpu.Get("core id")},
                  {"cpu", cpu.Get("processor")},
                  {"vendor", cpu.Get("vendor_id")},
                  {"family", cpu.Get("cpu family")},
                  {"model", cpu.Get("model")},
                  {"model_name", cpu.Get("model name")},
                  {"microcode", cpu.Get("microcode")},
                  {"stepping", cpu.Get("stepping")},
                  {"cachesize", cpu.Get("cache size")}});
      sink.Gauge("node_cpu_frequency_hertz", "Present clock frequency of the CPU.",
                 ParseDouble(cpu.Get("cpu MHz")).value_or(0) * 1e6,
                 {{"package", cpu.Get("physical id")},
                  {"core", cpu.Get("core id")},
                  {"cpu", cpu.Get("processor")}});
    }
    if (processors.empty()) return {};
    ShowWords(processors[0].Get("flags"), flags_, "flag",
              sink.GaugeFamily("node_cpu_flag_info", "Constant 1 for each flag of the first CPU."));
    ShowWords(
        processors[0].Get("bugs"), bugs_, "bug",
        sink.GaugeFamily("node_cpu_bug_info", "Constant 1 for each known bug of the first CPU."));
    return {};
  }

  static void ShowWords(std::string_view words, const std::optional<Regex>& include,
                        std::string_view label, Family& family) {
    if (!include) return;
    FieldReader fields(words);
    while (const auto word = fields.Next()) {
      if (include->FindsIn(*word)) family.Sample({{label, *word}}, 1);
    }
  }

  Status CollectIsolated(MetricSink& sink) {
    const auto text = sys_.Read(std::string(kCpuFolder) + "/isolated");
    if (!text.ok()) return text.code() == Code::kNotFound ? Status() : text.status();
    ASSIGN_OR_RETURN(const std::vector<uint64_t> isolated,
                     ParseNumberList(*text).Prefixed("isolated CPUs"));
    Family& family =
        sink.GaugeFamily("node_cpu_isolated", "Constant 1 for each CPU that is isolated.");
    for (uint64_t cpu : isolated) family.Sample({{"cpu", std::to_string(cpu)}}, 1);
    return {};
  }

  Status CollectTopology(MetricSink& sink) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, ListNumbered(sys_, kCpuFolder, "cpu"));
    Throttles throttles;
    Family& online = sink.GaugeFamily("node_cpu_online", "Whether the CPU is online.");
    const bool has_online = FindNumber(sys_, std::string(kCpuFolder) + "/cpu0/online").has_value();
    for (const std::string& name : names) {
      const auto number = ParseUnsigned(std::string_view(name).substr(3));
      if (!number) continue;
      const OpenFolder folder(sys_.Path(std::string(kCpuFolder) + "/" + name));
      if (has_online) {
        online.Sample({{"cpu", std::to_string(*number)}},
                      FindNumber(folder, "online").value_or(0) == 1 ? 1 : 0);
      }
      ReadThrottles(*number, folder, throttles);
    }
    for (const auto& [package, count] : throttles.packages) {
      sink.Counter("node_cpu_package_throttles_total", "Times that the package was throttled.",
                   count, {{"package", std::to_string(package)}});
    }
    for (const auto& [core, count] : throttles.cores) {
      sink.Counter(
          "node_cpu_core_throttles_total", "Times that the core was throttled.", count,
          {{"package", std::to_string(core.package)}, {"core", std::to_string(core.core)}});
    }
    return {};
  }

  // Counts are per package and per core: several CPUs tell the same ones, of which the first is
  // asked.
  void ReadThrottles(uint64_t cpu, const OpenFolder& folder, Throttles& throttles) {
    const std::optional<Core> core = FindCore(cpu, folder);
    if (!core) return;
    if (!throttles.cores.contains(*core)) {
      if (const auto count = FindNumber(folder, "thermal_throttle/core_throttle_count"))
        throttles.cores[*core] = *count;
    }
    if (!throttles.packages.contains(core->package)) {
      if (const auto count = FindNumber(folder, "thermal_throttle/package_throttle_count"))
        throttles.packages[core->package] = *count;
    }
  }

  // Where a CPU sits does not change, so that it is read once.
  std::optional<Core> FindCore(uint64_t cpu, const OpenFolder& folder) {
    const std::lock_guard lock(mutex_);
    const auto known = cores_.find(cpu);
    if (known != cores_.end()) return known->second;
    const auto package = FindNumber(folder, "topology/physical_package_id");
    const auto core = FindNumber(folder, "topology/core_id");
    if (!package || !core || *package < 0 || *core < 0) return std::nullopt;
    return cores_[cpu] = {static_cast<uint64_t>(*package), static_cast<uint64_t>(*core)};
  }

  const Directory& proc_;
  const Directory& sys_;
  bool with_guest_ = true;
  bool aggregate_ = false;
  bool with_info_ = false;
  std::string flags_include_;
  std::string bugs_include_;
  std::optional<Regex> flags_;
  std::optional<Regex> bugs_;
  std::mutex mutex_;
  std::map<uint64_t, CpuTimes> last_;  // guarded by mutex_
  std::map<uint64_t, Core> cores_;     // guarded by mutex_, by the CPU's number
};

}  // namespace

std::unique_ptr<Collector> NewCpuCollector(const SystemPaths& paths) {
  return std::make_unique<CpuCollector>(paths);
}

}  // namespace narthex::exporters
