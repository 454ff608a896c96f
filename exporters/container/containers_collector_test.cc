#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "exporters/container/collectors.h"
#include "exporters/container/test_options.h"
#include "exporters/kit/fake_tree.h"

namespace narthex::exporters {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

// A machine with control groups, in a folder.
class Machine {
 public:
  explicit Machine(const std::vector<std::string>& hierarchies) {
    std::string mounts;
    int minor = 20;
    for (const std::string& name : hierarchies) {
      const std::string point = tree_.root() + "/cgroup/" + name;
      const bool is_unified = name == "unified";
      mounts += "30 1 0:" + std::to_string(minor++) + " / " + point + " rw - " +
                (is_unified ? "cgroup2 cgroup2 rw" : "cgroup cgroup rw," + name) + "\n";
      std::filesystem::create_directories(point);
    }
    tree_.Write("proc/self/mountinfo", mounts);
    tree_.Write("proc/stat", "btime 1000\n");
    tree_.Write("proc/meminfo", "MemTotal: 1000 kB\nSwapTotal: 100 kB\nSwapFree: 40 kB\n");
  }

  // A file of a group; "/" is the root.
  void Write(const std::string& hierarchy, const std::string& file, const std::string& text) {
    tree_.Write("cgroup/" + hierarchy + file, text);
  }
  void WriteProc(const std::string& file, const std::string& text) {
    tree_.Write("proc/" + file, text);
  }
  void WriteSys(const std::string& file, const std::string& text) {
    tree_.Write("sys/" + file, text);
  }

  const std::string& root() const { return tree_.root(); }

  std::string Scrape(const std::vector<std::string>& arguments = {}) {
    const ManualClock clock(1'700'000'000'000);
    ContainerOptions options(clock);
    ReadArguments(arguments, options);
    Exporter exporter(NewContainersCollector(tree_.paths(), options));
    std::string text = exporter.Scrape();
    status = exporter.status;
    return text;
  }

  Status status;

 private:
  FakeTree tree_;
};

std::string NetDev(const std::string& interface, int received) {
  return "titles\ntitles\n " + interface + ": " + std::to_string(received) +
         " 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n";
}

// A container of version 2.
void AddContainer(Machine& machine) {
  const std::string group = "/system.slice/docker-" + kId + ".scope/";
  machine.Write("unified", group + "cgroup.procs", "77\n78\n");
  machine.Write("unified", group + "cpu.stat",
                "usage_usec 5000000\nuser_usec 4000000\nsystem_usec 1000000\nnr_periods 9\n"
                "nr_throttled 2\nthrottled_usec 30000\n");
  machine.Write("unified", group + "cpu.max", "20000 100000\n");
  machine.Write("unified", group + "cpu.weight", "100\n");
  machine.Write("unified", group + "memory.stat",
                "anon 3000\nfile 5000\ninactive_file 4000\npgfault 12\npgmajfault 1\n");
  machine.Write("unified", group + "memory.current", "9000\n");
  machine.Write("unified", group + "memory.max", "max\n");
  machine.Write("unified", group + "memory.events", "low 0\nhigh 3\nmax 4\noom 1\noom_kill 2\n");
  machine.Write("unified", group + "pids.current", "2\n");
  machine.Write("unified", group + "pids.max", "50\n");
  machine.Write("unified", group + "io.stat", "254:0 rbytes=100 wbytes=200 rios=3 wios=4\n");
  machine.Write("unified", group + "cpu.pressure",
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\n"
                "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
  machine.WriteSys("dev/block/254:0/uevent", "MAJOR=254\nMINOR=0\nDEVNAME=vda\n");
}

std::string Series(const std::string& name, const std::string& id, const std::string& more = "") {
  return name + "{" + more + "id=\"" + id + "\"}";
}

TEST(ContainersCollector, ReadsAContainerOfVersion2) {
  Machine machine({"unified"});
  AddContainer(machine);
  const std::string text = machine.Scrape();
  ASSERT_TRUE(machine.status.ok()) << machine.status.message();
  const std::string id = "/system.slice/docker-" + kId + ".scope";
  const auto value = [&](const std::string& name, const std::string& more = "") {
    return Value(text, Series(name, id, more));
  };
  EXPECT_EQ(value("container_cpu_usage_seconds_total", "cpu=\"total\","), 5);
  EXPECT_EQ(value("container_cpu_user_seconds_total"), 4);
  EXPECT_EQ(value("container_cpu_cfs_throttled_seconds_total"), 0.03);
  EXPECT_EQ(value("container_spec_cpu_quota"), 20'000);
  EXPECT_EQ(value("container_spec_cpu_shares"), 2597);
  EXPECT_EQ(value("container_memory_usage_bytes"), 9000);
  EXPECT_EQ(value("container_memory_working_set_bytes"), 5000);
  EXPECT_EQ(value("container_spec_memory_limit_bytes"), 0);
  EXPECT_EQ(value("container_memory_events_high_total"), 3);
  EXPECT_EQ(value("container_oom_events_total"), 2);
  EXPECT_EQ(value("container_pressure_cpu_waiting_seconds_total"), 2.5);
  EXPECT_EQ(value("container_last_seen"), 1'700'000'000);
  EXPECT_EQ(value("container_fs_reads_bytes_total", "device=\"/dev/vda\","), 100);
  EXPECT_THAT(text, HasSubstr("container_blkio_device_usage_total{device=\"/dev/vda\",id=\"" + id +
                              "\",major=\"254\",minor=\"0\",operation=\"Write\"} 200"));
  EXPECT_THAT(text, Not(HasSubstr("container_memory_max_usage_bytes{")));  // no memory.peak: old
  EXPECT_EQ(Value(text, "container_scrape_error"), 0);
}

TEST(ContainersCollector, ReadsAContainerOfVersion1WhereverItsControllersAre) {
  Machine machine({"cpu", "cpuacct", "memory", "pids", "unified"});
  const std::string group = "/docker/" + kId + "/";
  machine.Write("cpu", group + "cpu.cfs_quota_us", "-1\n");
  machine.Write("cpu", group + "cpu.shares", "1024\n");
  machine.Write("cpu", group + "cpu.stat", "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n");
  machine.Write("cpu", group + "cgroup.procs", "77\n");
  machine.Write("cpuacct", group + "cpuacct.usage_percpu", "1500000000 0 500000000\n");
  machine.Write("cpuacct", group + "cpuacct.stat", "user 150\nsystem 50\n");
  machine.Write("memory", group + "memory.stat", "total_rss 10\ntotal_inactive_file 900\n");
  machine.Write("memory", group + "memory.usage_in_bytes", "800\n");
  machine.Write("memory", group + "memory.limit_in_bytes", "9223372036854771712\n");
  machine.Write("memory", group + "memory.oom_control", "oom_kill_disable 0\noom_kill 3\n");
  machine.Write("unified", group + "memory.pressure", "some avg10=0 total=1000000\n");
  const std::string text = machine.Scrape();
  const std::string id = "/docker/" + kId;
  const auto value = [&](const std::string& name, const std::string& more = "") {
    return Value(text, Series(name, id, more));
  };
  EXPECT_EQ(value("container_cpu_usage_seconds_total", "cpu=\"cpu00\","), 1.5);
  EXPECT_EQ(value("container_cpu_usage_seconds_total", "cpu=\"cpu02\","), 0.5);
  EXPECT_TRUE(std::isnan(value("container_cpu_usage_seconds_total", "cpu=\"cpu01\",")));
  EXPECT_EQ(value("container_cpu_user_seconds_total"), 1.5);
  EXPECT_TRUE(std::isnan(value("container_cpu_cfs_periods_total")));  // no quota
  EXPECT_EQ(value("container_memory_working_set_bytes"), 0);          // never below
  EXPECT_EQ(value("container_spec_memory_limit_bytes"), 0);
  EXPECT_EQ(value("container_oom_events_total"), 3);
  EXPECT_EQ(value("container_pressure_memory_waiting_seconds_total"), 1);
}

// What memory.stat says of the limits up to the root spares reading those that are none.
TEST(ContainersCollector, TellsALimitOfVersion1FromOneOfAGroupAbove) {
  Machine machine({"memory", "cpu"});
  const std::string group = "/docker/" + kId;
  const auto limit = [&](const std::string& smallest, const std::string& own) {
    machine.Write("cpu", group + "/cgroup.procs", "77\n");
    machine.Write("memory", group + "/memory.stat", "hierarchical_memory_limit " + smallest + "\n");
    machine.Write("memory", group + "/memory.limit_in_bytes", own + "\n");
    return Value(machine.Scrape(), Series("container_spec_memory_limit_bytes", group));
  };
  EXPECT_EQ(limit("9223372036854771712", "9223372036854771712"), 0);
  EXPECT_EQ(limit("4096", "9223372036854771712"), 0);
  EXPECT_EQ(limit("4096", "8192"), 8192);
}

// A policy of the controller that is at work shows each device in the root's file.
TEST(ContainersCollector, ReadsBlockIoOfThePolicyThatIsAtWork) {
  Machine machine({"blkio", "cpu"});
  const std::string group = "/docker/" + kId;
  machine.WriteSys("dev/block/254:0/uevent", "DEVNAME=vda\n");
  machine.Write("cpu", group + "/cgroup.procs", "77\n");
  machine.Write("blkio", "/release_agent", "");
  machine.Write("blkio", "/blkio.throttle.io_service_bytes_recursive", "Total 0\n");
  machine.Write("blkio", "/blkio.bfq.io_service_bytes_recursive", "254:0 Read 0\nTotal 0\n");
  machine.Write("blkio", group + "/blkio.throttle.io_service_bytes_recursive", "254:0 Read 3\n");
  machine.Write("blkio", group + "/blkio.bfq.io_service_bytes_recursive",
                "254:0 Read 70\n254:0 Write 8\nTotal 78\n");
  machine.Write("blkio", group + "/blkio.bfq.io_serviced_recursive", "254:0 Write 2\n");
  const std::string text = machine.Scrape();
  const std::string device = "device=\"/dev/vda\",";
  EXPECT_EQ(Value(text, Series("container_fs_reads_bytes_total", group, device)), 70);
  EXPECT_EQ(Value(text, Series("container_fs_writes_total", group, device)), 2);
  // What is mounted may not be the root, which alone knows all devices: then each is asked.
  std::filesystem::remove(machine.root() + "/cgroup/blkio/release_agent");
  EXPECT_EQ(Value(machine.Scrape(), Series("container_fs_reads_bytes_total", group, device)), 3);
}

TEST(ContainersCollector, ShowsNoContainerWithoutAProcess) {
  Machine machine({"unified"});
  AddContainer(machine);
  machine.Write("unified", "/system.slice/docker-" + kId + ".scope/cgroup.procs", "");
  EXPECT_THAT(machine.Scrape(), Not(HasSubstr(kId)));
}

TEST(ContainersCollector, TakesTheProcessesBelowForTheContainers) {
  Machine machine({"unified"});
  AddContainer(machine);
  const std::string group = "/system.slice/docker-" + kId + ".scope";
  machine.Write("unified", group + "/cgroup.procs", "");
  machine.Write("unified", group + "/init.scope/cgroup.procs", "91\n92\n");
  const std::string text = machine.Scrape({"--enable_metrics=process"});
  EXPECT_EQ(Value(text, Series("container_processes", group)), 2);
  EXPECT_EQ(Value(text, Series("container_threads_max", group)), 50);
}

TEST(ContainersCollector, GivesTheNetworkToTheContainerWhoseItIs) {
  Machine machine({"unified"});
  AddContainer(machine);
  machine.WriteProc("1/net/dev", NetDev("ens3", 5));
  machine.WriteProc("77/net/dev", NetDev("eth0", 42));
  const std::string text = machine.Scrape();
  const std::string id = "/system.slice/docker-" + kId + ".scope";
  const std::string name = "container_network_receive_bytes_total{id=\"";
  EXPECT_EQ(Value(text, name + id + "\",interface=\"eth0\"}"), 42);
  EXPECT_EQ(Value(text, name + "/\",interface=\"ens3\"}"), 5);
}

TEST(ContainersCollector, LeavesOutWhatFlagsLeaveOut) {
  Machine machine({"unified"});
  AddContainer(machine);
  machine.Write("unified", "/system.slice/nginx.service/cgroup.procs", "5\n");
  EXPECT_THAT(machine.Scrape(),
              HasSubstr("id=\"/system.slice/nginx.service\",unit=\"nginx.service\""));
  EXPECT_THAT(machine.Scrape({"--compat=cadvisor"}), Not(HasSubstr("unit=")));
  const std::string containers = machine.Scrape({"--docker_only"});
  EXPECT_THAT(containers, Not(HasSubstr("nginx")));
  EXPECT_THAT(containers, HasSubstr(kId));
  EXPECT_THAT(containers, HasSubstr("{id=\"/\"}"));
  EXPECT_THAT(machine.Scrape({"--docker_only", "--raw_cgroup_prefix_whitelist=/system.slice/ng"}),
              HasSubstr("nginx"));
  EXPECT_THAT(machine.Scrape({"--disable_root_cgroup_stats"}), Not(HasSubstr("{id=\"/\"}")));
  EXPECT_THAT(machine.Scrape({"--disable_metrics=cpu,memory"}), Not(HasSubstr("container_cpu_u")));
}

TEST(ContainersCollector, ReadsTheRootOfVersion2FromWhatItIsMadeOf) {
  Machine machine({"unified"});
  AddContainer(machine);
  machine.Write("unified", "/memory.stat", "anon 700\nfile 300\ninactive_file 100\n");
  const std::string text = machine.Scrape();
  EXPECT_EQ(Value(text, "container_memory_usage_bytes{id=\"/\"}"), 1000);
  EXPECT_EQ(Value(text, "container_memory_swap{id=\"/\"}"), 60 * 1024);
  EXPECT_EQ(Value(text, "container_spec_memory_limit_bytes{id=\"/\"}"), 1000 * 1024);
}

TEST(ContainersCollector, TellsThatItCannotRead) {
  Machine machine({});
  const std::string text = machine.Scrape();
  EXPECT_EQ(machine.status.code(), Code::kNoData);
  EXPECT_EQ(Value(text, "container_scrape_error"), 1);
}

TEST(MetricGroups, RefusesNamesThatItDoesNotHave) {
  const auto prepare = [](const std::string& flag) {
    MetricGroups groups;
    cli::Flags flags("test", "test");
    groups.AddFlags(flags);
    std::string output;
    EXPECT_TRUE(flags.Parse({flag}, output).ok());
    return groups.Prepare();
  };
  EXPECT_TRUE(prepare("--disable_metrics=app,perf_event,cpu").ok());
  EXPECT_EQ(prepare("--disable_metrics=cpus").code(), Code::kInvalidArgument);
  EXPECT_EQ(prepare("--enable_metrics=cpu,perf_event").code(), Code::kInvalidArgument);
  EXPECT_TRUE(prepare("--enable_metrics=cpu, memory").ok());
}

}  // namespace
}  // namespace narthex::exporters
