#include "exporters/node/meminfo_numa.h"

#include "exporters/kit/text_buffer.h"
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"
#include "exporters/node/vmstat.h"

namespace narthex::exporters {
namespace {

constexpr const char* kFolder = "devices/system/node";
constexpr double kBytesPerUnit = 1024;

class MeminfoNumaCollector : public Collector {
 public:
  explicit MeminfoNumaCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> nodes, ListNumbered(sys_, kFolder, "node"));
    for (const std::string& node : nodes) {
      const std::string folder = std::string(kFolder) + "/" + node;
      RETURN_IF_ERROR(CollectMemory(folder, node.substr(4), sink));
      RETURN_IF_ERROR(CollectAllocations(folder, node.substr(4), sink));
    }
    return {};
  }

 private:
  Status CollectMemory(const std::string& folder, const std::string& node, MetricSink& sink) const {
    ASSIGN_OR_RETURN(const std::string text, sys_.Read(folder + "/meminfo"));
    ASSIGN_OR_RETURN(const std::vector<MeminfoField> fields,
                     ParseNodeMeminfo(text).Prefixed(folder));
    std::string part;
    TextBuffer name;
    TextBuffer help;
    for (const MeminfoField& field : fields) {
      SpellMeminfoKey(field.key, part);
      sink.Gauge(name.Join("node_memory_numa_", part),
                 help.Join("Field ", part, " of a NUMA node."), field.value, {{"node", node}});
    }
    return {};
  }

  // Its lines are those of /proc/vmstat.
  Status CollectAllocations(const std::string& folder, const std::string& node,
                            MetricSink& sink) const {
    ASSIGN_OR_RETURN(const std::string text, sys_.Read(folder + "/numastat"));
    ASSIGN_OR_RETURN(const std::vector<VmstatField> fields, ParseVmstat(text).Prefixed(folder));
    std::string part;
    TextBuffer name;
    TextBuffer help;
    for (const VmstatField& field : fields) {
      SpellMeminfoKey(field.name, part);
      sink.Counter(name.Join("node_memory_numa_", part, "_total"),
                   help.Join("Allocations that a NUMA node counts as ", part, "."), field.value,
                   {{"node", node}});
    }
    return {};
  }

  const Directory& sys_;
};

}  // namespace

Result<std::vector<MeminfoField>> ParseNodeMeminfo(std::string_view text) {
  std::vector<MeminfoField> parsed;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const auto word = fields.Next();
    if (!word) continue;
    fields.Next();  // the number, which the folder tells too
    auto name = fields.Next();
    const auto value = fields.NextDouble();
    const auto unit = fields.Next();
    if (*word != "Node" || !name || name->size() < 2 || name->back() != ':' || !value ||
        (unit && *unit != "kB"))
      return Corruption("meminfo: want \"Node N NAME: NUMBER kB\", got ", Quote(*line));
    name->remove_suffix(1);
    parsed.push_back({*name, unit ? *value * kBytesPerUnit : *value, unit.has_value()});
  }
  return parsed;
}

std::unique_ptr<Collector> NewMeminfoNumaCollector(const SystemPaths& paths) {
  return std::make_unique<MeminfoNumaCollector>(paths.sys);
}

}  // namespace narthex::exporters
