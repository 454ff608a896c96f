#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/perf_event.h>

#include <filesystem>
#include <fstream>

#include "common/fs/temporary_folder.h"
#include "exporters/node/perf_events.h"

namespace narthex::exporters {
namespace {

using testing::HasSubstr;

TEST(ChoosePerfMetrics, TakesThoseThatAreNamed) {
  const auto chosen = ChoosePerfMetrics(HardwarePerfMetrics(), {"RefCpuCycles", "CpuInstr"});
  ASSERT_TRUE(chosen.ok());
  ASSERT_EQ(chosen->size(), 2U);
  EXPECT_EQ((*chosen)[0].name, "node_perf_instructions_total");
  EXPECT_EQ((*chosen)[1].name, "node_perf_ref_cpucycles_total");
  EXPECT_EQ(ChoosePerfMetrics(CachePerfMetrics(), {})->size(), 16U);
}

TEST(ChoosePerfMetrics, NamesWhatItDoesNotKnow) {
  const auto refused = ChoosePerfMetrics(SoftwarePerfMetrics(), {"PageFaults"});
  EXPECT_EQ(refused.code(), Code::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("\"PageFaults\", want one of PageFault, "));
}

TEST(TracepointMetric, TakesTheNumberFromTracefs) {
  const TemporaryFolder folder;
  const auto event = folder.path() / "kernel/debug/tracing/events/sched/sched_switch";
  std::filesystem::create_directories(event);
  std::ofstream(event / "id") << "317\n";
  const Directory sys(folder.path().string());
  const auto metric = TracepointMetric(sys, "sched:sched_switch");
  ASSERT_TRUE(metric.ok()) << metric.message();
  EXPECT_EQ(metric->name, "node_perf_sched_sched_switch");
  EXPECT_EQ(metric->event.type, static_cast<uint32_t>(PERF_TYPE_TRACEPOINT));
  EXPECT_EQ(metric->event.config, 317U);
  EXPECT_EQ(TracepointMetric(sys, "sched:absent").code(), Code::kUnavailable);
  for (const char* bad : {"", "sched", ":x", "a:", "a:b:c", "../a:b", "a:b/c"}) {
    EXPECT_EQ(TracepointMetric(sys, bad).code(), Code::kInvalidArgument) << bad;
  }
}

TEST(PerfCounter, SaysWhenTheCpuIsAbsent) {
  EXPECT_EQ(PerfCounter::Open(SoftwarePerfMetrics().front().event, 65'000).code(),
            Code::kUnavailable);
}

}  // namespace
}  // namespace narthex::exporters
