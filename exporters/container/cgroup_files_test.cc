#include "exporters/container/cgroup_files.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

TEST(ParseCpuStat, ReadsVersion2InMicroseconds) {
  const CgroupCpuStat stat = ParseCpuStat(
      "usage_usec 12500000\nuser_usec 10000000\nsystem_usec 2500000\nnice_usec 0\n"
      "nr_periods 40\nnr_throttled 3\nthrottled_usec 250000\nnr_bursts 2\nburst_usec 500000\n");
  EXPECT_EQ(stat.usage_s, 12.5);
  EXPECT_EQ(stat.user_s, 10);
  EXPECT_EQ(stat.system_s, 2.5);
  EXPECT_EQ(stat.periods, 40);
  EXPECT_EQ(stat.throttled_periods, 3);
  EXPECT_EQ(stat.throttled_s, 0.25);
  EXPECT_EQ(stat.bursts, 2);
  EXPECT_EQ(stat.burst_s, 0.5);
}

TEST(ParseCpuStat, ReadsTheThrottlingOfVersion1InNanoseconds) {
  const CgroupCpuStat stat =
      ParseCpuStat("nr_periods 10\nnr_throttled 4\nthrottled_time 1500000000\n");
  EXPECT_EQ(stat.throttled_s, 1.5);
  EXPECT_FALSE(stat.usage_s);
  EXPECT_FALSE(stat.bursts);
}

TEST(ParseCpuStat, PassesOverWhatItDoesNotKnow) {
  EXPECT_FALSE(ParseCpuStat("usage_usec -3\nuser_usec\n\nsystem_usec x\n").usage_s);
}

TEST(ParsePerCpu, GivesANumberForEachCpu) {
  EXPECT_EQ(ParsePerCpu("15 0 7 \n"), (std::vector<uint64_t>{15, 0, 7}));
  EXPECT_TRUE(ParsePerCpu("").empty());
}

TEST(ParseCpuMax, TellsNoQuotaFromOne) {
  const CpuMax limited = ParseCpuMax("20000 100000\n");
  EXPECT_EQ(limited.quota_us, 20'000U);
  EXPECT_EQ(limited.period_us, 100'000U);
  const CpuMax free = ParseCpuMax("max 100000\n");
  EXPECT_FALSE(free.quota_us);
  EXPECT_EQ(free.period_us, 100'000U);
}

TEST(ParseLimit, KnowsTheWordForNone) {
  EXPECT_EQ(ParseLimit("67108864\n"), 67'108'864U);
  EXPECT_FALSE(ParseLimit("max\n"));
  EXPECT_FALSE(ParseLimit("-1\n"));
}

TEST(ParseMemoryStat, ReadsVersion2) {
  const MemoryStat stat = ParseMemoryStat(
      "anon 100\nfile 200\nkernel 50\nfile_mapped 30\nfile_dirty 4\nfile_writeback 5\n"
      "inactive_file 120\nactive_file 80\nworkingset_refault_anon 6\nworkingset_refault_file 7\n"
      "pgscan 8\npgsteal 9\npgfault 1000\npgmajfault 10\n",
      true);
  EXPECT_EQ(stat.rss, 100);
  EXPECT_EQ(stat.cache, 200);
  EXPECT_EQ(stat.kernel, 50);
  EXPECT_EQ(stat.inactive_file, 120);
  EXPECT_EQ(stat.active_file, 80);
  EXPECT_EQ(stat.page_faults, 1000);
  EXPECT_EQ(stat.reclaimed_pages, 9);
  EXPECT_EQ(stat.refaulted_file, 7);
  EXPECT_FALSE(stat.swap);
}

TEST(ParseMemoryStat, ReadsOfVersion1WhatIncludesTheGroupsBelow) {
  const MemoryStat stat = ParseMemoryStat(
      "cache 1\nrss 2\npgfault 3\npgmajfault 4\ntotal_cache 10\ntotal_rss 20\ntotal_swap 30\n"
      "total_pgfault 40\ntotal_pgmajfault 50\ntotal_inactive_file 60\n",
      false);
  EXPECT_EQ(stat.cache, 10);
  EXPECT_EQ(stat.rss, 20);
  EXPECT_EQ(stat.swap, 30);
  EXPECT_EQ(stat.own_page_faults, 3);
  EXPECT_EQ(stat.page_faults, 40);
  EXPECT_EQ(stat.inactive_file, 60);
  EXPECT_FALSE(stat.kernel);
}

TEST(ParseIoStat, GivesEachNumberOfEachDevice) {
  const auto numbers =
      ParseIoStat("8:0 rbytes=90112 wbytes=4096 rios=22\n254:16 rbytes=x\nTotal rbytes=1\n");
  ASSERT_EQ(numbers.size(), 3U);
  EXPECT_EQ(numbers[0].major, 8U);
  EXPECT_EQ(numbers[0].what, "rbytes");
  EXPECT_EQ(numbers[0].value, 90'112);
  EXPECT_EQ(numbers[2].what, "rios");
}

TEST(ParseBlkio, GivesEachOperationOfEachDevice) {
  const auto numbers = ParseBlkio("254:0 Read 8192\n254:0 Write 0\n254:0 Total 8192\nTotal 8192\n");
  ASSERT_EQ(numbers.size(), 3U);
  EXPECT_EQ(numbers[0].major, 254U);
  EXPECT_EQ(numbers[0].what, "Read");
  EXPECT_EQ(numbers[0].value, 8192);
}

TEST(ParseNumaStat, ReadsBothVersions) {
  const auto one = ParseNumaStat(
      "total=9 N0=9\nfile=4 N0=3 N1=1\nhierarchical_file=6 N0=6\nunevictable=0 N0=0\n");
  ASSERT_EQ(one.size(), 4U);
  EXPECT_EQ(one[1].kind, "file");
  EXPECT_EQ(one[1].node, "1");
  EXPECT_FALSE(one[1].is_hierarchical);
  EXPECT_TRUE(one[2].is_hierarchical);
  const auto two = ParseNumaStat("anon N0=4096 N1=8192\nslab_reclaimable N0=1\n");
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[1].value, 8192);
}

TEST(AppendProcesses, TakesNumbersAndPassesOverProcessesOfOtherNamespaces) {
  std::vector<uint32_t> processes;
  AppendProcesses("12\n0\n345\nx\n", processes);
  EXPECT_EQ(processes, (std::vector<uint32_t>{12, 345}));
}

}  // namespace
}  // namespace narthex::exporters
