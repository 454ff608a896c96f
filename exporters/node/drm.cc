// Graphics cards of AMD, from /sys/class/drm; see the kernel's
// Documentation/gpu/amdgpu/driver-misc.rst.
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

struct CardNumber {
  const char* file;
  const char* name;
  const char* help;
};
constexpr CardNumber kNumbers[] = {
    {"gpu_busy_percent", "node_drm_gpu_busy_percent", "How busy a graphics card is."},
    {"mem_info_gtt_total", "node_drm_memory_gtt_size_bytes",
     "Main memory that a graphics card can use."},
    {"mem_info_gtt_used", "node_drm_memory_gtt_used_bytes",
     "Main memory that a graphics card uses."},
    {"mem_info_vis_vram_total", "node_drm_memory_vis_vram_size_bytes",
     "Memory of a graphics card that the CPU can see."},
    {"mem_info_vis_vram_used", "node_drm_memory_vis_vram_used_bytes",
     "Memory of a graphics card that the CPU can see and that is in use."},
    {"mem_info_vram_total", "node_drm_memory_vram_size_bytes", "Memory of a graphics card."},
    {"mem_info_vram_used", "node_drm_memory_vram_used_bytes",
     "Memory of a graphics card that is in use."},
};

class DrmCollector : public Collector {
 public:
  explicit DrmCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> entries,
                     ListNumbered(sys_, "class/drm", "card"));
    for (const std::string& card : entries) {
      // Connectors stand beside the cards: "card0-HDMI-A-1".
      if (!ParseUnsigned(std::string_view(card).substr(4))) continue;
      const std::string folder = "class/drm/" + card + "/device/";
      const std::string driver = FindValue(sys_, folder + "uevent").value_or("");
      if (driver.find("DRIVER=amdgpu") != std::string::npos) CollectCard(card, folder, sink);
    }
    return {};
  }

 private:
  void CollectCard(const std::string& card, const std::string& folder, MetricSink& sink) const {
    const auto text = [&](const char* file) { return FindValue(sys_, folder + file).value_or(""); };
    sink.Gauge("node_drm_card_info", "Constant 1 for each graphics card.", 1,
               {{"card", card},
                {"memory_vendor", text("mem_info_vram_vendor")},
                {"power_performance_level", text("power_dpm_force_performance_level")},
                {"unique_id", text("unique_id")},
                {"vendor", "amd"}});
    for (const CardNumber& number : kNumbers) {
      sink.Gauge(number.name, number.help, FindNumber(sys_, folder + number.file).value_or(0),
                 {{"card", card}});
    }
  }

  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewDrmCollector(const SystemPaths& paths) {
  return std::make_unique<DrmCollector>(paths.sys);
}

}  // namespace narthex::exporters
