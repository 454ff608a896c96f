// What clocks the CPUs run at, from the folders cpufreq of /sys/devices/system/cpu; see the
// kernel's Documentation/admin-guide/pm/cpufreq.rst. The files give kilohertz.
#include <algorithm>

#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr const char* kFolder = "devices/system/cpu";

struct Frequency {
  const char* file;
  const char* name;
  const char* help;
};
constexpr Frequency kFrequencies[] = {
    {"cpuinfo_cur_freq", "node_cpu_frequency_hertz", "Clock of a CPU as the hardware tells it."},
    {"cpuinfo_avg_freq", "node_cpu_frequency_avg_hertz", "Clock of a CPU on average."},
    {"cpuinfo_min_freq", "node_cpu_frequency_min_hertz", "Lowest clock that a CPU can have."},
    {"cpuinfo_max_freq", "node_cpu_frequency_max_hertz", "Highest clock that a CPU can have."},
    {"scaling_cur_freq", "node_cpu_scaling_frequency_hertz",
     "Clock that the scaling driver last asked for."},
    {"scaling_min_freq", "node_cpu_scaling_frequency_min_hertz",
     "Lowest clock that the scaling driver may ask for."},
    {"scaling_max_freq", "node_cpu_scaling_frequency_max_hertz",
     "Highest clock that the scaling driver may ask for."},
};

class CpufreqCollector : public Collector {
 public:
  explicit CpufreqCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(std::vector<std::string> cpus, ListNumbered(sys_, kFolder, "cpu"));
    ASSIGN_OR_RETURN(const std::vector<uint64_t> offline, OfflineCpus());
    for (const std::string& cpu : cpus) {
      const std::string number = cpu.substr(3);
      const auto parsed = ParseUnsigned(number);
      if (!parsed || std::find(offline.begin(), offline.end(), *parsed) != offline.end()) continue;
      CollectCpu(cpu, number, sink);
    }
    return {};
  }

 private:
  Result<std::vector<uint64_t>> OfflineCpus() const {
    ASSIGN_OR_RETURN(const std::string text, ReadValue(sys_, std::string(kFolder) + "/offline"));
    return ParseNumberList(text).Prefixed("cpu/offline");
  }

  void CollectCpu(const std::string& cpu, const std::string& number, MetricSink& sink) const {
    const OpenFolder folder(sys_.Path(std::string(kFolder) + "/" + cpu + "/cpufreq"));
    if (!folder.exists()) return;
    for (const Frequency& frequency : kFrequencies) {
      if (const auto khz = FindNumber(folder, frequency.file))
        sink.Gauge(frequency.name, frequency.help, *khz * 1000, {{"cpu", number}});
    }
    const auto governor = FindValue(folder, "scaling_governor");
    const auto governors = FindValue(folder, "scaling_available_governors");
    if (!governor || governor->empty() || !governors) return;
    FieldReader names(*governors);
    while (const auto name = names.Next()) {
      sink.Gauge("node_cpu_scaling_governor", "1 for the governor in use of those there are.",
                 *name == *governor ? 1 : 0, {{"cpu", number}, {"governor", *name}});
    }
  }

  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewCpufreqCollector(const SystemPaths& paths) {
  return std::make_unique<CpufreqCollector>(paths.sys);
}

}  // namespace narthex::exporters
