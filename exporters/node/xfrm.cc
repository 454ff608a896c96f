// Errors of IPsec, from /proc/net/xfrm_stat; see the kernel's
// Documentation/networking/xfrm_proc.rst. Its lines are those of /proc/vmstat: a name and a number.
#include "exporters/node/xfrm.h"

#include <algorithm>

#include "exporters/node/collectors.h"
#include "exporters/node/vmstat.h"

namespace narthex::exporters {
namespace {

// Those that the original shows; younger kernels have more.
constexpr std::string_view kFields[] = {
    "XfrmInError",
    "XfrmInBufferError",
    "XfrmInHdrError",
    "XfrmInNoStates",
    "XfrmInStateProtoError",
    "XfrmInStateModeError",
    "XfrmInStateSeqError",
    "XfrmInStateExpired",
    "XfrmInStateMismatch",
    "XfrmInStateInvalid",
    "XfrmInTmplMismatch",
    "XfrmInNoPols",
    "XfrmInPolBlock",
    "XfrmInPolError",
    "XfrmOutError",
    "XfrmOutBundleGenError",
    "XfrmOutBundleCheckError",
    "XfrmOutNoStates",
    "XfrmOutStateProtoError",
    "XfrmOutStateModeError",
    "XfrmOutStateSeqError",
    "XfrmOutStateExpired",
    "XfrmOutPolBlock",
    "XfrmOutPolDead",
    "XfrmOutPolError",
    "XfrmFwdHdrError",
    "XfrmOutStateInvalid",
    "XfrmAcquireError",
};

class XfrmCollector : public Collector {
 public:
  explicit XfrmCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("net/xfrm_stat"));
    ASSIGN_OR_RETURN(const std::vector<VmstatField> fields, ParseVmstat(text));
    for (const VmstatField& field : fields) {
      if (std::find(std::begin(kFields), std::end(kFields), field.name) == std::end(kFields))
        continue;
      sink.Counter(XfrmMetricName(field.name),
                   "Packets that the kernel counts as " + std::string(field.name) + ".",
                   field.value);
    }
    return {};
  }

 private:
  const Directory& proc_;
};

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

std::string XfrmMetricName(std::string_view field) {
  constexpr std::string_view kPrefix = "Xfrm";
  std::string name = "node_xfrm";
  for (const char c : field.substr(std::min(kPrefix.size(), field.size()))) {
    if (IsUpper(c)) name += '_';
    name += IsUpper(c) ? static_cast<char>(c | 0x20) : c;
  }
  return name + "_packets_total";
}

std::unique_ptr<Collector> NewXfrmCollector(const SystemPaths& paths) {
  return std::make_unique<XfrmCollector>(paths.proc);
}

}  // namespace narthex::exporters
