// Sessions of users, by the message bus from systemd-logind.
#include <algorithm>
#include <map>
#include <tuple>

#include "exporters/node/collectors.h"
#include "exporters/node/system_bus.h"

namespace narthex::exporters {
namespace {

constexpr const char* kTypes[] = {"other", "unspecified", "tty", "x11", "wayland", "mir", "web"};
constexpr const char* kClasses[] = {"other", "user", "greeter", "lock-screen", "background"};

template <size_t kSize>
const char* KnownOrOther(const std::string& text, const char* const (&known)[kSize]) {
  const auto* found = std::find(std::begin(known), std::end(known), text);
  return found == std::end(known) ? "other" : *found;
}

class LogindCollector : public Collector {
 public:
  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const SystemBus bus, SystemBus::Open(false));
    ASSIGN_OR_RETURN(std::vector<std::string> seats, bus.ListSeats());
    ASSIGN_OR_RETURN(const std::vector<BusSession> sessions, bus.ListSessions());
    seats.emplace_back();  // sessions over the network have none
    std::map<std::tuple<std::string, std::string, std::string, std::string>, double> counts;
    for (const BusSession& session : sessions) {
      const BusObject object{"org.freedesktop.login1", session.path,
                             "org.freedesktop.login1.Session"};
      const auto remote = bus.Number(object, "Remote");
      const auto type = bus.Text(object, "Type");
      const auto kind = bus.Text(object, "Class");
      if (!remote.ok() || !type.ok() || !kind.ok()) continue;  // it has ended meanwhile
      ++counts[{session.seat, *remote != 0 ? "true" : "false", KnownOrOther(*type, kTypes),
                KnownOrOther(*kind, kClasses)}];
    }
    Family& family = sink.GaugeFamily("node_logind_sessions", "Sessions of users.");
    for (const std::string& seat : seats) {
      for (const char* remote : {"true", "false"}) {
        for (const char* type : kTypes) {
          for (const char* kind : kClasses) {
            family.Sample({{"seat", seat}, {"remote", remote}, {"type", type}, {"class", kind}},
                          counts[{seat, remote, type, kind}]);
          }
        }
      }
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<Collector> NewLogindCollector(const SystemPaths&) {
  return std::make_unique<LogindCollector>();
}

}  // namespace narthex::exporters
