#include "exporters/node/swap.h"

#include "exporters/kit/text_fields.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr double kBytesPerUnit = 1024;

class SwapCollector : public Collector {
 public:
  explicit SwapCollector(const Directory& proc) : proc_(proc) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, proc_.Read("swaps"));
    ASSIGN_OR_RETURN(const std::vector<SwapArea> areas, ParseSwaps(text));
    for (const SwapArea& area : areas) {
      const auto show = [&](const char* name, const char* help, double value) {
        sink.Gauge(name, help, value, {{"device", area.device}, {"swap_type", area.type}});
      };
      show("node_swap_size_bytes", "Size of a swap area.", area.size_bytes);
      show("node_swap_used_bytes", "Bytes in use of a swap area.", area.used_bytes);
      show("node_swap_priority", "Priority of a swap area.", area.priority);
    }
    return {};
  }

 private:
  const Directory& proc_;
};

}  // namespace

Result<std::vector<SwapArea>> ParseSwaps(std::string_view text) {
  LineReader lines(text);
  lines.Next();  // titles
  std::vector<SwapArea> areas;
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const auto device = fields.Next();
    const auto type = fields.Next();
    const auto size = fields.NextUnsigned();
    const auto used = fields.NextUnsigned();
    const auto priority = fields.NextDouble();
    if (!device || !type || !size || !used || !priority)
      return Corruption("swaps: want two names and three numbers, got ", Quote(*line));
    areas.push_back({*device, *type, static_cast<double>(*size) * kBytesPerUnit,
                     static_cast<double>(*used) * kBytesPerUnit, *priority});
  }
  return areas;
}

std::unique_ptr<Collector> NewSwapCollector(const SystemPaths& paths) {
  return std::make_unique<SwapCollector>(paths.proc);
}

}  // namespace narthex::exporters
