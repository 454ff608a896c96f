// Bonded network interfaces, from /sys/class/net; see the kernel's
// Documentation/networking/bonding.rst.
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

class BondingCollector : public Collector {
 public:
  explicit BondingCollector(const Directory& sys) : sys_(sys) {}

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::string text, ReadValue(sys_, "class/net/bonding_masters"));
    FieldReader masters(text);
    while (const auto master = masters.Next()) {
      const std::string folder = "class/net/" + std::string(*master);
      const auto slaves = ReadValue(sys_, folder + "/bonding/slaves");
      if (!slaves.ok()) return slaves.status();
      double count = 0;
      double active = 0;
      FieldReader names(*slaves);
      while (const auto slave = names.Next()) {
        ++count;
        if (IsUp(folder, std::string(*slave))) ++active;
      }
      sink.Gauge("node_bonding_slaves", "Interfaces that a bond has.", count,
                 {{"master", *master}});
      sink.Gauge("node_bonding_active", "Interfaces of a bond that are up.", active,
                 {{"master", *master}});
    }
    return {};
  }

 private:
  // Kernels before 3.18 called the folder by its second name.
  bool IsUp(const std::string& folder, const std::string& slave) const {
    for (const char* prefix : {"/lower_", "/slave_"}) {
      std::string path = folder;
      path += prefix + slave + "/bonding_slave/mii_status";
      if (const auto status = FindValue(sys_, path)) return *status == "up";
    }
    return false;
  }

  const Directory& sys_;
};

}  // namespace

std::unique_ptr<Collector> NewBondingCollector(const SystemPaths& paths) {
  return std::make_unique<BondingCollector>(paths.sys);
}

}  // namespace narthex::exporters
