#include "server/promql/features.h"

#include <gtest/gtest.h>

namespace narthex::promql {
namespace {

TEST(Features, AreSwitchedOnByName) {
  EngineOptions options;
  EXPECT_TRUE(EnableFeature("promql-experimental-functions", options).ok());
  EXPECT_TRUE(EnableFeature("promql-delayed-name-removal", options).ok());
  EXPECT_TRUE(options.parser.experimental_functions);
  EXPECT_TRUE(options.features.delayed_name_removal);
  EXPECT_FALSE(options.parser.fill_modifiers);
  EXPECT_FALSE(options.features.start_timestamps);
  EXPECT_TRUE(EnableFeature("use-start-timestamps", options).ok());
  EXPECT_TRUE(options.features.start_timestamps);
}

TEST(Features, UnknownOnesAreRefused) {
  EngineOptions options;
  EXPECT_EQ(EnableFeature("promql-magic", options).message(),
            "feature \"promql-magic\" is not known");
}

}  // namespace
}  // namespace narthex::promql
