#include "common/client/registry.h"

#include <gtest/gtest.h>

#include <thread>

namespace narthex {
namespace {

std::string Exposition(const Registry& registry) {
  openmetrics::ExpositionWriter writer(openmetrics::Format::kText);
  registry.Write(writer);
  std::string out;
  writer.Finish(out);
  return out;
}

TEST(Registry, ShowsCountersGaugesAndFamilies) {
  Registry registry;
  registry.AddCounter("a_total", "A.").Add(2);
  registry.AddGauge("b", "B.").Set(-1);
  CounterFamily& family = registry.AddCounterFamily("c_total", "C.", {"x", "y"});
  family.With({"1", "2"}).Add();
  family.With({"1", "2"}).Add();
  EXPECT_EQ(Exposition(registry),
            "# HELP a_total A.\n# TYPE a_total counter\na_total 2\n"
            "# HELP b B.\n# TYPE b gauge\nb -1\n"
            "# HELP c_total C.\n# TYPE c_total counter\nc_total{x=\"1\",y=\"2\"} 2\n");
}

TEST(Histogram, CountsCumulativelyUpToAndIncludingEachBound) {
  Registry registry;
  Histogram& histogram = registry.AddHistogram("h", "H.", {0.5, 1});
  for (double value : {0.5, 0.6, 2.0}) histogram.Observe(value);
  EXPECT_EQ(Exposition(registry),
            "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"1\"} 2\n"
            "h_bucket{le=\"+Inf\"} 3\nh_sum 3.1\nh_count 3\n");
}

TEST(Registry, ShowsFamiliesOfHistogramsAndSummaries) {
  Registry registry;
  registry.AddHistogramFamily("h", "H.", {"x"}, {1}).With({"a"}).Observe(0.5);
  registry.AddSummaryFamily("s", "S.", {"x"}, {}).With({"b"}).Observe(2);
  EXPECT_EQ(Exposition(registry),
            "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\",x=\"a\"} 1\n"
            "h_bucket{le=\"+Inf\",x=\"a\"} 1\nh_sum{x=\"a\"} 0.5\nh_count{x=\"a\"} 1\n"
            "# HELP s S.\n# TYPE s summary\ns_sum{x=\"b\"} 2\ns_count{x=\"b\"} 1\n");
}

TEST(Counter, LosesNothingBetweenThreads) {
  Counter counter;
  std::thread other([&] {
    for (int i = 0; i < 10000; ++i) counter.Add();
  });
  for (int i = 0; i < 10000; ++i) counter.Add();
  other.join();
  EXPECT_EQ(counter.value(), 20000);
}

TEST(ProcessMetrics, TellOfThisProcess) {
  Registry registry;
  AddProcessMetrics(registry, "test");
  const std::string text = Exposition(registry);
  for (const char* name : {"process_cpu_seconds_total ", "process_open_fds ", "process_max_fds ",
                           "process_resident_memory_bytes ", "process_start_time_seconds ",
                           "test_build_info{version=\""}) {
    EXPECT_NE(text.find(std::string("\n") + name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace narthex
