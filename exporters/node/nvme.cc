// NVMe controllers and their namespaces, from /sys/class/nvme.
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

// "1" of "nvme0n1" and of "nvme0c1n1"; empty for what is no namespace.
std::string NamespaceId(const std::string& entry) {
  const size_t n = entry.rfind('n');
  if (entry.compare(0, 4, "nvme") != 0 || n == std::string::npos || n < 5) return "";
  const std::string id = entry.substr(n + 1);
  return ParseUnsigned(id) ? id : "";
}

class NvmeCollector : public Collector {
 public:
  explicit NvmeCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> devices, sys_.List("class/nvme"));
    for (const std::string& device : devices) RETURN_IF_ERROR(CollectDevice(device, sink));
    return {};
  }

 private:
  Status CollectDevice(const std::string& device, MetricSink& sink) const {
    const std::string folder = "class/nvme/" + device;
    ASSIGN_OR_RETURN(const std::string firmware, ReadValue(sys_, folder + "/firmware_rev"));
    ASSIGN_OR_RETURN(const std::string model, ReadValue(sys_, folder + "/model"));
    ASSIGN_OR_RETURN(const std::string serial, ReadValue(sys_, folder + "/serial"));
    ASSIGN_OR_RETURN(const std::string state, ReadValue(sys_, folder + "/state"));
    ASSIGN_OR_RETURN(const std::string controller, ReadValue(sys_, folder + "/cntlid"));
    sink.Gauge("node_nvme_info", "Constant 1, with what an NVMe controller tells in words.", 1,
               {{"device", device},
                {"firmware_revision", firmware},
                {"model", model},
                {"serial", serial},
                {"state", state},
                {"cntlid", controller}});
    ASSIGN_OR_RETURN(const std::vector<std::string> entries, sys_.List(folder));
    for (const std::string& entry : entries) {
      const std::string id = NamespaceId(entry);
      if (!id.empty()) RETURN_IF_ERROR(CollectNamespace(device, entry, id, sink));
    }
    return {};
  }

  Status CollectNamespace(const std::string& device, const std::string& entry,
                          const std::string& id, MetricSink& sink) const {
    const std::string folder = "class/nvme/" + device + "/" + entry;
    ASSIGN_OR_RETURN(const double used, ReadNumber(sys_, folder + "/nuse"));
    ASSIGN_OR_RETURN(const double size, ReadNumber(sys_, folder + "/size"));
    ASSIGN_OR_RETURN(const double block, ReadNumber(sys_, folder + "/queue/logical_block_size"));
    sink.Gauge("node_nvme_namespace_info", "Constant 1 for each namespace, with its state.", 1,
               {{"device", device},
                {"nsid", id},
                {"ana_state", FindValue(sys_, folder + "/ana_state").value_or("unknown")}});
    const auto show = [&](const char* name, const char* help, double value) {
      sink.Gauge(name, help, value, {{"device", device}, {"nsid", id}});
    };
    show("node_nvme_namespace_capacity_bytes", "Capacity of a namespace.", size * block);
    show("node_nvme_namespace_size_bytes", "Size of a namespace.", size * block);
    show("node_nvme_namespace_used_bytes", "Bytes of a namespace in use.", used * block);
    show("node_nvme_namespace_logical_block_size_bytes", "Size of a block of a namespace.", block);
    return {};
  }

  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewNvmeCollector(const SystemPaths& paths) {
  return std::make_unique<NvmeCollector>(paths.sys);
}

}  // namespace narthex::exporters
