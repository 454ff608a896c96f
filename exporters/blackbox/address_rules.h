// Which addresses may be probed. A prober that strangers can ask is a way into its own network: by
// default everything may be probed, as with the original; with --probe.refuse-local-addresses not
// this machine, its links, and the addresses at which clouds give out credentials.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_ADDRESS_RULES_H_
#define NARTHEX_EXPORTERS_BLACKBOX_ADDRESS_RULES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/status/status.h"

namespace narthex::blackbox {

// Addresses with a common beginning, such as 10.0.0.0/8; those of IPv4 as IPv6 maps them.
struct Network {
  std::array<uint8_t, 16> base{};
  int bits = 128;

  bool Has(const std::array<uint8_t, 16>& address) const;
};

// An address, or one with /BITS. kInvalidArgument.
Result<Network> ParseNetwork(const std::string& text);

class AddressRules {
 public:
  AddressRules() = default;  // everything may be probed
  // Refuses local addresses but those in `allowed`. kInvalidArgument for what is no network.
  static Result<AddressRules> RefuseLocal(const std::vector<std::string>& allowed);

  // Of a numeric address, with or without a zone.
  bool MayProbe(const std::string& address) const;
  bool MayProbeUnixSockets() const { return !refuses_local_; }

 private:
  bool refuses_local_ = false;
  std::vector<Network> allowed_;
};

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_ADDRESS_RULES_H_
