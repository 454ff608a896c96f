#include "common/config/go_duration.h"

#include <gtest/gtest.h>

namespace narthex {
namespace {

TEST(GoDuration, ReadsWhatGoWrites) {
  const std::pair<std::string_view, int64_t> kCases[] = {{"0", 0},
                                                         {"0s", 0},
                                                         {"1s", 1'000'000'000},
                                                         {"1.5s", 1'500'000'000},
                                                         {"250ms", 250'000'000},
                                                         {"1us", 1'000},
                                                         {"1\xc2\xb5s", 1'000},
                                                         {"1\xce\xbcs", 1'000},
                                                         {"7ns", 7},
                                                         {"1m30s", 90'000'000'000},
                                                         {"1h2m3.5s", 3'723'500'000'000}};
  for (const auto& [text, ns] : kCases) {
    GoDuration duration;
    EXPECT_TRUE(FromText(text, duration).ok()) << text;
    EXPECT_EQ(duration.ns, ns) << text;
  }
  GoDuration kept{5};
  for (const std::string_view text :
       {"", "1", "s", "1d", "1s2", "-1s", "1.2.3s", "3000000h", "1 s"})
    EXPECT_FALSE(FromText(text, kept).ok()) << text;
  EXPECT_EQ(kept.ns, 5);
}

TEST(GoDuration, WritesAsGo) {
  const std::pair<int64_t, std::string_view> kCases[] = {{0, "0s"},
                                                         {7, "7ns"},
                                                         {1'500, "1.5\xc2\xb5s"},
                                                         {250'000'000, "250ms"},
                                                         {15'000'000'000, "15s"},
                                                         {60'000'000'000, "1m0s"},
                                                         {3'723'500'000'000, "1h2m3.5s"}};
  for (const auto& [ns, text] : kCases) EXPECT_EQ(ToText(GoDuration{ns}), text);
}

}  // namespace
}  // namespace narthex
