// The parsers of buddyinfo, cgroups, conntrack, interrupts, schedstat, softirqs, swaps and udp, and
// of two texts from sysfs.
#include <gtest/gtest.h>

#include "exporters/node/buddyinfo.h"
#include "exporters/node/cgroups.h"
#include "exporters/node/conntrack.h"
#include "exporters/node/cpu_vulnerabilities.h"
#include "exporters/node/interrupts.h"
#include "exporters/node/rapl.h"
#include "exporters/node/schedstat.h"
#include "exporters/node/selinux.h"
#include "exporters/node/softirqs.h"
#include "exporters/node/swap.h"
#include "exporters/node/udp_queues.h"

namespace narthex::exporters {
namespace {

TEST(ParseBuddyinfo, ReadsAZoneALine) {
  const auto zones = ParseBuddyinfo(
      "Node 0, zone      DMA      1      0      3 \nNode 1, zone   Normal   4381   1093    185 \n");
  ASSERT_TRUE(zones.ok()) << zones.status().message();
  ASSERT_EQ(zones->size(), 2U);
  EXPECT_EQ((*zones)[1].node, "1");
  EXPECT_EQ((*zones)[1].zone, "Normal");
  EXPECT_EQ((*zones)[1].blocks, (std::vector<double>{4381, 1093, 185}));
  for (const char* bad : {"Node 0, zone", "Node 0 zone DMA 1", "Node , zone DMA 1", "Node",
                          "Node 0, zone DMA x", "\n"})
    EXPECT_EQ(ParseBuddyinfo(bad).code(), Code::kCorruption) << bad;
}

TEST(ParseCgroups, PassesOverTheTitles) {
  const auto controllers =
      ParseCgroups("#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t3\t172\t1\n");
  ASSERT_TRUE(controllers.ok());
  ASSERT_EQ(controllers->size(), 1U);
  EXPECT_EQ(controllers->front().name, "cpu");
  EXPECT_EQ(controllers->front().cgroups, 172);
  EXPECT_EQ(controllers->front().enabled, 1);
  EXPECT_FALSE(ParseCgroups("cpu 3 172\n").ok());
  EXPECT_FALSE(ParseCgroups("cpu 3 -1 1\n").ok());
}

TEST(ParseConntrackStat, SumsHexadecimalNumbersByTitle) {
  const auto counters = ParseConntrackStat(
      "entries  searched found\n00000021  00000000 0000000a\n00000021  00000001 00000006\n");
  ASSERT_TRUE(counters.ok());
  EXPECT_EQ(counters->at("found"), 16);
  EXPECT_EQ(counters->at("searched"), 1);
  EXPECT_FALSE(ParseConntrackStat("a b\n1\n").ok());
  EXPECT_FALSE(ParseConntrackStat("a\n1 2\n").ok());
  EXPECT_FALSE(ParseConntrackStat("a\n0xg\n").ok());
  EXPECT_TRUE(ParseConntrackStat("").ok());
}

TEST(ParseVulnerability, TellsStateFromMitigation) {
  EXPECT_EQ(ParseVulnerability("Not affected").state, "not affected");
  const Vulnerability mitigated = ParseVulnerability("Mitigation: Clear buffers;  SMT on");
  EXPECT_EQ(mitigated.state, "mitigation");
  EXPECT_EQ(mitigated.mitigation, "Clear buffers; SMT on");
  EXPECT_EQ(ParseVulnerability("KVM: Split pages").state, "unknown");
  EXPECT_EQ(ParseVulnerability("KVM: Split pages").mitigation, "KVM: Split pages");
  EXPECT_EQ(ParseVulnerability("").state, "unknown");
}

TEST(ParseInterrupts, TellsNumberedFromNamed) {
  const auto interrupts = ParseInterrupts(
      "           CPU0       CPU1\n"
      "  9:     398553       2320  IR-IO-APIC-fasteoi   acpi, other\n"
      "NMI:         47       5031   Non-maskable interrupts\n"
      "ERR:          0\n");
  ASSERT_TRUE(interrupts.ok()) << interrupts.status().message();
  ASSERT_EQ(interrupts->size(), 2U);
  EXPECT_EQ((*interrupts)[0].info, "IR-IO-APIC-fasteoi");
  EXPECT_EQ((*interrupts)[0].devices, "acpi, other");
  EXPECT_EQ((*interrupts)[1].name, "NMI");
  EXPECT_EQ((*interrupts)[1].info, "Non-maskable interrupts");
  EXPECT_EQ((*interrupts)[1].counts, (std::vector<double>{47, 5031}));
  EXPECT_FALSE(ParseInterrupts("").ok());
  EXPECT_FALSE(ParseInterrupts("CPU0 CPU1\n1: 5 x chip\n").ok());
}

TEST(ParseSchedstat, ReadsTheLastThreeNumbersOfACpu) {
  const auto cpus = ParseSchedstat(
      "version 15\ntimestamp 1\ncpu0 1 2 3 4 5 6 7000 8000 9\ndomain0 00000003 1 2 3\n");
  ASSERT_TRUE(cpus.ok());
  ASSERT_EQ(cpus->size(), 1U);
  EXPECT_EQ(cpus->front().cpu, "0");
  EXPECT_EQ(cpus->front().running_ns, 7000);
  EXPECT_EQ(cpus->front().waiting_ns, 8000);
  EXPECT_EQ(cpus->front().timeslices, 9);
  EXPECT_FALSE(ParseSchedstat("cpu0 1 2 3 4 5 6 7 8\n").ok());
  EXPECT_FALSE(ParseSchedstat("cpu 1 2 3 4 5 6 7 8 9\n").ok());
}

TEST(ParseSoftirqs, ReadsAKindALine) {
  const auto softirqs = ParseSoftirqs("    CPU0  CPU1\n  HI:  7  1\n NET_RX: 4 5\n");
  ASSERT_TRUE(softirqs.ok());
  ASSERT_EQ(softirqs->size(), 2U);
  EXPECT_EQ((*softirqs)[1].kind, "NET_RX");
  EXPECT_EQ((*softirqs)[1].counts, (std::vector<double>{4, 5}));
  for (const char* bad : {"", "CPU0\nHI 7\n", "CPU0\n: 7\n", "CPU0\nHI: x\n", "CPU0\n\n"})
    EXPECT_FALSE(ParseSoftirqs(bad).ok()) << bad;
}

TEST(ParseSwaps, ReadsKibibytes) {
  const auto areas = ParseSwaps("Filename Type Size Used Priority\n/dev/zram0 partition 8 4 -2\n");
  ASSERT_TRUE(areas.ok());
  ASSERT_EQ(areas->size(), 1U);
  EXPECT_EQ(areas->front().size_bytes, 8192);
  EXPECT_EQ(areas->front().used_bytes, 4096);
  EXPECT_EQ(areas->front().priority, -2);
  EXPECT_FALSE(ParseSwaps("title\n/dev/zram0 partition 8\n").ok());
}

TEST(ParseUdpSockets, AddsUpQueues) {
  const auto queues = ParseUdpSockets(
      "  sl  local_address rem_address   st tx_queue rx_queue\n"
      "   0: 00000000:0016 00000000:0000 0A 00000015:00000001 00:00000000 00000000\n"
      "   1: 00000000:0016 00000000:0000 0A 00000001:0000000f 00:00000000 00000000\n");
  ASSERT_TRUE(queues.ok());
  EXPECT_EQ(queues->transmit_bytes, 22U);
  EXPECT_EQ(queues->receive_bytes, 16U);
  for (const char* bad : {"t\n0: a b c", "t\n0: a b c 15", "t\n0: a b c 15:", "t\n0: a b c 15:1x"})
    EXPECT_FALSE(ParseUdpSockets(bad).ok()) << bad;
}

TEST(ParseRaplName, TakesAnIndexFromTheEnd) {
  EXPECT_EQ(ParseRaplName("package-1").kind, "package");
  EXPECT_EQ(ParseRaplName("package-1").index, 1);
  EXPECT_EQ(ParseRaplName("core").index, -1);
  EXPECT_EQ(ParseRaplName("package-99999999999").index, -1);
  EXPECT_EQ(ParseRaplName("psys-x").kind, "psys-x");
}

TEST(ParseSelinuxConfig, FindsTheModeAmongOtherLines) {
  EXPECT_EQ(ParseSelinuxConfig("# SELINUX=disabled\nSELINUX = Enforcing \nSELINUXTYPE=a\n"), 1);
  EXPECT_EQ(ParseSelinuxConfig("SELINUX=permissive"), 0);
  EXPECT_EQ(ParseSelinuxConfig("SELINUX=disabled"), -1);
  EXPECT_EQ(ParseSelinuxConfig("SELINUXTYPE=targeted\n"), std::nullopt);
}

}  // namespace
}  // namespace narthex::exporters
