// The parsers of filefd, netstat, pressure, sockstat, softnet and vmstat: small files of counters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/kit/netstat.h"
#include "exporters/kit/pressure.h"
#include "exporters/node/filefd.h"
#include "exporters/node/sockstat.h"
#include "exporters/node/softnet.h"
#include "exporters/node/vmstat.h"

namespace narthex::exporters {
namespace {

using testing::HasSubstr;

TEST(ParseFileNr, ReadsFirstAndThird) {
  const auto files = ParseFileNr("1024\t0\t1631329\n");
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->allocated, 1024);
  EXPECT_EQ(files->maximum, 1631329);
  for (const char* bad : {"", "1024", "1024 0", "a 0 1"})
    EXPECT_FALSE(ParseFileNr(bad).ok()) << bad;
}

TEST(ParseNetstat, PairsNamesWithValues) {
  const auto fields =
      ParseNetstat("Tcp: RtoAlgorithm MaxConn\nTcp: 1 -1\nUdp: InDatagrams\nUdp: 88542\n");
  ASSERT_TRUE(fields.ok());
  ASSERT_EQ(fields->size(), 3U);
  EXPECT_EQ((*fields)[1].protocol, "Tcp");
  EXPECT_EQ((*fields)[1].name, "MaxConn");
  EXPECT_EQ((*fields)[1].value, -1);
  EXPECT_EQ((*fields)[2].protocol, "Udp");
}

TEST(ParseNetstat, RefusesLinesThatAreNoPair) {
  for (const char* bad : {"Tcp: A\n", "Tcp: A\nUdp: 1\n", "Tcp: A B\nTcp: 1\n",
                          "Tcp: A\nTcp: 1 2\n", "Tcp: A\nTcp: x\n", "Tcp A\nTcp 1\n", "\n\n"}) {
    EXPECT_EQ(ParseNetstat(bad).code(), Code::kCorruption) << bad;
  }
}

TEST(ParseSnmp6, EndsTheProtocolWithTheSix) {
  const auto fields = ParseSnmp6("Ip6InOctets   \t460\nUdpLite6InErrors 2\nOther 1\n");
  ASSERT_TRUE(fields.ok());
  ASSERT_EQ(fields->size(), 2U);
  EXPECT_EQ((*fields)[0].protocol, "Ip6");
  EXPECT_EQ((*fields)[0].name, "InOctets");
  EXPECT_EQ((*fields)[1].protocol, "UdpLite6");
  EXPECT_FALSE(ParseSnmp6("Ip6InOctets\n").ok());
  EXPECT_FALSE(ParseSnmp6("Ip6InOctets many\n").ok());
}

TEST(ParsePressure, ReadsTotals) {
  const auto pressure = ParsePressure(
      "some avg10=0.18 avg60=0.34 avg300=0.10 total=159886802\n"
      "full avg10=0.18 avg60=0.34 avg300=0.10 total=159229614\n");
  ASSERT_TRUE(pressure.ok());
  EXPECT_EQ(pressure->some_us, 159886802);
  EXPECT_EQ(pressure->full_us, 159229614);
  EXPECT_EQ(ParsePressure("full avg10=0.00 total=7\n")->some_us, std::nullopt);
  EXPECT_FALSE(ParsePressure("some avg10=0.00\n").ok());
  EXPECT_FALSE(ParsePressure("some total=x\n").ok());
}

TEST(ParseSockstat, ReadsPairsBehindAProtocol) {
  const auto fields = ParseSockstat("sockets: used 229\nTCP: inuse 4 mem 1\n\n");
  ASSERT_TRUE(fields.ok());
  ASSERT_EQ(fields->size(), 3U);
  EXPECT_EQ((*fields)[0].protocol, "sockets");
  EXPECT_EQ((*fields)[2].state, "mem");
  EXPECT_EQ((*fields)[2].value, 1);
  for (const char* bad : {"TCP inuse 4\n", "TCP: inuse\n", "TCP: inuse x\n"})
    EXPECT_FALSE(ParseSockstat(bad).ok()) << bad;
}

TEST(ParseSoftnet, ReadsAsManyColumnsAsTheKernelHas) {
  const auto cpus = ParseSoftnet(
      "000000ff 1 2 0 0 0 0 0 3\n"
      "00000010 0 0 0 0 0 0 0 0 4 5\n"
      "ffffffff 0 0 0 0 0 0 0 0 4 5 6 00000007\n");
  ASSERT_TRUE(cpus.ok());
  ASSERT_EQ(cpus->size(), 3U);
  EXPECT_EQ((*cpus)[0].processed, 255U);
  EXPECT_EQ((*cpus)[0].dropped, 1U);
  EXPECT_EQ((*cpus)[0].times_squeezed, 2U);
  EXPECT_EQ((*cpus)[0].cpu_collision, 3U);
  EXPECT_EQ((*cpus)[1].cpu, 1U) << "its line's number";
  EXPECT_EQ((*cpus)[1].flow_limit_count, 5U);
  EXPECT_EQ((*cpus)[2].processed, UINT32_MAX);
  EXPECT_EQ((*cpus)[2].backlog_length, 6U);
  EXPECT_EQ((*cpus)[2].cpu, 7U);
}

TEST(ParseSoftnet, RefusesFewColumnsAndLargeNumbers) {
  EXPECT_THAT(ParseSoftnet("0 0 0 0 0 0 0 0\n").message(), HasSubstr("at least 9"));
  for (const char* bad : {"0 0 0 0 0 0 0 0 x\n", "100000000 0 0 0 0 0 0 0 0\n", "\n"})
    EXPECT_FALSE(ParseSoftnet(bad).ok()) << bad;
}

TEST(ParseVmstat, ReadsNamesAndNumbers) {
  const auto fields = ParseVmstat("pgpgin 7344136\noom_kill 0\n");
  ASSERT_TRUE(fields.ok());
  ASSERT_EQ(fields->size(), 2U);
  EXPECT_EQ((*fields)[0].name, "pgpgin");
  EXPECT_EQ((*fields)[0].value, 7344136);
  for (const char* bad : {"pgpgin\n", "pgpgin x\n", "\n"})
    EXPECT_FALSE(ParseVmstat(bad).ok()) << bad;
}

}  // namespace
}  // namespace narthex::exporters
