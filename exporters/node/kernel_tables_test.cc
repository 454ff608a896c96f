// The parsers of the kernel's small tables and of single texts of sysfs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/kit/process_stat.h"
#include "exporters/node/buddyinfo.h"
#include "exporters/node/cgroups.h"
#include "exporters/node/cpu_vulnerabilities.h"
#include "exporters/node/interrupts.h"
#include "exporters/node/meminfo_numa.h"
#include "exporters/node/net_stat_table.h"
#include "exporters/node/rapl.h"
#include "exporters/node/schedstat.h"
#include "exporters/node/selinux.h"
#include "exporters/node/slabinfo.h"
#include "exporters/node/softirqs.h"
#include "exporters/node/swap.h"
#include "exporters/node/udp_queues.h"
#include "exporters/node/xfrm.h"
#include "exporters/node/zoneinfo.h"

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

TEST(ParseNetStatTable, ReadsAColumnATitle) {
  const auto columns = ParseNetStatTable("entries  found\n00000021  0000000a\n00000021 00000006\n");
  ASSERT_TRUE(columns.ok());
  ASSERT_EQ(columns->size(), 2U);
  EXPECT_EQ((*columns)[1].title, "found");
  EXPECT_THAT((*columns)[1].cpus, testing::ElementsAre(10, 6));
  EXPECT_FALSE(ParseNetStatTable("a b\n1\n").ok());
  EXPECT_FALSE(ParseNetStatTable("a\n1 2\n").ok());
  EXPECT_FALSE(ParseNetStatTable("a\n0xg\n").ok());
  EXPECT_TRUE(ParseNetStatTable("").ok());
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

TEST(ParseSlabinfo, PassesOverBothTitles) {
  const auto slabs = ParseSlabinfo(
      "slabinfo - version: 2.1\n# name <active_objs> <num_objs>\n"
      "tw_sock_TCP          704    864    256   32    2 : tunables    0    0    0\n");
  ASSERT_TRUE(slabs.ok());
  ASSERT_EQ(slabs->size(), 1U);
  EXPECT_EQ(slabs->front().name, "tw_sock_TCP");
  EXPECT_EQ(slabs->front().active_objects, 704);
  EXPECT_EQ(slabs->front().pages_per_slab, 2);
  EXPECT_FALSE(ParseSlabinfo("tw_sock_TCP 704 864 256 32 : tunables\n").ok());
}

TEST(ParseZoneinfo, KeepsFieldsOfOneNumber) {
  const auto zones = ParseZoneinfo(
      "Node 0, zone      DMA\n  per-node stats\n      nr_dirtied   118\n  pages free     2949\n"
      "        high     14\n        protection: (0, 2039, 31932)\n  pagesets\n    cpu: 0\n"
      "              high:  378\nNode 1, zone   Normal\n        high     5\n        high     6\n");
  ASSERT_TRUE(zones.ok()) << zones.status().message();
  ASSERT_EQ(zones->size(), 2U);
  const auto& dma = zones->front();
  EXPECT_EQ(dma.protection, (std::vector<double>{0, 2039, 31932}));
  EXPECT_THAT(dma.fields, testing::Contains(testing::Pair("high", 14)));
  EXPECT_THAT(zones->back().fields, testing::ElementsAre(testing::Pair("high", 6)));
  for (const char* bad :
       {"high 1\n", "Node 0\n", "Node 0 zone DMA\n", "Node 0, zone DMA\n protection: (0, x)\n"})
    EXPECT_FALSE(ParseZoneinfo(bad).ok()) << bad;
}

TEST(ParseNodeMeminfo, TurnsKibibytesIntoBytes) {
  const auto fields =
      ParseNodeMeminfo("Node 0 Active(anon):  2 kB\n\nNode 0 HugePages_Free:     7\n");
  ASSERT_TRUE(fields.ok());
  ASSERT_EQ(fields->size(), 2U);
  EXPECT_EQ((*fields)[0].key, "Active(anon)");
  EXPECT_EQ((*fields)[0].value, 2048);
  EXPECT_EQ((*fields)[1].value, 7);
  for (const char* bad : {"Node 0 A 2 kB", "Nod 0 A: 2 kB", "Node 0 A: x", "Node 0 A: 1 MB"})
    EXPECT_FALSE(ParseNodeMeminfo(bad).ok()) << bad;
}

TEST(ParseTaskStat, CountsFieldsFromTheEndOfAnOddName) {
  const auto task = ParseTaskStat("42 (a ) R (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n");
  ASSERT_TRUE(task.ok());
  EXPECT_EQ(task->state, "S");
  EXPECT_EQ(task->threads, 17);
  for (const char* bad : {"", "42 (a S 1", "42 (a) S 1 2", "42 (a)"})
    EXPECT_FALSE(ParseTaskStat(bad).ok()) << bad;
}

TEST(XfrmMetricName, SplitsTheFieldAtItsCapitals) {
  EXPECT_EQ(XfrmMetricName("XfrmInStateProtoError"),
            "node_xfrm_in_state_proto_error_packets_total");
}

}  // namespace
}  // namespace narthex::exporters
