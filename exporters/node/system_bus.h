#ifndef NARTHEX_EXPORTERS_NODE_SYSTEM_BUS_H_
#define NARTHEX_EXPORTERS_NODE_SYSTEM_BUS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/status/status.h"

struct sd_bus;

namespace narthex::exporters {

// An object on the bus whose properties are asked for.
struct BusObject {
  std::string service;    // "org.freedesktop.systemd1"
  std::string path;       // "/org/freedesktop/systemd1"
  std::string interface;  // "org.freedesktop.systemd1.Manager"
};

// A unit that systemd has loaded, see org.freedesktop.systemd1(5).
struct BusUnit {
  std::string name;
  std::string load_state;
  std::string active_state;
  std::string path;
};

// A session of logind, see org.freedesktop.login1(5).
struct BusSession {
  std::string seat;  // empty for one without
  std::string path;
};

// A connection to the system's message bus. Use from one thread. Each call has five seconds;
// kUnavailable where there is no bus or it does not answer.
class SystemBus {
 public:
  // Over the bus or, as root, straight to systemd.
  static Result<SystemBus> Open(bool straight_to_systemd);

  Result<std::string> Text(const BusObject& object, const std::string& property) const;
  // Of the types u, t and b.
  Result<uint64_t> Number(const BusObject& object, const std::string& property) const;

  Result<std::vector<BusUnit>> ListUnits() const;
  Result<std::vector<std::string>> ListSeats() const;
  Result<std::vector<BusSession>> ListSessions() const;

 private:
  using Connection = std::unique_ptr<sd_bus, sd_bus* (*)(sd_bus*)>;

  explicit SystemBus(Connection connection) : connection_(std::move(connection)) {}

  Connection connection_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_SYSTEM_BUS_H_
