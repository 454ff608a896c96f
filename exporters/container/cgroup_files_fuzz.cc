// The parsers of what the kernel tells of control groups. The first byte chooses.
#include <cstdint>
#include <string>
#include <string_view>

#include "exporters/container/cgroup_files.h"
#include "exporters/container/cgroup_layout.h"
#include "exporters/container/cgroup_name.h"
#include "exporters/container/container_facts.h"
#include "exporters/container/machine_topology.h"
#include "exporters/container/network_files.h"
#include "exporters/container/schedule_ledger.h"

namespace narthex::exporters {
namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

bool Within(std::string_view part, std::string_view whole) {
  if (part.empty()) return true;
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

// A line more at the end, of a key that counts once, wins, and changes nothing else.
void CheckStats(std::string_view text) {
  const CgroupCpuStat cpu = ParseCpuStat(text);
  const CgroupCpuStat later = ParseCpuStat(std::string(text) + "\nnr_periods 77\n");
  Require(later.periods == 77 && later.usage_s == cpu.usage_s && later.burst_s == cpu.burst_s);
  const MemoryStat memory = ParseMemoryStat(std::string(text) + "\nanon 5\n", true);
  Require(memory.rss == 5 && !memory.swap);
  const MemoryStat old = ParseMemoryStat(std::string(text) + "\ntotal_rss 5\n", false);
  Require(old.rss == 5 && !old.kernel);
  Require(ParseMemoryEvents(std::string(text) + "\noom_kill 9\n").kills == 9);
  Require(FindNamedNumber(std::string(text) + "\noom_kill 9\n", "oom_kill") == 9);
  const CpuMax max = ParseCpuMax(text);
  if (max.quota_us) Require(!text.empty());
  (void)ParseLimit(text);
  (void)ParseCacheSize(text);
  (void)ParseProcessSchedule(text);
  Require(ParsePerCpu(text).size() <= kMaxCpus);
}

// Each line is read by itself, so a line more in front is so many numbers more.
void CheckDevices(std::string_view text) {
  for (const DeviceNumber& number : ParseIoStat(text)) Require(Within(number.what, text));
  for (const DeviceNumber& number : ParseBlkio(text))
    Require(Within(number.what, text) && !number.what.empty());
  for (const NumaNumber& number : ParseNumaStat(text))
    Require(Within(number.node, text) && !number.node.empty());
  const size_t io = ParseIoStat(text).size();
  if (io < kMaxDeviceNumbers)
    Require(ParseIoStat("8:0 rbytes=1\n" + std::string(text)).size() == io + 1);
  const size_t blkio = ParseBlkio(text).size();
  if (blkio < kMaxDeviceNumbers)
    Require(ParseBlkio("8:0 Read 1\n" + std::string(text)).size() == blkio + 1);
  std::vector<uint32_t> processes;
  AppendProcesses(text, processes);
  for (const uint32_t process : processes) Require(process != 0);
}

void CheckNetwork(std::string_view text) {
  const auto interfaces = ParseInterfaces(text);
  if (interfaces.ok()) {
    for (const InterfaceCounters& counters : *interfaces) Require(Within(counters.name, text));
  }
  const std::string more = "titles\n0: a b 01 1:2\n" + std::string(text);
  Require(CountTcpStates(more)[1] >= 1);
  Require(ParseUdp(more).count >= 1);
}

void CheckNames(std::string_view text) {
  const CgroupName name = NameOfCgroup(text);
  const bool has_id = name.kind == CgroupKind::kContainer || name.kind == CgroupKind::kHelper;
  Require(has_id == (name.id.size() == 64) && (has_id || name.id.empty()));
  if (name.kind == CgroupKind::kPod) Require(!name.pod_uid.empty());
  if (name.kind == CgroupKind::kUnit || name.kind == CgroupKind::kMachine)
    Require(!name.name.empty());
  const auto time = ParseTime(text);
  if (time) Require(*time > -86'400 && *time < 253'402'387'200);
}

void CheckLayout(std::string_view text) {
  const auto layout = ParseCgroupLayout(text);
  if (!layout.ok()) return;
  Require(!layout->hierarchies.empty() &&
          layout->hierarchies.size() <= CgroupLayout::kMaxHierarchies);
  for (const size_t hierarchy : layout->of)
    Require(hierarchy == CgroupLayout::kNone || hierarchy < layout->hierarchies.size());
}

}  // namespace
}  // namespace narthex::exporters

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narthex::exporters;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 's':
      CheckStats(input);
      break;
    case 'd':
      CheckDevices(input);
      break;
    case 'n':
      CheckNetwork(input);
      break;
    case 'p':
      CheckNames(input);
      break;
    case 'l':
      CheckLayout(input);
      break;
    default:
      break;
  }
  return 0;
}
