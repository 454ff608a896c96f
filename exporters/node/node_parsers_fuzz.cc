// The parsers of the kernel's files. The first byte chooses one, the rest is its input. Where a
// file is a list of lines, it parses if and only if each line does, and to the same list; the
// others have a property of their own beside each check.
#include <bit>
#include <cmath>
#include <cstdint>

#include "exporters/kit/diskstats.h"
#include "exporters/kit/generic_netlink.h"
#include "exporters/kit/mountinfo.h"
#include "exporters/kit/netlink.h"
#include "exporters/kit/netstat.h"
#include "exporters/kit/pressure.h"
#include "exporters/kit/process_stat.h"
#include "exporters/kit/text_fields.h"
#include "exporters/node/arp.h"
#include "exporters/node/buddyinfo.h"
#include "exporters/node/cgroups.h"
#include "exporters/node/cpu_vulnerabilities.h"
#include "exporters/node/cpuinfo.h"
#include "exporters/node/diskstats.h"
#include "exporters/node/filefd.h"
#include "exporters/node/human_size.h"
#include "exporters/node/hwmon.h"
#include "exporters/node/interrupts.h"
#include "exporters/node/ipvs.h"
#include "exporters/node/kstat.h"
#include "exporters/node/loadavg.h"
#include "exporters/node/mdadm.h"
#include "exporters/node/meminfo.h"
#include "exporters/node/meminfo_numa.h"
#include "exporters/node/mountstats.h"
#include "exporters/node/net_stat_table.h"
#include "exporters/node/netclass_netlink.h"
#include "exporters/node/netdev.h"
#include "exporters/node/network_route.h"
#include "exporters/node/nfs_rpc.h"
#include "exporters/node/os_release.h"
#include "exporters/node/pci_ids.h"
#include "exporters/node/proc_stat.h"
#include "exporters/node/process_groups.h"
#include "exporters/node/qdisc.h"
#include "exporters/node/rapl.h"
#include "exporters/node/schedstat.h"
#include "exporters/node/selinux.h"
#include "exporters/node/slabinfo.h"
#include "exporters/node/sockstat.h"
#include "exporters/node/softirqs.h"
#include "exporters/node/softnet.h"
#include "exporters/node/swap.h"
#include "exporters/node/tcpstat.h"
#include "exporters/node/udp_queues.h"
#include "exporters/node/unit_resources.h"
#include "exporters/node/vmstat.h"
#include "exporters/node/wifi.h"
#include "exporters/node/xfs.h"
#include "exporters/node/zoneinfo.h"

namespace narthex::exporters {
namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

// An empty part may stand anywhere.
bool Within(std::string_view part, std::string_view whole) {
  if (part.empty()) return true;
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

// `parse` gives a Result of a vector; `same` compares two of its elements.
template <typename Parse, typename Same>
void CheckLineByLine(std::string_view text, const Parse& parse, const Same& same) {
  const auto whole = parse(text);
  bool all_ok = true;
  size_t next = 0;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    const std::string alone = std::string(*line) + "\n";  // what is parsed may point into it
    const auto part = parse(alone);
    all_ok = all_ok && part.ok();
    if (!whole.ok() || !part.ok()) continue;
    for (const auto& element : *part) {
      Require(next < whole->size() && same((*whole)[next], element));
      ++next;
    }
  }
  Require(whole.ok() == all_ok && (!whole.ok() || next == whole->size()));
}

void CheckLoadAvg(std::string_view text) {
  const auto load = ParseLoadAvg(text);
  if (!load.ok()) return;
  const auto again = ParseLoadAvg(ExpositionDouble(load->one) + " " + ExpositionDouble(load->five) +
                                  " " + ExpositionDouble(load->fifteen));
  Require(again.ok() && ExpositionDouble(again->fifteen) == ExpositionDouble(load->fifteen));
}

// What stands below does not change what was read, and a later line of a number wins.
void CheckProcStat(std::string_view text) {
  const auto stat = ParseProcStat(text);
  const auto longer = ParseProcStat(std::string(text) + "\nprocs_blocked 77\ncpu7 1 2 3\n");
  Require(stat.ok() == longer.ok());
  if (!stat.ok()) return;
  Require(longer->procs_blocked == 77 && longer->cpus.size() == stat->cpus.size() + 1);
  Require(longer->forks == stat->forks && longer->softirqs == stat->softirqs);
}

void CheckCpuInfo(std::string_view text) {
  for (const CpuInfo& cpu : ParseCpuInfo(text)) {
    Require(Within(cpu.Get("processor"), text));
    Require(cpu.Get("flags").find('\n') == std::string_view::npos);
  }
}

void CheckMeminfo(std::string_view text) {
  CheckLineByLine(text, ParseMeminfo, [](const MeminfoField& a, const MeminfoField& b) {
    return a.key == b.key && a.is_bytes == b.is_bytes &&
           std::bit_cast<uint64_t>(a.value) == std::bit_cast<uint64_t>(b.value);
  });
  const auto fields = ParseMeminfo(text);
  if (!fields.ok()) return;
  std::string part;
  for (const MeminfoField& field : *fields) {  // fit to end a metric's name
    SpellMeminfoKey(field.key, part);
    for (const char c : part) {
      Require(c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
              (c >= 'a' && c <= 'z'));
    }
  }
}

void CheckDiskstats(std::string_view text) {
  CheckLineByLine(text, ParseDiskstats, [](const DiskStats& a, const DiskStats& b) {
    return a.major == b.major && a.minor == b.minor && a.columns == b.columns &&
           a.column_count == b.column_count;
  });
  const auto disks = ParseDiskstats(text);
  if (!disks.ok()) return;
  for (const DiskStats& disk : *disks) {
    Require(Within(disk.device, text) && !disk.device.empty());
    Require(disk.column_count >= 4 && disk.column_count <= DiskStats::kMaxColumns);
  }
}

void CheckUdev(std::string_view text) {
  for (const auto& [key, value] : ParseUdevProperties(text)) {
    Require(key.find('=') == std::string_view::npos && Within(key, text) && Within(value, text));
    // The value is of this line, or of a later one that repeats the key.
    Require(key.data() + key.size() < value.data());
  }
}

void CheckMountinfo(std::string_view text) {
  CheckLineByLine(text, ParseMountinfo, [](const Mount& a, const Mount& b) {
    return a.major == b.major && a.minor == b.minor && a.mount_point == b.mount_point &&
           a.fs_type == b.fs_type && a.source == b.source && a.read_only == b.read_only;
  });
}

void CheckNetDev(std::string_view text) {
  const auto parse = [](std::string_view body) {
    return ParseNetDev("h\nh\n" + std::string(body));
  };
  CheckLineByLine(text, parse, [](const NetDevice& a, const NetDevice& b) {
    return a.name == b.name && a.counters == b.counters;
  });
}

// Both ways of naming counters see the same interfaces, and a dump that parses still does behind a
// message of another kind.
void CheckLinkDump(std::string_view bytes) {
  (void)EndsNetlinkDump(bytes);
  (void)ParseNeighbours(bytes);
  (void)ParseQdiscDump(bytes);
  (void)ParseGenericFamily(bytes, "nl80211");
  (void)ParseLinkInterfaces(bytes);
  (void)ParseLinkSpeeds(bytes);
  (void)ParseWifiInterfaces(bytes);
  (void)ParseWifiNetwork(bytes);
  (void)ParseWifiStations(bytes);
  const auto routes = ParseRouteDump(bytes);
  if (routes.ok()) {
    for (const Route& route : *routes) Require(!route.destination.empty());
  }
  TcpStates states;
  (void)AddTcpSockets(bytes, states);
  const auto summed = ParseLinkDump(bytes, false);
  const auto detailed = ParseLinkDump(bytes, true);
  Require(summed.ok() == detailed.ok());
  const std::string noop("\x10\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0", 16);
  const auto behind = ParseLinkDump(noop + std::string(bytes), false);
  Require(behind.ok() == summed.ok());
  if (!summed.ok()) return;
  Require(summed->size() == detailed->size() && summed->size() == behind->size());
  for (size_t i = 0; i < summed->size(); ++i) {
    const auto &a = (*summed)[i], &b = (*detailed)[i];
    Require(a.name == b.name && a.alias == b.alias && a.counters.empty() == b.counters.empty());
    if (!a.counters.empty())
      Require(a.counters.at("receive_bytes") == b.counters.at("receive_bytes"));
  }
}

void CheckNumberList(std::string_view text) {
  (void)ParseProcessStat(text);
  (void)ParseProcessIo(text);
  (void)ParseProcessRule(text);
  (void)CommandLine(text);
  (void)ParseNamedNumbers(text);
  (void)ParseIoStat(text);
  (void)ParseBlkio(text);
  const auto numbers = ParseNumberList(text);
  if (!numbers.ok()) return;
  Require(numbers->size() <= 65'536);
  std::string again;
  for (const uint64_t number : *numbers)
    again += (again.empty() ? "" : ",") + std::to_string(number);
  const auto reread = ParseNumberList(again);
  Require(reread.ok() && *reread == *numbers);
}

bool SameNumber(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

// Files of names and numbers. Netstat's lines come in pairs: one pair more adds its fields.
void CheckCounters(std::string_view text) {
  CheckLineByLine(text, ParseVmstat, [](const VmstatField& a, const VmstatField& b) {
    return a.name == b.name && SameNumber(a.value, b.value);
  });
  CheckLineByLine(text, ParseSnmp6, [](const NetstatField& a, const NetstatField& b) {
    return a.protocol == b.protocol && a.name == b.name && SameNumber(a.value, b.value);
  });
  CheckLineByLine(text, ParseSockstat, [](const SockstatField& a, const SockstatField& b) {
    return a.protocol == b.protocol && a.state == b.state && SameNumber(a.value, b.value);
  });
  const auto netstat = ParseNetstat(text);
  const auto longer = ParseNetstat("Fuzz: A\nFuzz: 1\n" + std::string(text));
  Require(netstat.ok() == longer.ok());
  if (netstat.ok()) Require(longer->size() == netstat->size() + 1);
  const auto files = ParseFileNr(text);
  if (files.ok()) {
    const auto again =
        ParseFileNr(ExpositionDouble(files->allocated) + " 0 " + ExpositionDouble(files->maximum));
    Require(again.ok() && ExpositionDouble(again->maximum) == ExpositionDouble(files->maximum));
  }
}

// A line more is a CPU more, and a line of pressure that follows wins.
void CheckSoftnetAndPressure(std::string_view text) {
  const auto cpus = ParseSoftnet(text);
  const auto more = ParseSoftnet("1 2 3 4 5 6 7 8 9\n" + std::string(text));
  Require(cpus.ok() == more.ok());
  if (cpus.ok()) Require(more->size() == cpus->size() + 1 && more->front().cpu_collision == 9);
  const auto pressure = ParsePressure(text);
  const auto later = ParsePressure(std::string(text) + "\nsome total=5\n");
  if (later.ok()) Require(later->some_us == 5);
  if (pressure.ok() && later.ok())
    Require(later->full_us.has_value() == pressure->full_us.has_value());
}

// What was read reads the same when written without quotes in single ones.
void CheckOsRelease(std::string_view text) {
  const auto os = ParseOsRelease(text);
  if (!os.ok()) return;
  std::string again;
  for (const auto& [key, value] : *os) {
    Require(!key.empty() && key.find('=') == std::string::npos);
    if (value.find('\'') != std::string::npos) return;
    again += key + "='" + value + "'\n";
  }
  const auto reread = ParseOsRelease(again);
  Require(reread.ok() && *reread == *os);
  (void)MajorMinor(text);
  (void)ParseDay(text);
}

// Tables of the kernel, a line each; those with titles get some.
void CheckTables(std::string_view text) {
  CheckLineByLine(text, ParseBuddyinfo, [](const BuddyZone& a, const BuddyZone& b) {
    return a.node == b.node && a.zone == b.zone && a.blocks == b.blocks;
  });
  CheckLineByLine(text, ParseCgroups, [](const CgroupController& a, const CgroupController& b) {
    return a.name == b.name && a.cgroups == b.cgroups && a.enabled == b.enabled;
  });
  CheckLineByLine(text, ParseSchedstat, [](const CpuSchedule& a, const CpuSchedule& b) {
    return a.cpu == b.cpu && a.running_ns == b.running_ns && a.timeslices == b.timeslices;
  });
  CheckLineByLine(text, ParseSlabinfo, [](const Slab& a, const Slab& b) {
    return a.name == b.name && SameNumber(a.objects, b.objects);
  });
  CheckLineByLine(text, ParseNodeMeminfo, [](const MeminfoField& a, const MeminfoField& b) {
    return a.key == b.key && SameNumber(a.value, b.value);
  });
  CheckLineByLine(text, ParseNfsRpc, [](const RpcLine& a, const RpcLine& b) {
    return a.key == b.key && a.numbers.size() == b.numbers.size();
  });
  const auto titled = [](auto parse) {
    return [parse](std::string_view body) { return parse("titles\n" + std::string(body)); };
  };
  CheckLineByLine(text, titled(ParseSoftirqs), [](const Softirq& a, const Softirq& b) {
    return a.counts == b.counts;  // the kinds point into texts that are gone
  });
  CheckLineByLine(text, titled(ParseSwaps), [](const SwapArea& a, const SwapArea& b) {
    return SameNumber(a.size_bytes, b.size_bytes) && SameNumber(a.priority, b.priority);
  });
  const auto udp = ParseUdpSockets(text);
  const auto more = ParseUdpSockets(std::string(text) + "\n0: a b c 2:3\n");
  if (more.ok()) Require(udp.ok());
  if (udp.ok() && more.ok() && !text.empty())
    Require(more->receive_bytes - udp->receive_bytes <= 3);
}

// Tables whose first line says what the others have.
void CheckTitledTables(std::string_view text) {
  const auto interrupts = ParseInterrupts(text);
  if (interrupts.ok()) {
    for (const Interrupt& one : *interrupts) Require(one.counts.size() < text.size());
  }
  const auto columns = ParseNetStatTable(text);
  if (columns.ok()) {
    for (const NetStatColumn& column : *columns)
      Require(Within(column.title, text) && column.cpus.size() == columns->front().cpus.size());
  }
  const Vulnerability vulnerability = ParseVulnerability(text);
  Require(!vulnerability.state.empty() && vulnerability.mitigation.size() <= text.size());
  const auto zones = ParseZoneinfo(text);
  const auto more = ParseZoneinfo("Node 7, zone Fuzz\n high 9\n" + std::string(text));
  if (zones.ok()) Require(more.ok() && more->size() == zones->size() + 1);
  const auto raids = ParseMdstat(text);
  if (raids.ok()) {
    for (const RaidDevice& raid : *raids) Require(!raid.name.empty() && raid.blocks >= 0);
  }
  if (const auto sensor = ParseSensorFile(text)) {
    const SensorValues values = {{std::string(sensor->property), "1"}};
    const auto metric = SensorMetricOf(sensor->type, sensor->property, values);
    if (metric) Require(metric->name.substr(0, 11) == "node_hwmon_");
  }
  const auto backends = ParseIpvs(text);
  if (backends.ok()) {
    for (const IpvsBackend& backend : *backends) Require(!backend.remote_address.empty());
  }
  (void)ParseIpvsStats(text);
  (void)ParseQdiscJson(text);
  Require(!PciIds::Parse(text).Class("010802").empty());
  for (const auto& parse : {ParseBcacheSize, ParseBcachefsSize}) {
    const auto size = parse(text);
    if (size) Require(*size == std::trunc(*size));
  }
  const auto mounts = ParseMountstats(text);
  if (mounts.ok()) {
    for (const NfsMount& mount : *mounts) Require(mount.fs_type.substr(0, 3) == "nfs");
  }
  const auto xfs = ParseXfsStats(text);
  if (xfs.ok()) {
    for (const auto& [key, numbers] : *xfs) Require(Within(key, text) && !key.empty());
  }
  for (const auto& parse : {ParseKstat, ParseKstatIo}) {
    const auto kstat = parse(text);
    if (!kstat.ok()) continue;
    for (const auto& [name, value] : kstat->values)
      Require(name.find_first_of("-. ") == std::string::npos);
  }
  const auto arp = ParseArp(text);
  if (arp.ok()) {
    for (const auto& [device, count] : *arp) Require(!device.empty() && count >= 1);
  }
  const auto task = ParseTaskStat(text);
  if (task.ok()) Require(Within(task->state, text) && task->threads >= 0);
  Require(ParseRaplName(text).kind.size() <= text.size());
  (void)ParseSelinuxConfig(text);
}

}  // namespace
}  // namespace narthex::exporters

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narthex::exporters;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'l':
      CheckLoadAvg(input);
      break;
    case 's':
      CheckProcStat(input);
      break;
    case 'c':
      CheckCpuInfo(input);
      break;
    case 'm':
      CheckMeminfo(input);
      break;
    case 'd':
      CheckDiskstats(input);
      break;
    case 'u':
      CheckUdev(input);
      break;
    case 'i':
      CheckMountinfo(input);
      break;
    case 'n':
      CheckNetDev(input);
      break;
    case 'k':
      CheckLinkDump(input);
      break;
    case 'v':
      CheckCounters(input);
      break;
    case 'p':
      CheckSoftnetAndPressure(input);
      break;
    case 'o':
      CheckOsRelease(input);
      break;
    case 'r':
      CheckNumberList(input);
      break;
    case 't':
      CheckTables(input);
      break;
    case 'T':
      CheckTitledTables(input);
      break;
    default:
      break;
  }
  return 0;
}
