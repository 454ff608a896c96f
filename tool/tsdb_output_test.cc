#include "tool/tsdb_output.h"

#include <gtest/gtest.h>

#include <sstream>

namespace narthex::tool {
namespace {

TEST(TsdbOutput, PrintsSpansAsGoDoes) {
  EXPECT_EQ(SpanText(0), "0s");
  EXPECT_EQ(SpanText(15), "15ms");
  EXPECT_EQ(SpanText(1500), "1.5s");
  EXPECT_EQ(SpanText(60'000), "1m0s");
  EXPECT_EQ(SpanText(7'200'000), "2h0m0s");
  EXPECT_EQ(SpanText(3'600'001), "1h0m0.001s");
  EXPECT_EQ(SpanText(-90'000), "-1m30s");
}

TEST(TsdbOutput, PrintsTimesToTheMillisecond) {
  EXPECT_EQ(TimeText(1'700'000'000'007), "2023-11-14T22:13:20.007Z");
  EXPECT_EQ(TimeText(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(TimeText(INT64_MAX), "the end");
}

TEST(TsdbOutput, AlignsBlocksInColumns) {
  tsdb::BlockMeta meta{.ulid = "01M8GAA5NQ4AWAVKV0G34293XE",
                       .min_time_ms = 1'700'000'000'000,
                       .max_time_ms = 1'700'007'200'000};
  meta.stats = {.samples = 12, .series = 3, .chunks = 4};
  std::ostringstream plain;
  PrintBlocks(plain, {{meta, 1025}}, true, false);
  EXPECT_EQ(plain.str(),
            "BLOCK ULID                  MIN TIME       MAX TIME       DURATION     NUM SAMPLES  "
            "NUM CHUNKS   NUM SERIES   SIZE\n"
            "01M8GAA5NQ4AWAVKV0G34293XE  1700000000000  1700007200000  2h0m0s       12           "
            "4            3            1025\n");
  std::ostringstream human;
  PrintBlocks(human, {{meta, 1025}}, false, true);
  EXPECT_EQ(human.str(),
            "01M8GAA5NQ4AWAVKV0G34293XE  2023-11-14 22:13:20 +0000 UTC  2023-11-15 00:13:20 +0000 "
            "UTC  2h0m0s       12           4            3            1KiB1B\n");
}

}  // namespace
}  // namespace narthex::tool
