#include "exporters/node/slabinfo.h"

#include "exporters/kit/device_filter.h"
#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

struct SlabMetric {
  const char* name;
  const char* help;
  double Slab::*value;
};
constexpr SlabMetric kMetrics[] = {
    {"node_slabinfo_active_objects", "Objects of a cache in use.", &Slab::active_objects},
    {"node_slabinfo_objects", "Objects of a cache, in use or not.", &Slab::objects},
    {"node_slabinfo_object_size_bytes", "Size of an object of a cache.", &Slab::object_size_bytes},
    {"node_slabinfo_objects_per_slab", "Objects in a slab.", &Slab::objects_per_slab},
    {"node_slabinfo_pages_per_slab", "Pages of a slab.", &Slab::pages_per_slab},
};

class SlabinfoCollector : public Collector {
 public:
  explicit SlabinfoCollector(const Directory& proc) : proc_(proc) {}

  void AddFlags(cli::Flags& flags) override { slabs_.AddFlags(flags); }
  Status Prepare() override { return slabs_.Prepare(); }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("slabinfo"));
    ASSIGN_OR_RETURN(const std::vector<Slab> slabs, ParseSlabinfo(text));
    for (const SlabMetric& metric : kMetrics) {
      for (const Slab& slab : slabs) {
        if (slabs_.Takes(slab.name))
          sink.Gauge(metric.name, metric.help, slab.*metric.value, {{"slab", slab.name}});
      }
    }
    return {};
  }

 private:
  const Directory& proc_;
  DeviceFilter slabs_{"collector.slabinfo.slabs", "slab caches"};
};

}  // namespace

Result<std::vector<Slab>> ParseSlabinfo(std::string_view text) {
  std::vector<Slab> slabs;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    if (line->substr(0, 1) == "#" || line->substr(0, 8) == "slabinfo") continue;
    FieldReader fields(*line);
    const auto name = fields.Next();
    const auto active = fields.NextDouble();
    const auto objects = fields.NextDouble();
    const auto size = fields.NextDouble();
    const auto per_slab = fields.NextDouble();
    const auto pages = fields.NextDouble();
    if (!name || !active || !objects || !size || !per_slab || !pages)
      return Corruption("slabinfo: want a name and five numbers, got ", Quote(*line));
    slabs.push_back({*name, *active, *objects, *size, *per_slab, *pages});
  }
  return slabs;
}

std::unique_ptr<Collector> NewSlabinfoCollector(const SystemPaths& paths) {
  return std::make_unique<SlabinfoCollector>(paths.proc);
}

}  // namespace narthex::exporters
