// Whole collectors on a small tree of the kernel's files, written by hand.
#include "exporters/node/collectors.h"
#include "exporters/kit/fake_tree.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

namespace narthex::exporters {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string CpuSeconds(int cpu, const std::string& mode) {
  return "node_cpu_seconds_total{cpu=\"" + std::to_string(cpu) + "\",mode=\"" + mode + "\"}";
}

class CpuTest : public testing::Test {
 protected:
  CpuTest() { tree_.Write("sys/devices/system/cpu/cpu0/topology/core_id", "0\n"); }

  FakeTree tree_;
};

// user, nice, system, idle, iowait …: kernels let idle and iowait fall a little.
TEST_F(CpuTest, NeverLetsACounterFall) {
  Exporter cpu(NewCpuCollector(tree_.paths()));
  tree_.Write("proc/stat", "cpu0 1000 0 500 9000 700 0 0 0 0 0\n");
  cpu.Scrape();
  tree_.Write("proc/stat", "cpu0 1100 0 500 8990 600 0 0 0 0 0\n");
  const std::string second = cpu.Scrape();
  EXPECT_EQ(Value(second, CpuSeconds(0, "user")), 11);
  EXPECT_EQ(Value(second, CpuSeconds(0, "idle")), 90);
  EXPECT_EQ(Value(second, CpuSeconds(0, "iowait")), 7);
  tree_.Write("proc/stat", "cpu0 1100 0 500 9010 710 0 0 0 0 0\n");
  const std::string third = cpu.Scrape();
  EXPECT_EQ(Value(third, CpuSeconds(0, "idle")), 90.1);
  EXPECT_EQ(Value(third, CpuSeconds(0, "iowait")), 7.1);
}

TEST_F(CpuTest, StartsACpuAnewWhoseIdleTimeFellByThreeSeconds) {
  Exporter cpu(NewCpuCollector(tree_.paths()));
  tree_.Write("proc/stat", "cpu0 1000 0 0 9000 0 0 0 0 0 0\ncpu1 1000 0 0 9000 0 0 0 0 0 0\n");
  cpu.Scrape();
  tree_.Write("proc/stat", "cpu0 10 0 0 8701 0 0 0 0 0 0\ncpu1 10 0 0 8700 0 0 0 0 0 0\n");
  const std::string out = cpu.Scrape();
  EXPECT_EQ(Value(out, CpuSeconds(0, "user")), 10);  // 2.99 s: noise
  EXPECT_EQ(Value(out, CpuSeconds(0, "idle")), 90);
  EXPECT_EQ(Value(out, CpuSeconds(1, "user")), 0.1);
  EXPECT_EQ(Value(out, CpuSeconds(1, "idle")), 87);
}

TEST_F(CpuTest, ShowsAllTogetherOnRequest) {
  Exporter cpu(NewCpuCollector(tree_.paths()), {"--collector.cpu.aggregate"});
  tree_.Write("proc/stat",
              "cpu  300 0 0 9000 0 0 0 0 50 0\ncpu0 100 0 0 4000 0 0 0 0 20 0\n"
              "cpu1 200 0 0 5000 0 0 0 0 30 0\n");
  const std::string out = cpu.Scrape();
  EXPECT_EQ(Value(out, R"(node_cpu_seconds_total{cpu="all",mode="user"})"), 3);
  EXPECT_EQ(Value(out, R"(node_cpu_guest_seconds_total{cpu="all",mode="user"})"), 0.5);
  EXPECT_THAT(out, Not(HasSubstr("cpu=\"0\"")));
  tree_.Write("proc/stat", "cpu  301 0 0 8990 0 0 0 0 50 0\ncpu0 101 0 0 3990 0 0 0 0 20 0\n");
  EXPECT_EQ(Value(cpu.Scrape(), R"(node_cpu_seconds_total{cpu="all",mode="idle"})"), 90);
}

TEST_F(CpuTest, ForgetsACpuThatWasTakenOut) {
  Exporter cpu(NewCpuCollector(tree_.paths()));
  tree_.Write("proc/stat", "cpu0 1 0 0 1 0 0 0 0 0 0\ncpu1 1000 0 0 100 0 0 0 0 0 0\n");
  cpu.Scrape();
  tree_.Write("proc/stat", "cpu0 1 0 0 1 0 0 0 0 0 0\n");
  EXPECT_THAT(cpu.Scrape(), Not(HasSubstr("cpu=\"1\"")));
  tree_.Write("proc/stat", "cpu0 1 0 0 1 0 0 0 0 0 0\ncpu1 1 0 0 1 0 0 0 0 0 0\n");
  EXPECT_EQ(Value(cpu.Scrape(), CpuSeconds(1, "user")), 0.01);
}

TEST_F(CpuTest, ShowsThrottlesOncePerCoreAndPackage) {
  for (const char* cpu : {"cpu0", "cpu1"}) {
    const std::string folder = std::string("sys/devices/system/cpu/") + cpu;
    tree_.Write(folder + "/topology/physical_package_id", "0\n");
    tree_.Write(folder + "/topology/core_id", "0\n");
    tree_.Write(folder + "/thermal_throttle/core_throttle_count", "5\n");
    tree_.Write(folder + "/thermal_throttle/package_throttle_count", "30\n");
  }
  tree_.Write("proc/stat", "cpu0 1 0 0 1 0 0 0 0 0 0\n");
  const std::string out = Exporter(NewCpuCollector(tree_.paths())).Scrape();
  EXPECT_EQ(Value(out, "node_cpu_core_throttles_total{core=\"0\",package=\"0\"}"), 5);
  EXPECT_EQ(Value(out, "node_cpu_package_throttles_total{package=\"0\"}"), 30);
}

// Virtual machines have no throttle counts, old kernels no list of isolated CPUs.
TEST_F(CpuTest, DoesWithoutOptionalFiles) {
  tree_.Write("proc/stat", "cpu0 1 0 0 1 0 0 0 0 0 0\n");
  Exporter cpu(NewCpuCollector(tree_.paths()), {"--no-collector.cpu.guest"});
  const std::string out = cpu.Scrape();
  EXPECT_TRUE(cpu.status.ok()) << cpu.status.message();
  EXPECT_THAT(out, AllOf(HasSubstr("mode=\"steal\""), Not(HasSubstr("throttles")),
                         Not(HasSubstr("isolated")), Not(HasSubstr("cpu_online")),
                         Not(HasSubstr("guest"))));
}

TEST_F(CpuTest, ShowsIsolatedAndOfflineCpus) {
  tree_.Write("proc/stat", "cpu0 1 0 0 1 0 0 0 0 0 0\n");
  tree_.Write("sys/devices/system/cpu/isolated", "1,3-4\n");
  tree_.Write("sys/devices/system/cpu/cpu0/online", "1\n");
  tree_.Write("sys/devices/system/cpu/cpu1/online", "0\n");
  tree_.Write("sys/devices/system/cpu/cpufreq/boost", "1\n");
  const std::string out = Exporter(NewCpuCollector(tree_.paths())).Scrape();
  EXPECT_EQ(Value(out, "node_cpu_isolated{cpu=\"4\"}"), 1);
  EXPECT_EQ(Value(out, "node_cpu_online{cpu=\"0\"}"), 1);
  EXPECT_EQ(Value(out, "node_cpu_online{cpu=\"1\"}"), 0);
}

TEST_F(CpuTest, FailsWithTheLineThatItCouldNotRead) {
  tree_.Write("proc/stat", "cpu0 one two\n");
  Exporter cpu(NewCpuCollector(tree_.paths()));
  cpu.Scrape();
  EXPECT_EQ(cpu.status.message(), "stat: want numbers, got \"cpu0 one two\"");
}

TEST(DiskstatsCollector, NamesDisksByUdevAndLeavesPartitions) {
  FakeTree tree;
  tree.Write("proc/diskstats",
             "8 0 sda 1 2 3 4000 5 6 7 8\n8 1 sda1 1 2 3 4 5 6 7 8\n254 0 vda 1 2 3 4 5 6 7 8 9\n");
  tree.Write("udev/b8:0",
             "E:ID_MODEL=DISK \"X\"\nE:ID_SERIAL=long\nE:ID_SERIAL_SHORT=short\nE:ID_ATA=1\n"
             "E:ID_ATA_ROTATION_RATE_RPM=7200\nE:ID_FS_TYPE=ext4\n");
  tree.Write("sys/block/sda/queue/rotational", "1\n");
  Exporter disks(NewDiskstatsCollector(tree.paths()));
  const std::string out = disks.Scrape();
  EXPECT_TRUE(disks.status.ok());
  EXPECT_EQ(Value(out, "node_disk_read_bytes_total{device=\"sda\"}"), 3 * 512);
  EXPECT_EQ(Value(out, "node_disk_read_time_seconds_total{device=\"sda\"}"), 4);
  EXPECT_EQ(Value(out, "node_disk_io_now{device=\"vda\"}"), 9);
  EXPECT_EQ(Value(out, "node_disk_ata_rotation_rate_rpm{device=\"sda\"}"), 7200);
  EXPECT_THAT(out, AllOf(HasSubstr(R"(model="DISK \"X\"")"), HasSubstr("serial=\"short\""),
                         HasSubstr("type=\"ext4\""),
                         HasSubstr("device=\"vda\",major=\"254\",minor=\"0\",model=\"\""),
                         Not(HasSubstr("sda1"))));
}

TEST(FilesystemCollector, AsksBelowTheHostsRootAndShowsItsPaths) {
  FakeTree tree;
  std::filesystem::create_directory(tree.root() + "/host");
  std::filesystem::create_directory(tree.root() + "/host/data");
  tree.Write("proc/1/mountinfo", "1 0 8:1 / " + tree.root() + "/host rw - ext4 /dev/sda1 rw\n" +
                                     "2 1 8:2 / " + tree.root() +
                                     "/host/data ro - xfs /dev/sdb1 rw\n" + "3 1 8:2 / " +
                                     tree.root() + "/host/data ro - xfs /dev/sdb1 rw\n");
  tree.paths().root = Directory(tree.root() + "/host");
  Exporter filesystem(NewFilesystemCollector(tree.paths()));
  const std::string out = filesystem.Scrape();
  ASSERT_TRUE(filesystem.status.ok());
  EXPECT_EQ(
      Value(
          out,
          R"(node_filesystem_readonly{device="/dev/sda1",device_error="",fstype="ext4",mountpoint="/"})"),
      0);
  EXPECT_EQ(
      Value(
          out,
          R"(node_filesystem_readonly{device="/dev/sdb1",device_error="",fstype="xfs",mountpoint="/data"})"),
      1);
  EXPECT_GT(
      Value(
          out,
          R"(node_filesystem_size_bytes{device="/dev/sda1",device_error="",fstype="ext4",mountpoint="/"})"),
      0);
}

// A host root of /host says nothing of /hostile.
TEST(FilesystemCollector, TakesTheRootAwayAtWholeNamesOnly) {
  FakeTree tree;
  const std::string root = tree.root() + "/host";
  tree.Write("proc/1/mountinfo", "1 0 8:1 / " + root + "ile rw - ext4 /dev/sda1 rw\n");
  tree.paths().root = Directory(root);
  const std::string out = Exporter(NewFilesystemCollector(tree.paths())).Scrape();
  EXPECT_THAT(out, HasSubstr("mountpoint=\"" + root + "ile\""));
}

TEST(FilesystemCollector, SaysWhyAMountCouldNotBeAskedAndGoesOn) {
  FakeTree tree;
  tree.Write("proc/1/mountinfo", "1 0 8:1 / " + tree.root() +
                                     "/gone rw - ext4 /dev/sda1 rw\n"
                                     "2 0 8:2 / / rw - ext4 /dev/sdb1 rw\n");
  Exporter filesystem(NewFilesystemCollector(tree.paths()));
  const std::string out = filesystem.Scrape();
  EXPECT_TRUE(filesystem.status.ok());
  EXPECT_THAT(
      out,
      AllOf(HasSubstr("device_error=\"no such file or directory\",fstype=\"ext4\",mountpoint=\"" +
                      tree.root() + "/gone\"} 1\n"),
            HasSubstr("node_filesystem_size_bytes{device=\"/dev/sdb1\""),
            Not(HasSubstr("node_filesystem_size_bytes{device=\"/dev/sda1\""))));
}

TEST(FilesystemCollector, ReadsItsOwnMountsWhereProcessOneIsHidden) {
  FakeTree tree;
  tree.Write("proc/self/mountinfo", "2 0 8:2 / / rw - ext4 /dev/sdb1 rw\n");
  EXPECT_THAT(Exporter(NewFilesystemCollector(tree.paths())).Scrape(),
              HasSubstr("mountpoint=\"/\""));
}

TEST(TimeCollector, ShowsEachClockSourceAndTheOneInUse) {
  FakeTree tree;
  tree.Write("sys/devices/system/clocksource/clocksource0/available_clocksource",
             "tsc hpet acpi_pm \n");
  tree.Write("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
  const std::string out = Exporter(NewTimeCollector(tree.paths())).Scrape();
  EXPECT_EQ(Value(out, R"(node_time_clocksource_available_info{clocksource="acpi_pm",device="0"})"),
            1);
  EXPECT_EQ(Value(out, R"(node_time_clocksource_current_info{clocksource="tsc",device="0"})"), 1);
}

class TextfileTest : public testing::Test {
 protected:
  std::string Scrape(const std::vector<std::string>& folders,
                     std::vector<std::string> arguments = {}) {
    for (const std::string& folder : folders)
      arguments.push_back("--collector.textfile.directory=" + tree_.root() + "/" + folder);
    Exporter textfile(NewTextfileCollector(tree_.paths()), arguments);
    std::string out = textfile.Scrape();
    EXPECT_TRUE(textfile.status.ok()) << "a fault of others is no failure of ours";
    return out;
  }
  std::string About(const std::string& metric, const std::string& file) const {
    return "node_textfile_" + metric + "{file=\"" + tree_.root() + "/" + file + "\"}";
  }

  FakeTree tree_;
};

TEST_F(TextfileTest, LeavesOldFilesOutWhereThereIsALimit) {
  tree_.Write("t/new.prom", "new 1\n");
  tree_.Write("t/old.prom", "old 2\n");
  const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (tree_.root() + "/t/old.prom").c_str(), times, 0), 0);
  const std::string out = Scrape({"t"}, {"--collector.textfile.max-age=1h"});
  EXPECT_EQ(Value(out, "new"), 1);
  EXPECT_THAT(
      out, AllOf(Not(HasSubstr("\nold ")), Not(HasSubstr(About("mtime_seconds", "t/old.prom")))));
  EXPECT_EQ(Value(out, About("file_stale", "t/old.prom")), 1);
  EXPECT_EQ(Value(out, About("file_stale", "t/new.prom")), 0);
  EXPECT_EQ(Value(out, About("file_error", "t/old.prom")), 0);
  EXPECT_THAT(Scrape({"t"}), AllOf(HasSubstr("\nold 2"), Not(HasSubstr("file_stale"))));
}

TEST_F(TextfileTest, ReadsAFileAgainOnlyOnceItHasChanged) {
  tree_.Write("t/a.prom", "a 1\n");
  const std::string path = tree_.root() + "/t/a.prom";
  Exporter textfile(NewTextfileCollector(tree_.paths()),
                    {"--collector.textfile.directory=" + tree_.root() + "/t"});
  EXPECT_EQ(Value(textfile.Scrape(), "a"), 1);
  EXPECT_EQ(Value(textfile.Scrape(), "a"), 1);
  std::filesystem::remove(path);
  EXPECT_THAT(textfile.Scrape(), Not(HasSubstr("\na ")));
  for (const char* value : {"2", "33"}) {  // another file, then the same with another size
    tree_.Write("t/a.prom", std::string("a ") + value + "\n");
    EXPECT_THAT(textfile.Scrape(), HasSubstr(std::string("\na ") + value + "\n"));
  }
}

TEST_F(TextfileTest, SaysWhichFileHasAFaultAndShowsTheRestOfIt) {
  tree_.Write("t/good.prom", "good 1\n");
  tree_.Write("t/half.prom", "half 2\nbroken{x=\"} 3\n");
  tree_.Write("t/other.txt", "no metric\n");
  const std::string out = Scrape({"t"});
  EXPECT_EQ(Value(out, "good"), 1);
  EXPECT_EQ(Value(out, "half"), 2);
  EXPECT_EQ(Value(out, "node_textfile_scrape_error"), 1);
  EXPECT_EQ(Value(out, About("file_error", "t/good.prom")), 0);
  EXPECT_EQ(Value(out, About("file_error", "t/half.prom")), 1);
  EXPECT_GT(Value(out, About("mtime_seconds", "t/good.prom")), 0);
  EXPECT_THAT(out, AllOf(Not(HasSubstr(About("mtime_seconds", "t/half.prom"))),
                         Not(HasSubstr("other.txt")), Not(HasSubstr("broken"))));
}

TEST_F(TextfileTest, JoinsFamiliesOfSeveralFilesButNoSeriesTwice) {
  tree_.Write("t/a.prom", "# TYPE x counter\nx{f=\"a\"} 1\nx 2\n");
  tree_.Write("u/b.prom", "# TYPE x counter\nx{f=\"b\"} 3\nx{f=\"\"} 4\n");
  tree_.Write("u/c.prom", "x{f=\"c\"} 5\n");  // of another type
  const std::string out = Scrape({"t/", "[u]"});
  EXPECT_EQ(Value(out, "x{f=\"a\"}"), 1);
  EXPECT_EQ(Value(out, "x{f=\"b\"}"), 3);
  EXPECT_EQ(Value(out, "x{f=\"\"}"), 2);
  EXPECT_THAT(out, AllOf(HasSubstr("# HELP x Metric read from " + tree_.root() + "/t/a.prom, " +
                                   tree_.root() + "/u/b.prom\n"),
                         Not(HasSubstr("f=\"c\""))));
  EXPECT_EQ(Value(out, About("file_error", "t/a.prom")), 0);
  EXPECT_EQ(Value(out, About("file_error", "u/b.prom")), 1);
  EXPECT_EQ(Value(out, About("file_error", "u/c.prom")), 1);
}

// What would hang, or could not be told from our own.
TEST_F(TextfileTest, RefusesPipesFoldersAndItsOwnNames) {
  tree_.Write("t/own.prom", "node_textfile_scrape_error 0\nfine 1\n");
  ASSERT_EQ(::mkfifo((tree_.root() + "/t/pipe.prom").c_str(), 0600), 0);
  std::filesystem::create_directory(tree_.root() + "/t/folder.prom");
  const std::string out = Scrape({"t", "nowhere"});
  EXPECT_EQ(Value(out, "fine"), 1);
  EXPECT_EQ(Value(out, "node_textfile_scrape_error"), 1);
  for (const char* file : {"t/own.prom", "t/pipe.prom", "t/folder.prom"})
    EXPECT_EQ(Value(out, About("file_error", file)), 1) << file;
}

TEST_F(TextfileTest, ShowsHistogramsAndSummariesWhole) {
  tree_.Write("t/a.prom",
              "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_count 3\nh_sum 4.5\n"
              "# TYPE s summary\ns{quantile=\"0.5\"} 2\n");
  const std::string out = Scrape({"t"});
  EXPECT_EQ(Value(out, "h_bucket{le=\"+Inf\"}"), 3);
  EXPECT_EQ(Value(out, "h_sum"), 4.5);
  EXPECT_EQ(Value(out, "s{quantile=\"0.5\"}"), 2);
  EXPECT_EQ(Value(out, "s_count"), 0);
}

// As kernels do that were built without version 2.
TEST(NfsdCollector, ShowsZerosForVersionsThatTheKernelLacks) {
  FakeTree tree;
  tree.Write("proc/net/rpc/nfsd",
             "rc 0 6 18622\nproc3 22 2 112 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
  const std::string out = Exporter(NewNfsdCollector(tree.paths())).Scrape();
  EXPECT_EQ(Value(out, R"(node_nfsd_requests_total{method="GetAttr",proto="3"})"), 112);
  EXPECT_EQ(Value(out, R"(node_nfsd_requests_total{method="GetAttr",proto="2"})"), 0);
  EXPECT_EQ(Value(out, R"(node_nfsd_requests_total{method="GetAttr",proto="4"})"), 0);
}

// Every collector on an empty tree reports that its source is absent; none invents samples.
// These need no source, or are content with a machine that has none of what they show.
const std::set<std::string_view> kContent = {"bcache",        "btrfs",   "cpu_vulnerabilities",
                                             "dmmultipath",   "drm",     "edac",
                                             "ksmd",          "lnstat",  "meminfo_numa",
                                             "network_route", "qdisc",   "selinux",
                                             "sysctl",        "tcpstat", "textfile",
                                             "thermal_zone",  "timex",   "uname",
                                             "wifi",          "xfs"};

TEST(NodeCollectors, SayWhichSourceIsAbsent) {
  FakeTree tree;
  tree.paths().root = Directory(tree.root());
  for (const CollectorRow& row : NodeCollectors()) {
    std::vector<std::string> arguments;
    if (row.name == "arp") arguments.emplace_back("--no-collector.arp.netlink");
    if (row.name == "netdev") arguments.emplace_back("--no-collector.netdev.netlink");
    if (row.name == "process_groups")
      arguments.emplace_back("--collector.process_groups.rule=a:name=b");
    Exporter exporter(row.make(tree.paths()), arguments);
    const std::string out = exporter.Scrape();
    if (row.name == "logind" || row.name == "systemd") {  // they ask the bus of the machine
      EXPECT_TRUE(exporter.status.ok() || exporter.status.code() == Code::kUnavailable ||
                  exporter.status.code() == Code::kNotFound)
          << exporter.status.message();
      continue;
    }
    if (kContent.contains(row.name)) {
      EXPECT_TRUE(exporter.status.ok() || exporter.status.code() == Code::kNoData)
          << row.name << ": " << exporter.status.message();
      continue;
    }
    if (exporter.status.code() != Code::kNoData) {  // whose message is the collector's own
      EXPECT_EQ(exporter.status.code(), Code::kNotFound)
          << row.name << ": " << exporter.status.message();
      EXPECT_THAT(exporter.status.message(), HasSubstr(tree.root())) << row.name;
    }
    EXPECT_TRUE(row.name == "time" || row.name == "processes" ||
                out.find("\nnode_") == std::string::npos)
        << row.name << ":\n"
        << out;
  }
}

}  // namespace
}  // namespace narthex::exporters
