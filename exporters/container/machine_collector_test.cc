#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/client/registry.h"
#include "exporters/container/collectors.h"
#include "exporters/container/test_options.h"
#include "exporters/kit/fake_tree.h"

namespace narthex::exporters {
namespace {

using testing::HasSubstr;
using testing::Not;

// A machine of two sockets with a core each, two threads a core.
class Machine {
 public:
  Machine() {
    tree_.paths().root = Directory(tree_.root());
    Write("proc/meminfo", "MemTotal: 1000 kB\nSwapTotal: 100 kB\n");
    Write("proc/sys/kernel/osrelease", "6.1.0-44-amd64\n");
    Write("etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n");
    Write("etc/machine-id", "abc\n");
    Write("sys/devices/system/cpu/online", "0-3\n");
    for (int cpu = 0; cpu < 4; ++cpu) {
      WriteCpu(cpu, "core_id", "0\n");
      WriteCpu(cpu, "physical_package_id", std::to_string(cpu / 2) + "\n");
    }
  }

  void Write(const std::string& path, const std::string& text) { tree_.Write(path, text); }
  void WriteCpu(int cpu, const std::string& file, const std::string& text) {
    Write("sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/" + file, text);
  }

  std::string Scrape(const std::vector<std::string>& arguments = {}) {
    const ManualClock clock(0);
    ContainerOptions options(clock);
    ReadArguments(arguments, options);
    Exporter exporter(NewMachineCollector(tree_.paths(), options));
    return exporter.Scrape();
  }

 private:
  FakeTree tree_;
};

TEST(MachineCollector, CountsCpusAndMemory) {
  Machine machine;
  const std::string text = machine.Scrape();
  const std::string id = "{machine_id=\"abc\"}";
  EXPECT_EQ(Value(text, "machine_cpu_cores" + id), 4);
  EXPECT_EQ(Value(text, "machine_cpu_physical_cores" + id), 2);
  EXPECT_EQ(Value(text, "machine_cpu_sockets" + id), 2);
  EXPECT_EQ(Value(text, "machine_memory_bytes" + id), 1000 * 1024);
  EXPECT_EQ(Value(text, "machine_swap_bytes" + id), 100 * 1024);
  EXPECT_EQ(Value(text, "machine_scrape_error"), 0);
  EXPECT_THAT(text, Not(HasSubstr("machine_cpu_books")));
  EXPECT_THAT(text, Not(HasSubstr("machine_nvm")));
  EXPECT_THAT(text, Not(HasSubstr("machine_thread_siblings_count")));
}

TEST(MachineCollector, TellsTheVersionsThatTheOriginalTells) {
  Machine machine;
  const std::string version(Version());
  EXPECT_EQ(Value(machine.Scrape(), "cadvisor_version_info{cadvisorVersion=\"" + version +
                                        "\",kernelVersion=\"6.1.0-44-amd64\",osVersion="
                                        "\"Debian GNU/Linux 12 (bookworm)\"}"),
            1);
  machine.Write("etc/os-release", "no assignment");
  EXPECT_EQ(Value(machine.Scrape(), "cadvisor_version_info{cadvisorVersion=\"" + version +
                                        "\",kernelVersion=\"6.1.0-44-amd64\"}"),
            1);
}

TEST(MachineCollector, CountsBooksAndDrawersWhereTheMachineHasThem) {
  Machine machine;
  for (int cpu = 0; cpu < 4; ++cpu) {
    machine.WriteCpu(cpu, "book_id", std::to_string(cpu % 2) + "\n");
    machine.WriteCpu(cpu, "drawer_id", std::to_string(cpu / 2) + "\n");
  }
  const std::string text = machine.Scrape();
  EXPECT_EQ(Value(text, "machine_cpu_books{machine_id=\"abc\"}"), 4);  // two in each drawer
  EXPECT_EQ(Value(text, "machine_cpu_drawers{machine_id=\"abc\"}"), 2);
  for (int cpu = 0; cpu < 4; ++cpu) machine.WriteCpu(cpu, "book_id", "-1\n");
  EXPECT_THAT(machine.Scrape(), Not(HasSubstr("machine_cpu_books")));
}

TEST(MachineCollector, AddsUpThePersistentMemoryThatIsUsedAsDevices) {
  Machine machine;
  const std::string devices = "sys/bus/nd/devices/";
  machine.Write(devices + "region0/devtype", "nd_pmem\n");
  machine.Write(devices + "region0/size", "1000\n");
  machine.Write(devices + "region1/devtype", "nd_pmem\n");
  machine.Write(devices + "region1/size", "500\n");
  machine.Write(devices + "region2/devtype", "nd_volatile\n");
  machine.Write(devices + "region2/size", "9\n");
  machine.Write(devices + "nmem0/devtype", "nvdimm\n");
  EXPECT_EQ(
      Value(machine.Scrape(), "machine_nvm_capacity{machine_id=\"abc\",mode=\"app_direct_mode\"}"),
      1500);
}

TEST(MachineCollector, ShowsTheTopologyOnRequest) {
  Machine machine;
  const std::string cache = "sys/devices/system/cpu/cpu0/cache/index0/";
  machine.Write(cache + "type", "Data\n");
  machine.Write(cache + "level", "1\n");
  machine.Write(cache + "size", "48K\n");
  machine.Write(cache + "shared_cpu_list", "0-1\n");
  const std::string node = "sys/devices/system/node/";
  machine.Write(node + "online", "0\n");
  machine.Write(node + "node0/cpulist", "0-3\n");
  machine.Write(node + "node0/meminfo", "Node 0 MemTotal: 900 kB\n");
  machine.Write(node + "node0/distance", "10\n");
  machine.Write(node + "node0/hugepages/hugepages-2048kB/nr_hugepages", "5\n");
  const std::string text = machine.Scrape({"--enable_metrics=cpu_topology"});
  EXPECT_EQ(Value(text,
                  "machine_cpu_cache_capacity_bytes{core_id=\"0\",level=\"1\",machine_id="
                  "\"abc\",node_id=\"0\",type=\"Data\"}"),
            48 * 1024);
  EXPECT_EQ(Value(text,
                  "machine_thread_siblings_count{core_id=\"0\",machine_id=\"abc\",node_id="
                  "\"0\",thread_id=\"3\"}"),
            2);
  EXPECT_EQ(Value(text, "machine_node_memory_capacity_bytes{machine_id=\"abc\",node_id=\"0\"}"),
            900 * 1024);
  EXPECT_EQ(Value(text,
                  "machine_node_hugepages_count{machine_id=\"abc\",node_id=\"0\",page_size="
                  "\"2048\"}"),
            5);
  EXPECT_EQ(Value(text,
                  "machine_node_distance{machine_id=\"abc\",node_id=\"0\",target_node_id="
                  "\"0\"}"),
            10);
}

}  // namespace
}  // namespace narthex::exporters
