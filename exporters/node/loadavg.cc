#include "exporters/node/loadavg.h"

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class LoadAvgCollector : public Collector {
 public:
  explicit LoadAvgCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("loadavg"));
    ASSIGN_OR_RETURN(const LoadAvg load, ParseLoadAvg(text));
    sink.Gauge("node_load1", "Load average over 1 minute.", load.one);
    sink.Gauge("node_load5", "Load average over 5 minutes.", load.five);
    sink.Gauge("node_load15", "Load average over 15 minutes.", load.fifteen);
    return {};
  }

 private:
  const Directory& proc_;
};

}  // namespace

Result<LoadAvg> ParseLoadAvg(std::string_view text) {
  FieldReader fields(text);
  const auto one = fields.NextDouble();
  const auto five = fields.NextDouble();
  const auto fifteen = fields.NextDouble();
  if (!one || !five || !fifteen)
    return Corruption("loadavg: want three numbers, got ", Quote(text));
  return LoadAvg{*one, *five, *fifteen};
}

std::unique_ptr<Collector> NewLoadAvgCollector(const SystemPaths& paths) {
  return std::make_unique<LoadAvgCollector>(paths.proc);
}

}  // namespace narthex::exporters
