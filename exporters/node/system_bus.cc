#include "exporters/node/system_bus.h"

#include <systemd/sd-bus.h>

#include <cerrno>

namespace narthex::exporters {
namespace {

constexpr uint64_t kPatienceUs = 5'000'000;
constexpr const char* kPrivateAddress = "unix:path=/run/systemd/private";
constexpr const char* kSystemd = "org.freedesktop.systemd1";
constexpr const char* kLogind = "org.freedesktop.login1";

// An error that a peer sent, freed when it goes.
struct BusError {
  sd_bus_error error = SD_BUS_ERROR_NULL;

  BusError() = default;
  ~BusError() { sd_bus_error_free(&error); }
  BusError(const BusError&) = delete;
  BusError& operator=(const BusError&) = delete;

  Status ToStatus(const std::string& what, int code) const {
    if (error.message == nullptr) return ErrnoStatus(what, -code);
    return Status(Code::kUnavailable, what + ": " + error.message);
  }
};

struct FreeMessage {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using BusMessage = std::unique_ptr<sd_bus_message, FreeMessage>;

// Calls a method without arguments.
Result<BusMessage> Call(sd_bus* bus, const BusObject& object, const char* method) {
  BusError error;
  sd_bus_message* reply = nullptr;
  const int result = sd_bus_call_method(bus, object.service.c_str(), object.path.c_str(),
                                        object.interface.c_str(), method, &error.error, &reply, "");
  if (result < 0) return error.ToStatus("bus: " + std::string(method), result);
  return BusMessage(reply);
}

// Reads an array of structs: `read(message)` takes one, is positive for it, 0 at the end.
template <typename Read>
Status ReadArray(sd_bus_message* message, const char* element, const Read& read) {
  int result = sd_bus_message_enter_container(message, 'a', element);
  while (result >= 0 && (result = read(message)) > 0) {
  }
  if (result < 0) return ErrnoStatus("bus: unexpected answer", -result);
  return {};
}

}  // namespace

Result<SystemBus> SystemBus::Open(bool straight_to_systemd) {
  sd_bus* bus = nullptr;
  int result = 0;
  if (straight_to_systemd) {
    result = sd_bus_new(&bus);
    if (result >= 0) result = sd_bus_set_address(bus, kPrivateAddress);
    if (result >= 0) result = sd_bus_start(bus);
  } else {
    result = sd_bus_open_system(&bus);
  }
  Connection connection(bus, sd_bus_close_unref);
  if (result < 0) return ErrnoStatus("connect to the system bus", -result);
  sd_bus_set_method_call_timeout(bus, kPatienceUs);
  return SystemBus(std::move(connection));
}

Result<std::string> SystemBus::Text(const BusObject& object, const std::string& property) const {
  BusError error;
  char* text = nullptr;
  const int result =
      sd_bus_get_property_string(connection_.get(), object.service.c_str(), object.path.c_str(),
                                 object.interface.c_str(), property.c_str(), &error.error, &text);
  const std::unique_ptr<char, decltype(&::free)> owned(text, ::free);
  if (result < 0) return error.ToStatus("bus: property " + property + " of " + object.path, result);
  return std::string(text);
}

Result<uint64_t> SystemBus::Number(const BusObject& object, const std::string& property) const {
  BusError error;
  sd_bus_message* reply = nullptr;
  // "Properties.Get" tells the type, which the short call wants to know beforehand.
  int result = sd_bus_call_method(connection_.get(), object.service.c_str(), object.path.c_str(),
                                  "org.freedesktop.DBus.Properties", "Get", &error.error, &reply,
                                  "ss", object.interface.c_str(), property.c_str());
  const BusMessage owned(reply);
  const std::string what = "bus: property " + property + " of " + object.path;
  if (result < 0) return error.ToStatus(what, result);
  char type = 0;
  const char* contents = nullptr;
  result = sd_bus_message_peek_type(reply, &type, &contents);
  if (result <= 0 || type != 'v') return ErrnoStatus(what, EBADMSG);
  result = sd_bus_message_enter_container(reply, 'v', contents);
  if (result < 0) return ErrnoStatus(what, -result);
  if (contents[0] == 't') {
    uint64_t value = 0;
    result = sd_bus_message_read_basic(reply, 't', &value);
    if (result > 0) return value;
  } else if (contents[0] == 'u' || contents[0] == 'b') {
    uint32_t value = 0;
    result = sd_bus_message_read_basic(reply, contents[0], &value);
    if (result > 0) return uint64_t{value};
  }
  return ErrnoStatus(what, result < 0 ? -result : EBADMSG);
}

Result<std::vector<BusUnit>> SystemBus::ListUnits() const {
  const BusObject manager{kSystemd, "/org/freedesktop/systemd1",
                          "org.freedesktop.systemd1.Manager"};
  ASSIGN_OR_RETURN(const BusMessage reply, Call(connection_.get(), manager, "ListUnits"));
  std::vector<BusUnit> units;
  RETURN_IF_ERROR(ReadArray(reply.get(), "(ssssssouso)", [&](sd_bus_message* message) {
    const char *name, *description, *load, *active, *sub, *following, *path, *job, *job_path;
    uint32_t job_id = 0;
    const int result =
        sd_bus_message_read(message, "(ssssssouso)", &name, &description, &load, &active, &sub,
                            &following, &path, &job_id, &job, &job_path);
    if (result > 0) units.push_back({name, load, active, path});
    return result;
  }));
  return units;
}

Result<std::vector<std::string>> SystemBus::ListSeats() const {
  const BusObject manager{kLogind, "/org/freedesktop/login1", "org.freedesktop.login1.Manager"};
  ASSIGN_OR_RETURN(const BusMessage reply, Call(connection_.get(), manager, "ListSeats"));
  std::vector<std::string> seats;
  RETURN_IF_ERROR(ReadArray(reply.get(), "(so)", [&](sd_bus_message* message) {
    const char *name, *path;
    const int result = sd_bus_message_read(message, "(so)", &name, &path);
    if (result > 0) seats.emplace_back(name);
    return result;
  }));
  return seats;
}

Result<std::vector<BusSession>> SystemBus::ListSessions() const {
  const BusObject manager{kLogind, "/org/freedesktop/login1", "org.freedesktop.login1.Manager"};
  ASSIGN_OR_RETURN(const BusMessage reply, Call(connection_.get(), manager, "ListSessions"));
  std::vector<BusSession> sessions;
  RETURN_IF_ERROR(ReadArray(reply.get(), "(susso)", [&](sd_bus_message* message) {
    const char *id, *user, *seat, *path;
    uint32_t user_id = 0;
    const int result = sd_bus_message_read(message, "(susso)", &id, &user_id, &user, &seat, &path);
    if (result > 0) sessions.push_back({seat, path});
    return result;
  }));
  return sessions;
}

}  // namespace narthex::exporters
