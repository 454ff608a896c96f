// PCI devices, from /sys/bus/pci/devices; see the kernel's Documentation/ABI/testing/sysfs-bus-pci.
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <optional>

#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"
#include "exporters/node/pci_ids.h"

namespace narthex::exporters {
namespace {

constexpr const char* kFolder = "bus/pci/devices";
constexpr double kTransfersPerGigatransfer = 1e9;
constexpr const char* kPowerStates[] = {"D0", "D1", "D2", "D3hot", "D3cold", "unknown", "error"};
constexpr const char* kIdsFiles[] = {"/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"};

// "0000:01:00.0": segment, bus, device and function.
using Location = std::array<std::string, 4>;
std::optional<Location> ParseLocation(const std::string& text) {
  const size_t first = text.find(':');
  const size_t second = text.find(':', first + 1);
  const size_t dot = text.find('.', second + 1);
  if (first == std::string::npos || second == std::string::npos || dot == std::string::npos)
    return std::nullopt;
  return Location{text.substr(0, first), text.substr(first + 1, second - first - 1),
                  text.substr(second + 1, dot - second - 1), text.substr(dot + 1)};
}

struct PciNumber {
  const char* file;
  const char* name;  // behind node_pcidevice_
  double absent;     // the value where there is no such file
  const char* help;
};
constexpr PciNumber kNumbers[] = {
    {"max_link_width", "max_link_width", -1, "Lanes that the device's link can have."},
    {"current_link_width", "current_link_width", -1, "Lanes that the device's link has."},
    {"d3cold_allowed", "d3cold_allowed", 0, "1 where the device may be without power, else 0."},
    {"sriov_drivers_autoprobe", "sriov_drivers_autoprobe", 0,
     "1 where virtual functions get their driver by themselves, else 0."},
    {"sriov_numvfs", "sriov_numvfs", 0, "Virtual functions that are enabled."},
    {"sriov_totalvfs", "sriov_totalvfs", 0, "Virtual functions that there can be."},
    {"sriov_vf_total_msix", "sriov_vf_total_msix", 0,
     "Interrupt vectors for the virtual functions."},
};

class PcideviceCollector : public Collector {
 public:
  explicit PcideviceCollector(const Directory& sys) : sys_(sys) {}

  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.pcidevice.idsfile", &ids_file_,
              "Read names from this file instead of the system's pci.ids.", "FILE");
    flags.Add("collector.pcidevice.names", &with_names_,
              "Show the names of vendors, devices and classes too.");
  }

  Status Prepare() override {
    if (!with_names_) return {};
    std::string text;
    if (!ids_file_.empty()) {
      RETURN_IF_ERROR(ReadFile(ids_file_, text).Prefixed("flag --collector.pcidevice.idsfile"));
    } else {
      // Without the file, names are numbers.
      for (const char* file : kIdsFiles) {
        if (ReadFile(file, text).ok()) break;
      }
    }
    ids_ = PciIds::Parse(text);
    return {};
  }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> entries, sys_.List(kFolder));
    for (const std::string& entry : entries) {
      if (const auto location = ParseLocation(entry))
        RETURN_IF_ERROR(CollectDevice(entry, *location, sink));
    }
    return {};
  }

 private:
  Status CollectDevice(const std::string& entry, const Location& at, MetricSink& sink) const {
    const std::string folder = std::string(kFolder) + "/" + entry + "/";
    RETURN_IF_ERROR(CollectInfo(folder, at, sink));
    const auto gauge = [&](const std::string& name, const char* help, double value) {
      sink.Gauge("node_pcidevice_" + name, help, value,
                 {{"segment", at[0]}, {"bus", at[1]}, {"device", at[2]}, {"function", at[3]}});
    };
    for (const PciNumber& number : kNumbers)
      gauge(number.name, number.help,
            FindNumber(sys_, folder + number.file).value_or(number.absent));
    gauge("max_link_transfers_per_second", "Transfers a second that the device's link can do.",
          LinkSpeed(folder + "max_link_speed"));
    gauge("current_link_transfers_per_second", "Transfers a second that the device's link does.",
          LinkSpeed(folder + "current_link_speed"));
    const auto numa_node = FindNumber(sys_, folder + "numa_node");
    if (numa_node && *numa_node != -1)
      gauge("numa_node", "NUMA node that the device is near to.", *numa_node);
    const auto power = FindValue(sys_, folder + "power_state");
    for (const char* state : kPowerStates) {
      if (!power) break;
      sink.Gauge("node_pcidevice_power_state", "1 for the power state that the device is in.",
                 *power == state ? 1 : 0,
                 {{"segment", at[0]},
                  {"bus", at[1]},
                  {"device", at[2]},
                  {"function", at[3]},
                  {"state", state}});
    }
    return {};
  }

  Status CollectInfo(const std::string& folder, const Location& at, MetricSink& sink) const {
    ASSIGN_OR_RETURN(const std::string class_id, Id(folder + "class", 6));
    ASSIGN_OR_RETURN(const std::string vendor, Id(folder + "vendor", 4));
    ASSIGN_OR_RETURN(const std::string device, Id(folder + "device", 4));
    ASSIGN_OR_RETURN(const std::string subsystem_vendor, Id(folder + "subsystem_vendor", 4));
    ASSIGN_OR_RETURN(const std::string subsystem_device, Id(folder + "subsystem_device", 4));
    ASSIGN_OR_RETURN(const std::string revision, Id(folder + "revision", 2));
    const Location parent = ParentOf(folder);
    // Five names more where they are asked for: labels point into these.
    const std::array<std::string, 5> names = {
        ids_.Vendor(vendor), ids_.Device(vendor, device), ids_.Vendor(subsystem_vendor),
        ids_.Subsystem(vendor, device, subsystem_vendor, subsystem_device), ids_.Class(class_id)};
    const std::array<std::string, 6> numbers = {"0x" + class_id,         "0x" + vendor,
                                                "0x" + device,           "0x" + subsystem_vendor,
                                                "0x" + subsystem_device, "0x" + revision};
    const Label labels[] = {{"segment", at[0]},
                            {"bus", at[1]},
                            {"device", at[2]},
                            {"function", at[3]},
                            {"parent_segment", parent[0]},
                            {"parent_bus", parent[1]},
                            {"parent_device", parent[2]},
                            {"parent_function", parent[3]},
                            {"class_id", numbers[0]},
                            {"vendor_id", numbers[1]},
                            {"device_id", numbers[2]},
                            {"subsystem_vendor_id", numbers[3]},
                            {"subsystem_device_id", numbers[4]},
                            {"revision", numbers[5]},
                            {"vendor_name", names[0]},
                            {"device_name", names[1]},
                            {"subsystem_vendor_name", names[2]},
                            {"subsystem_device_name", names[3]},
                            {"class_name", names[4]}};
    const size_t count = std::size(labels) - (with_names_ ? 0 : names.size());
    sink.GaugeFamily("node_pcidevice_info", "Constant 1 for each PCI device.")
        .Sample("", labels, count, 1);
    return {};
  }

  // A number as hexadecimal digits, as many as given.
  Result<std::string> Id(const std::string& path, int digits) const {
    ASSIGN_OR_RETURN(const double number, ReadNumber(sys_, path));
    if (number < 0 || number > 0xffffffff)
      return Corruption(sys_.Path(path), ": no number of a device: ", std::to_string(number));
    return fmt::format("{:0{}x}", static_cast<uint32_t>(number), digits);
  }

  // The device that this one is behind: the last but one folder of its real path.
  Location ParentOf(const std::string& folder) const {
    std::error_code error;
    const auto real = std::filesystem::canonical(sys_.Path(folder), error);
    const auto parent = error ? std::nullopt : ParseLocation(real.parent_path().filename());
    return parent ? *parent : Location{"*", "*", "*", "*"};
  }

  // "8.0 GT/s PCIe"; -1 where the link's speed is not known.
  double LinkSpeed(const std::string& path) const {
    const std::string text = FindValue(sys_, path).value_or("");
    FieldReader fields(text);
    const auto number = fields.NextDouble();
    return number ? *number * kTransfersPerGigatransfer : -1;
  }

  const Directory& sys_;
  std::string ids_file_;
  bool with_names_ = false;
  PciIds ids_;
};

}  // namespace

std::unique_ptr<Collector> NewPcideviceCollector(const SystemPaths& paths) {
  return std::make_unique<PcideviceCollector>(paths.sys);
}

}  // namespace narthex::exporters
