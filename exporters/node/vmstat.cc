#include "exporters/node/vmstat.h"

#include "exporters/kit/field_filter.h"
#include "exporters/kit/text_buffer.h"
#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class VmstatCollector : public Collector {
 public:
  explicit VmstatCollector(const Directory& proc) : proc_(proc) {}

  void AddFlags(cli::Flags& flags) override { fields_.AddFlags(flags); }
  Status Prepare() override { return fields_.Prepare(); }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("vmstat"));
    ASSIGN_OR_RETURN(const std::vector<VmstatField> fields, ParseVmstat(text));
    TextBuffer name_buffer;
    TextBuffer help;
    for (const VmstatField& field : fields) {
      if (!fields_.Takes(field.name)) continue;
      const std::string_view name = name_buffer.Join("node_vmstat_", field.name);
      if (!IsLegacyMetricName(name)) return Corruption("vmstat: no field's name: ", Quote(name));
      Family& family = sink.AnyFamily(name, openmetrics::Type::kUnknown,
                                      help.Join("Field ", field.name, " of /proc/vmstat."));
      if (family.sample_count() == 0) family.Sample({}, field.value);
    }
    return {};
  }

 private:
  const Directory& proc_;
  FieldFilter fields_{"collector.vmstat.fields", "^(oom_kill|pgpg|pswp|pg.*fault).*"};
};

}  // namespace

Result<std::vector<VmstatField>> ParseVmstat(std::string_view text) {
  std::vector<VmstatField> parsed;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const auto name = fields.Next();
    const auto value = fields.NextDouble();
    if (!name || !value) return Corruption("vmstat: want a name and a number, got ", Quote(*line));
    parsed.push_back({*name, *value});
  }
  return parsed;
}

std::unique_ptr<Collector> NewVmstatCollector(const SystemPaths& paths) {
  return std::make_unique<VmstatCollector>(paths.proc);
}

}  // namespace narthex::exporters
