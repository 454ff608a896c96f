#include "exporters/node/cpu_vulnerabilities.h"

#include "common/bytes/ignore_case.h"
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr const char* kFolder = "devices/system/cpu/vulnerabilities";

class CpuVulnerabilitiesCollector : public Collector {
 public:
  explicit CpuVulnerabilitiesCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    const auto names = sys_.List(kFolder);
    if (names.code() == Code::kNotFound) return {};  // a kernel that tells of none
    if (!names.ok()) return names.status();
    Family& info = sink.GaugeFamily("node_cpu_vulnerabilities_info",
                                    "Constant 1 for each known weakness of CPUs, with its state.");
    for (const std::string& name : *names) {
      ASSIGN_OR_RETURN(const std::string text, ReadValue(sys_, std::string(kFolder) + "/" + name));
      const Vulnerability one = ParseVulnerability(text);
      info.Sample({{"codename", name}, {"state", one.state}, {"mitigation", one.mitigation}}, 1);
    }
    return {};
  }

 private:
  const Directory& sys_;
};

}  // namespace

Vulnerability ParseVulnerability(std::string_view text) {
  if (StartsIgnoringCase(text, "not affected")) return {"not affected", ""};
  for (const std::string_view state : {"vulnerable", "mitigation", "unknown"}) {
    if (!StartsIgnoringCase(text, state)) continue;
    std::string rest;
    FieldReader fields(text);
    fields.Next();
    while (const auto field = fields.Next()) {
      if (!rest.empty()) rest += ' ';
      rest += *field;
    }
    return {state, rest};
  }
  return {"unknown", std::string(text)};
}

std::unique_ptr<Collector> NewCpuVulnerabilitiesCollector(const SystemPaths& paths) {
  return std::make_unique<CpuVulnerabilitiesCollector>(paths.sys);
}

}  // namespace narthex::exporters
