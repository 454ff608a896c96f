// Units of systemd, by the message bus, see org.freedesktop.systemd1(5).
#include "exporters/node/systemd.h"

#include <limits>
#include <map>

#include "common/bytes/numbers.h"
#include "common/regex/regex.h"
#include "exporters/node/collectors.h"
#include "exporters/node/system_bus.h"

namespace narthex::exporters {
namespace {

constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kStates[] = {"active", "activating", "deactivating", "inactive", "failed"};
constexpr double kMicrosecondsPerSecond = 1e6;

bool EndsWith(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// The properties that units of a kind have: "Service".
BusObject OfKind(const BusUnit& unit, const char* kind) {
  return {kService, unit.path, std::string(kService) + "." + kind};
}

class SystemdCollector : public Collector {
 public:
  void AddFlags(cli::Flags& flags) override {
    flags.Add("collector.systemd.unit-include", &include_text_, "Show units that match this.",
              "REGEX");
    flags.Add("collector.systemd.unit-exclude", &exclude_text_, "Leave out units that match this.",
              "REGEX");
    flags.AddOldName("collector.systemd.unit-whitelist", "collector.systemd.unit-include");
    flags.AddOldName("collector.systemd.unit-blacklist", "collector.systemd.unit-exclude");
    flags.Add("collector.systemd.private", &straight_,
              "Ask systemd itself instead of the message bus; for root only.");
    flags.Add("collector.systemd.enable-task-metrics", &with_tasks_,
              "Show how many tasks services have and may have.");
    flags.Add("collector.systemd.enable-restarts-metrics", &with_restarts_,
              "Show how often services were restarted.");
    flags.Add("collector.systemd.enable-start-time-metrics", &with_start_times_,
              "Show when units were started.");
  }
  Status Prepare() override {
    ASSIGN_OR_RETURN(
        include_, Regex::Compile(include_text_).Prefixed("flag --collector.systemd.unit-include"));
    ASSIGN_OR_RETURN(
        exclude_, Regex::Compile(exclude_text_).Prefixed("flag --collector.systemd.unit-exclude"));
    return {};
  }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const SystemBus bus, SystemBus::Open(straight_));
    RETURN_IF_ERROR(CollectManager(bus, sink));
    ASSIGN_OR_RETURN(const std::vector<BusUnit> units, bus.ListUnits());
    std::map<std::string, double> counts;
    for (const char* state : kStates) counts[state] = 0;
    for (const BusUnit& unit : units) ++counts[unit.active_state];
    for (const auto& [state, count] : counts)
      sink.Gauge("node_systemd_units", "Units in each state.", count, {{"state", state}});
    for (const BusUnit& unit : units) {
      if (unit.load_state == "loaded" && include_.Matches(unit.name) &&
          !exclude_.Matches(unit.name))
        CollectUnit(bus, unit, sink);
    }
    return {};
  }

 private:
  static Status CollectManager(const SystemBus& bus, MetricSink& sink) {
    const BusObject manager{kService, "/org/freedesktop/systemd1",
                            "org.freedesktop.systemd1.Manager"};
    ASSIGN_OR_RETURN(const std::string version, bus.Text(manager, "Version"));
    sink.Gauge("node_systemd_version", "Version of systemd, as a number and in words.",
               ParseSystemdVersion(version).value_or(0), {{"version", version}});
    ASSIGN_OR_RETURN(const std::string virtualization, bus.Text(manager, "Virtualization"));
    sink.Gauge("node_systemd_virtualization_info", "Constant 1, with what the machine runs in.", 1,
               {{"virtualization_type", virtualization.empty() ? "none" : virtualization}});
    ASSIGN_OR_RETURN(const std::string state, bus.Text(manager, "SystemState"));
    sink.Gauge("node_systemd_system_running",
               "1 while the system runs and no unit has failed, else 0.",
               state == "running" ? 1 : 0);
    return {};
  }

  // What a unit does not tell, as it has gone meanwhile or is too old, is left out.
  void CollectUnit(const SystemBus& bus, const BusUnit& unit, MetricSink& sink) const {
    std::string type;
    if (EndsWith(unit.name, ".service")) {
      if (auto text = bus.Text(OfKind(unit, "Service"), "Type"); text.ok()) type = *text;
    } else if (EndsWith(unit.name, ".mount")) {
      if (auto text = bus.Text(OfKind(unit, "Mount"), "Type"); text.ok()) type = *text;
    }
    for (const char* state : kStates) {
      sink.Gauge("node_systemd_unit_state", "1 for the state that a unit is in.",
                 unit.active_state == state ? 1 : 0,
                 {{"name", unit.name}, {"state", state}, {"type", type}});
    }
    if (with_start_times_) CollectStartTime(bus, unit, sink);
    if (EndsWith(unit.name, ".service")) CollectService(bus, unit, sink);
    if (EndsWith(unit.name, ".socket")) CollectSocket(bus, unit, sink);
    if (EndsWith(unit.name, ".timer")) {
      if (const auto last_us = bus.Number(OfKind(unit, "Timer"), "LastTriggerUSec"); last_us.ok()) {
        sink.Gauge("node_systemd_timer_last_trigger_seconds", "Unix time when a timer last fired.",
                   static_cast<double>(*last_us) / kMicrosecondsPerSecond, {{"name", unit.name}});
      }
    }
  }

  static void CollectStartTime(const SystemBus& bus, const BusUnit& unit, MetricSink& sink) {
    double start_us = 0;
    if (unit.active_state == "active") {
      const auto entered = bus.Number(OfKind(unit, "Unit"), "ActiveEnterTimestamp");
      if (!entered.ok()) return;
      start_us = static_cast<double>(*entered);
    }
    sink.Gauge("node_systemd_unit_start_time_seconds", "Unix time when a unit was started.",
               start_us / kMicrosecondsPerSecond, {{"name", unit.name}});
  }

  void CollectService(const SystemBus& bus, const BusUnit& unit, MetricSink& sink) const {
    const BusObject service = OfKind(unit, "Service");
    if (with_restarts_) {
      if (const auto restarts = bus.Number(service, "NRestarts"); restarts.ok()) {
        sink.Counter("node_systemd_service_restart_total", "Restarts of a service.",
                     static_cast<double>(*restarts), {{"name", unit.name}});
      }
    }
    if (!with_tasks_) return;
    const auto show = [&](const char* property, const char* name, const char* help) {
      const auto tasks = bus.Number(service, property);
      if (!tasks.ok() || *tasks == std::numeric_limits<uint64_t>::max()) return;  // not counted
      sink.Gauge(name, help, static_cast<double>(*tasks), {{"name", unit.name}});
    };
    show("TasksCurrent", "node_systemd_unit_tasks_current", "Tasks that a service has.");
    show("TasksMax", "node_systemd_unit_tasks_max", "Tasks that a service may have.");
  }

  static void CollectSocket(const SystemBus& bus, const BusUnit& unit, MetricSink& sink) {
    const BusObject socket = OfKind(unit, "Socket");
    const auto accepted = bus.Number(socket, "NAccepted");
    const auto current = bus.Number(socket, "NConnections");
    const auto refused = bus.Number(socket, "NRefused");
    if (accepted.ok()) {
      sink.Counter("node_systemd_socket_accepted_connections_total", "Connections accepted.",
                   static_cast<double>(*accepted), {{"name", unit.name}});
    }
    if (current.ok()) {
      sink.Gauge("node_systemd_socket_current_connections", "Connections that there are.",
                 static_cast<double>(*current), {{"name", unit.name}});
    }
    if (refused.ok()) {
      sink.Gauge("node_systemd_socket_refused_connections_total", "Connections refused.",
                 static_cast<double>(*refused), {{"name", unit.name}});
    }
  }

  std::string include_text_ = ".+";
  std::string exclude_text_ = R"(.+\.(automount|device|mount|scope|slice))";
  bool straight_ = false;
  bool with_tasks_ = false;
  bool with_restarts_ = false;
  bool with_start_times_ = false;
  Regex include_;
  Regex exclude_;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<double> ParseSystemdVersion(std::string_view text) {
  constexpr size_t kMinDigits = 3;
  size_t begin = 0;
  size_t end = 0;
  for (; begin < text.size(); begin = end + 1) {
    end = begin;
    while (end < text.size() && IsDigit(text[end])) ++end;
    if (end - begin >= kMinDigits) break;
  }
  if (begin >= text.size()) return std::nullopt;
  if (end + 1 < text.size() && text[end] == '.' && IsDigit(text[end + 1])) {
    ++end;
    while (end < text.size() && IsDigit(text[end])) ++end;
  }
  return ParseDouble(text.substr(begin, end - begin));
}

std::unique_ptr<Collector> NewSystemdCollector(const SystemPaths&) {
  return std::make_unique<SystemdCollector>();
}

}  // namespace narthex::exporters
