#ifndef NARTHEX_EXPORTERS_NODE_ETHTOOL_H_
#define NARTHEX_EXPORTERS_NODE_ETHTOOL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/fs/descriptor.h"
#include "common/status/status.h"

namespace narthex::exporters {

// The name of the metric for a driver's counter: "Rx Bytes[0]" gives
// node_ethtool_received_bytes_0_, and those that all drivers have end in _total.
std::string EthtoolMetricName(std::string_view counter);

// A counter's name as --collector.ethtool.metrics-include sees it: "rx_bytes".
std::string EthtoolCounterName(std::string_view counter);

// What the link of an interface can do, by the bits of ETHTOOL_LINK_MODE_*.
struct LinkMode {
  int bit;
  double megabits;
  const char* duplex;
  const char* mode;  // "1000baseT"
};
// Those among the first 32 bits, which is all that the request tells.
const std::vector<LinkMode>& LinkModes();

// What ethtool(8) shows of an interface.
struct EthtoolLink {
  uint32_t supported = 0;
  uint32_t advertised = 0;
  bool autonegotiate = false;
};
struct EthtoolDriver {
  std::string driver, version, firmware, expansion_rom, bus;
};
using EthtoolCounters = std::vector<std::pair<std::string, uint64_t>>;

// Asks the driver of an interface by ioctl. kNoData: it does not answer such a question.
class Ethtool {
 public:
  Ethtool();

  Result<EthtoolLink> Link(const std::string& interface) const;
  Result<EthtoolDriver> Driver(const std::string& interface) const;
  Result<EthtoolCounters> Counters(const std::string& interface) const;

 private:
  Status Ask(const std::string& interface, void* request) const;

  const Descriptor socket_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_ETHTOOL_H_
