// What units of systemd use, from their control groups: both versions, see the kernel's
// Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/. The message bus is not asked.
#include "exporters/node/unit_resources.h"

#include <algorithm>
#include <optional>

#include "common/regex/regex.h"
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr double kMicrosecond = 1e-6;
constexpr double kNanosecond = 1e-9;
constexpr size_t kMaxDepth = 12;
constexpr size_t kMaxFolders = 20'000;
// Version 1 writes a limit that is none as the largest multiple of the page size.
constexpr double kNoLimit = 9e18;

struct Unit {
  std::string name;
  std::string cgroup;  // "/system.slice/nginx.service"
};

class UnitResourcesCollector : public Collector {
 public:
  explicit UnitResourcesCollector(const Directory& sys) : sys_(sys) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.unit_resources.include", &include_text_,
              "Show units whose whole name matches this.", "REGEX");
    flags.Add("collector.unit_resources.max-units", &max_units_,
              "Show at most so many units, the first by the names of their control groups.");
  }
  Status Prepare() override {
    if (max_units_ < 1)
      return InvalidArgument("--collector.unit_resources.max-units: want at least 1");
    ASSIGN_OR_RETURN(include_, Regex::Compile("^(?:" + include_text_ + ")$")
                                   .Prefixed("flag --collector.unit_resources.include"));
    return {};
  }

  Status Collect(MetricSink& sink) override {
    const bool is_unified = FindValue(sys_, "fs/cgroup/cgroup.controllers").has_value();
    const std::string root = is_unified ? "fs/cgroup" : "fs/cgroup/systemd";
    std::vector<Unit> units;
    size_t folders = 0;
    RETURN_IF_ERROR(FindUnits(root, "", 0, folders, units));
    const auto limit = static_cast<size_t>(max_units_);
    sink.Gauge("node_unit_resources_units_left_out",
               "Units beyond --collector.unit_resources.max-units.",
               static_cast<double>(units.size() - std::min(units.size(), limit)));
    if (units.size() > limit) units.resize(limit);
    for (const Unit& unit : units) {
      if (is_unified) {
        ShowUnified(unit, sink);
      } else {
        ShowPerController(unit, sink);
      }
    }
    return {};
  }

 private:
  // Those of the tree below `cgroup`, by the order of their paths.
  Status FindUnits(const std::string& root, const std::string& cgroup, size_t depth,
                   size_t& folders, std::vector<Unit>& units) const {
    const auto names = ListFolders(sys_, root + cgroup);
    if (!names.ok()) return depth == 0 ? names.status() : Status();  // else it has just gone
    for (const std::string& name : *names) {
      if (++folders > kMaxFolders)
        return LimitReached("more than ", std::to_string(kMaxFolders), " control groups");
      const std::string path = cgroup + "/" + name;
      if (IsUnitName(name) && include_.FindsIn(name)) units.push_back({name, path});
      if (depth + 1 < kMaxDepth) RETURN_IF_ERROR(FindUnits(root, path, depth + 1, folders, units));
    }
    return {};
  }

  // Shows metrics of one unit.
  class UnitSink {
   public:
    UnitSink(const Unit& unit, MetricSink& sink) : unit_(unit), sink_(sink) {}

    void Cpu(double user, double system) {
      Family& family =
          sink_.CounterFamily("node_unit_cpu_seconds_total", "Seconds that the unit's tasks ran.");
      Sample(family, "mode", "user", user);
      Sample(family, "mode", "system", system);
    }
    void Throttled(double seconds) {
      Sample(sink_.CounterFamily("node_unit_cpu_throttled_seconds_total",
                                 "Seconds that the unit's tasks had to wait for its quota."),
             seconds);
    }
    void Memory(std::optional<double> bytes, std::optional<double> limit) {
      if (bytes) {
        Sample(sink_.GaugeFamily("node_unit_memory_bytes",
                                 "Memory that is charged to the unit, caches included."),
               *bytes);
      }
      if (limit && *limit < kNoLimit) {
        Sample(sink_.GaugeFamily("node_unit_memory_limit_bytes",
                                 "Memory that the unit may have, where there is a limit."),
               *limit);
      }
    }
    void OomKills(double count) {
      Sample(sink_.CounterFamily("node_unit_oom_kills_total",
                                 "Tasks of the unit that were killed for want of memory."),
             count);
    }
    void Io(const CgroupIo& io) {
      Family& bytes = sink_.CounterFamily("node_unit_io_bytes_total",
                                          "Bytes that the unit read from and wrote to disks.");
      Sample(bytes, "direction", "read", static_cast<double>(io.read_bytes));
      Sample(bytes, "direction", "write", static_cast<double>(io.written_bytes));
      Family& operations =
          sink_.CounterFamily("node_unit_io_operations_total", "The unit's operations of disks.");
      Sample(operations, "direction", "read", static_cast<double>(io.reads));
      Sample(operations, "direction", "write", static_cast<double>(io.writes));
    }
    void Tasks(std::optional<double> count, std::optional<double> limit) {
      if (count) {
        Sample(sink_.GaugeFamily("node_unit_tasks", "Processes and threads of the unit."), *count);
      }
      if (limit) {
        Sample(sink_.GaugeFamily("node_unit_tasks_limit",
                                 "Processes and threads that the unit may have, where there is a "
                                 "limit."),
               *limit);
      }
    }

   private:
    void Sample(Family& family, double value) {
      family.Sample({{"cgroup", unit_.cgroup}, {"unit", unit_.name}}, value);
    }
    void Sample(Family& family, const char* label, const char* text, double value) {
      family.Sample({{"cgroup", unit_.cgroup}, {label, text}, {"unit", unit_.name}}, value);
    }

    const Unit& unit_;
    MetricSink& sink_;
  };

  void ShowUnified(const Unit& unit, MetricSink& sink) const {
    UnitSink out(unit, sink);
    const OpenFolder folder(sys_.Path("fs/cgroup" + unit.cgroup));
    if (const auto text = folder.Read("cpu.stat"); text.ok()) {
      const auto fields = ParseNamedNumbers(*text);
      out.Cpu(Of(fields, "user_usec") * kMicrosecond, Of(fields, "system_usec") * kMicrosecond);
      if (fields.contains("throttled_usec"))
        out.Throttled(Of(fields, "throttled_usec") * kMicrosecond);
    }
    // A limit that is none is the word "max", and so no number.
    out.Memory(FindNumber(folder, "memory.current"), FindNumber(folder, "memory.max"));
    if (const auto text = folder.Read("memory.events"); text.ok())
      out.OomKills(Of(ParseNamedNumbers(*text), "oom_kill"));
    if (const auto text = folder.Read("io.stat"); text.ok()) out.Io(ParseIoStat(*text));
    out.Tasks(FindNumber(folder, "pids.current"), FindNumber(folder, "pids.max"));
  }

  void ShowPerController(const Unit& unit, MetricSink& sink) const {
    UnitSink out(unit, sink);
    const auto folder = [&](const char* controller) {
      return sys_.Path(std::string("fs/cgroup/") + controller + unit.cgroup);
    };
    const OpenFolder cpu(folder("cpuacct"));
    const auto user = FindNumber(cpu, "cpuacct.usage_user");
    const auto system = FindNumber(cpu, "cpuacct.usage_sys");
    if (user && system) out.Cpu(*user * kNanosecond, *system * kNanosecond);
    const OpenFolder quota(folder("cpu"));
    if (const auto text = quota.Read("cpu.stat"); text.ok())
      out.Throttled(Of(ParseNamedNumbers(*text), "throttled_time") * kNanosecond);
    const OpenFolder memory(folder("memory"));
    out.Memory(FindNumber(memory, "memory.usage_in_bytes"),
               FindNumber(memory, "memory.limit_in_bytes"));
    if (const auto text = memory.Read("memory.oom_control"); text.ok())
      out.OomKills(Of(ParseNamedNumbers(*text), "oom_kill"));
    const OpenFolder disks(folder("blkio"));
    const auto bytes = disks.Read("blkio.throttle.io_service_bytes_recursive");
    const auto operations = disks.Read("blkio.throttle.io_serviced_recursive");
    if (bytes.ok() && operations.ok()) {
      const BlkioSums b = ParseBlkio(*bytes);
      const BlkioSums o = ParseBlkio(*operations);
      out.Io({b.reads, b.writes, o.reads, o.writes});
    }
    const OpenFolder tasks(folder("pids"));
    out.Tasks(FindNumber(tasks, "pids.current"), FindNumber(tasks, "pids.max"));
  }

  static double Of(const std::map<std::string_view, uint64_t>& fields, std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? 0 : static_cast<double>(found->second);
  }

  const Directory& sys_;
  std::string include_text_ = ".+\\.service";
  int64_t max_units_ = 500;
  Regex include_;
};

}  // namespace

CgroupIo ParseIoStat(std::string_view text) {
  CgroupIo io;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader words(*line);
    words.Next();  // the device
    while (const auto word = words.Next()) {
      const size_t equals = std::min(word->find('='), word->size());
      const auto value = ParseUnsigned(word->substr(std::min(equals + 1, word->size())));
      if (!value) continue;
      const std::string_view name = word->substr(0, equals);
      if (name == "rbytes") io.read_bytes += *value;
      if (name == "wbytes") io.written_bytes += *value;
      if (name == "rios") io.reads += *value;
      if (name == "wios") io.writes += *value;
    }
  }
  return io;
}

BlkioSums ParseBlkio(std::string_view text) {
  BlkioSums sums;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader words(*line);
    words.Next();  // the device
    const auto kind = words.Next();
    const auto value = words.NextUnsigned();
    if (!kind || !value) continue;
    if (*kind == "Read") sums.reads += *value;
    if (*kind == "Write") sums.writes += *value;
  }
  return sums;
}

bool IsUnitName(std::string_view name) {
  constexpr std::string_view kEnds[] = {".service", ".scope", ".slice",
                                        ".socket",  ".mount", ".swap"};
  return std::any_of(std::begin(kEnds), std::end(kEnds), [name](std::string_view end) {
    return name.size() > end.size() && name.ends_with(end);
  });
}

std::unique_ptr<Collector> NewUnitResourcesCollector(const SystemPaths& paths) {
  return std::make_unique<UnitResourcesCollector>(paths.sys);
}

}  // namespace narthex::exporters
