#ifndef NARTHEX_EXPORTERS_NODE_PCI_IDS_H_
#define NARTHEX_EXPORTERS_NODE_PCI_IDS_H_

#include <map>
#include <string>
#include <string_view>

namespace narthex::exporters {

// Names of PCI devices, from the file pci.ids, see update-pciids(8):
//   c0a9  Micron/Crucial Technology
//   	540a  P2 NVMe PCIe SSD
//   		c0a9 5021  PS5021-E21 PCIe4 NVMe Controller
//   C 01  Mass storage controller
//   	08  Non-Volatile memory controller
//   		02  NVM Express
// Numbers are four hexadecimal digits, those of a class six: "010802". What has no name is called
// by its number.
class PciIds {
 public:
  // Lines of another form are passed over.
  static PciIds Parse(std::string_view text);

  std::string Vendor(const std::string& vendor) const { return Find(vendor, vendor); }
  std::string Device(const std::string& vendor, const std::string& device) const {
    return Find(vendor + " " + device, device);
  }
  std::string Subsystem(const std::string& vendor, const std::string& device,
                        const std::string& subsystem_vendor,
                        const std::string& subsystem_device) const {
    return Find(vendor + " " + device + " " + subsystem_vendor + " " + subsystem_device,
                subsystem_device);
  }
  // The most exact name that there is for a class.
  std::string Class(const std::string& number) const;

 private:
  std::string Find(const std::string& key, const std::string& otherwise) const;

  std::map<std::string, std::string> names_;  // by the numbers from the outermost in
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_PCI_IDS_H_
