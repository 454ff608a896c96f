// Who uses what: units by their control groups, and groups of processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/kit/fake_tree.h"
#include "exporters/kit/process_stat.h"
#include "exporters/node/collectors.h"
#include "exporters/node/process_groups.h"
#include "exporters/node/unit_resources.h"

namespace narthex::exporters {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(ParseIoStat, AddsDevicesUp) {
  const CgroupIo io = ParseIoStat(
      "8:0 rbytes=100 wbytes=20 rios=3 wios=4 dbytes=0 dios=0\n"
      "8:16 rbytes=1 wbytes=2 rios=1 wios=1 cost.usage=7\n7:0 \n");
  EXPECT_EQ(io.read_bytes, 101U);
  EXPECT_EQ(io.written_bytes, 22U);
  EXPECT_EQ(io.reads, 4U);
  EXPECT_EQ(io.writes, 5U);
}

TEST(ParseBlkio, AddsDevicesUpWithoutTheTotal) {
  const BlkioSums sums =
      ParseBlkio("8:0 Read 100\n8:0 Write 20\n8:0 Sync 5\n8:0 Total 120\n8:16 Read 1\nTotal 121\n");
  EXPECT_EQ(sums.reads, 101U);
  EXPECT_EQ(sums.writes, 20U);
}

TEST(IsUnitName, GoesByTheEnd) {
  EXPECT_TRUE(IsUnitName("nginx.service"));
  EXPECT_TRUE(IsUnitName("session-3.scope"));
  EXPECT_FALSE(IsUnitName(".service"));
  EXPECT_FALSE(IsUnitName("init"));
}

std::string Of(const std::string& metric, const std::string& unit, const std::string& more = "") {
  return metric + "{cgroup=\"/system.slice/" + unit + "\"," + more + "unit=\"" + unit + "\"}";
}

TEST(UnitResourcesCollector, ReadsVersion2) {
  FakeTree tree;
  const std::string folder = "sys/fs/cgroup/system.slice/nginx.service/";
  tree.Write("sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n");
  tree.Write(folder + "cpu.stat",
             "usage_usec 5000000\nuser_usec 3000000\nsystem_usec 2000000\nnr_periods 0\n"
             "throttled_usec 500000\n");
  tree.Write(folder + "memory.current", "4096\n");
  tree.Write(folder + "memory.max", "max\n");
  tree.Write(folder + "memory.events", "low 0\noom 1\noom_kill 2\n");
  tree.Write(folder + "io.stat", "8:0 rbytes=10 wbytes=20 rios=1 wios=2\n");
  tree.Write(folder + "pids.current", "5\n");
  tree.Write(folder + "pids.max", "64\n");
  tree.Write(folder + "worker/pids.current", "5\n");
  tree.Write("sys/fs/cgroup/user.slice/pids.current", "1\n");
  Exporter units(NewUnitResourcesCollector(tree.paths()));
  const std::string out = units.Scrape();
  EXPECT_TRUE(units.status.ok()) << units.status.message();
  const std::string unit = "nginx.service";
  EXPECT_EQ(Value(out, Of("node_unit_cpu_seconds_total", unit, "mode=\"user\",")), 3);
  EXPECT_EQ(Value(out, Of("node_unit_cpu_seconds_total", unit, "mode=\"system\",")), 2);
  EXPECT_EQ(Value(out, Of("node_unit_cpu_throttled_seconds_total", unit)), 0.5);
  EXPECT_EQ(Value(out, Of("node_unit_memory_bytes", unit)), 4096);
  EXPECT_EQ(Value(out, Of("node_unit_oom_kills_total", unit)), 2);
  EXPECT_EQ(Value(out, Of("node_unit_io_bytes_total", unit, "direction=\"write\",")), 20);
  EXPECT_EQ(Value(out, Of("node_unit_io_operations_total", unit, "direction=\"read\",")), 1);
  EXPECT_EQ(Value(out, Of("node_unit_tasks", unit)), 5);
  EXPECT_EQ(Value(out, Of("node_unit_tasks_limit", unit)), 64);
  EXPECT_THAT(out, AllOf(Not(HasSubstr("memory_limit")), Not(HasSubstr("user.slice")),
                         Not(HasSubstr("worker"))));
}

TEST(UnitResourcesCollector, ReadsVersion1) {
  FakeTree tree;
  const std::string unit = "/system.slice/db.service/";
  tree.Write("sys/fs/cgroup/systemd" + unit + "cgroup.procs", "7\n");
  tree.Write("sys/fs/cgroup/cpuacct" + unit + "cpuacct.usage_user", "1500000000\n");
  tree.Write("sys/fs/cgroup/cpuacct" + unit + "cpuacct.usage_sys", "500000000\n");
  tree.Write("sys/fs/cgroup/cpu" + unit + "cpu.stat", "nr_periods 0\nthrottled_time 2000000000\n");
  tree.Write("sys/fs/cgroup/memory" + unit + "memory.usage_in_bytes", "8192\n");
  tree.Write("sys/fs/cgroup/memory" + unit + "memory.limit_in_bytes", "9223372036854771712\n");
  tree.Write("sys/fs/cgroup/blkio" + unit + "blkio.throttle.io_service_bytes_recursive",
             "8:0 Read 10\n8:0 Write 20\nTotal 30\n");
  tree.Write("sys/fs/cgroup/blkio" + unit + "blkio.throttle.io_serviced_recursive",
             "8:0 Read 1\n8:0 Write 2\nTotal 3\n");
  tree.Write("sys/fs/cgroup/pids" + unit + "pids.current", "3\n");
  tree.Write("sys/fs/cgroup/pids" + unit + "pids.max", "max\n");
  const std::string out = Exporter(NewUnitResourcesCollector(tree.paths())).Scrape();
  EXPECT_EQ(Value(out, Of("node_unit_cpu_seconds_total", "db.service", "mode=\"user\",")), 1.5);
  EXPECT_EQ(Value(out, Of("node_unit_cpu_throttled_seconds_total", "db.service")), 2);
  EXPECT_EQ(Value(out, Of("node_unit_memory_bytes", "db.service")), 8192);
  EXPECT_EQ(Value(out, Of("node_unit_io_bytes_total", "db.service", "direction=\"read\",")), 10);
  EXPECT_EQ(Value(out, Of("node_unit_tasks", "db.service")), 3);
  EXPECT_THAT(out, AllOf(Not(HasSubstr("_limit")), Not(HasSubstr("oom_kills"))));
}

TEST(UnitResourcesCollector, ShowsNoMoreUnitsThanItMay) {
  FakeTree tree;
  tree.Write("sys/fs/cgroup/cgroup.controllers", "pids\n");
  for (const char* unit : {"a.service", "b.service", "c.service", "c.slice"})
    tree.Write(std::string("sys/fs/cgroup/system.slice/") + unit + "/pids.current", "1\n");
  const std::string out = Exporter(NewUnitResourcesCollector(tree.paths()),
                                   {"--collector.unit_resources.max-units=1",
                                    "--collector.unit_resources.include=[bc].*"})
                              .Scrape();
  EXPECT_THAT(
      out, AllOf(HasSubstr("b.service"), Not(HasSubstr("a.service")), Not(HasSubstr("c.service"))));
  EXPECT_EQ(Value(out, "node_unit_resources_units_left_out"), 2);
}

TEST(ParseProcessStat, TakesNamesWithBlanksAndParentheses) {
  const auto stat = ParseProcessStat(
      "7 (tmux: (x) y) S 1 7 7 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 3 0 777 9000 25 18446744 1\n");
  ASSERT_TRUE(stat.ok()) << stat.message();
  EXPECT_EQ(stat->name, "tmux: (x) y");
  EXPECT_EQ(stat->user_ticks, 150U);
  EXPECT_EQ(stat->system_ticks, 50U);
  EXPECT_EQ(stat->threads, 3U);
  EXPECT_EQ(stat->start_ticks, 777U);
  EXPECT_EQ(stat->resident_pages, 25U);
  for (const char* bad : {"", "7 x S 1", "7 )x( S", "7 (x) S 1 2 3"})
    EXPECT_FALSE(ParseProcessStat(bad).ok()) << bad;
}

TEST(ParseProcessRule, SaysWhatIsWrong) {
  const auto rule = ParseProcessRule("web:cmdline=--port=[0-9]+");
  ASSERT_TRUE(rule.ok());
  EXPECT_EQ(rule->group, "web");
  EXPECT_EQ(rule->subject, ProcessRule::Subject::kCommandLine);
  EXPECT_TRUE(rule->expression.FindsIn("x --port=80"));
  for (const char* bad : {"", "web", ":name=x", "web:name", "web:comm=x", "web:name=("})
    EXPECT_EQ(ParseProcessRule(bad).code(), Code::kInvalidArgument) << bad;
}

class ProcessGroupsTest : public testing::Test {
 protected:
  void WriteProcess(const std::string& pid, const std::string& name, int user, int start) {
    tree_.Write("proc/" + pid + "/stat", pid + " (" + name + ") S 1 7 7 0 -1 4194560 1 2 3 4 " +
                                             std::to_string(user) + " 10 0 0 20 0 2 0 " +
                                             std::to_string(start) + " 9000 25 18446744 1\n");
    tree_.Write("proc/" + pid + "/cmdline", std::string("/bin/x\0--role=db\0", 17));
    tree_.Write("proc/" + pid + "/io", "rchar: 9\nread_bytes: 100\nwrite_bytes: 200\n");
    tree_.Write("proc/" + pid + "/fd/0", "");
    tree_.Write("proc/" + pid + "/fd/1", "");
  }

  FakeTree tree_;
};

TEST_F(ProcessGroupsTest, GivesAProcessToTheFirstRuleItMeets) {
  WriteProcess("10", "nginx", 0, 1);
  WriteProcess("11", "nginx", 0, 1);
  WriteProcess("12", "other", 0, 1);
  const std::string out = Exporter(NewProcessGroupsCollector(tree_.paths()),
                                   {"--collector.process_groups.rule=web:name=^nginx$",
                                    "--collector.process_groups.rule=db:cmdline=--role=db$",
                                    "--collector.process_groups.rule=none:cgroup=x"})
                              .Scrape();
  EXPECT_EQ(Value(out, R"(node_process_group_processes{group="web"})"), 2);
  EXPECT_EQ(Value(out, R"(node_process_group_processes{group="db"})"), 1);
  EXPECT_EQ(Value(out, R"(node_process_group_processes{group="none"})"), 0);
  EXPECT_EQ(Value(out, R"(node_process_group_threads{group="web"})"), 4);
  EXPECT_EQ(Value(out, R"(node_process_group_open_fds{group="web"})"), 4);
  EXPECT_GE(Value(out, R"(node_process_group_resident_memory_bytes{group="db"})"), 25 * 4096);
}

TEST_F(ProcessGroupsTest, KeepsWhatEndedProcessesCounted) {
  const std::string cpu = R"(node_process_group_cpu_seconds_total{group="web",mode="user"})";
  const std::string io = R"(node_process_group_io_bytes_total{direction="read",group="web"})";
  Exporter groups(NewProcessGroupsCollector(tree_.paths()),
                  {"--collector.process_groups.rule=web:name=nginx"});
  WriteProcess("10", "nginx", 500, 1);
  EXPECT_EQ(Value(groups.Scrape(), cpu), 0);  // from before
  WriteProcess("10", "nginx", 700, 1);
  EXPECT_EQ(Value(groups.Scrape(), cpu), 2);
  WriteProcess("10", "nginx", 100, 2);  // another process of this number
  const std::string out = groups.Scrape();
  EXPECT_EQ(Value(out, cpu), 3);
  EXPECT_EQ(Value(out, io), 100);
}

}  // namespace
}  // namespace narthex::exporters
