#include "server/promql/features.h"

#include <gtest/gtest.h>

namespace narthex::promql {
namespace {

TEST(Features, AreSwitchedOnByName) {
  EngineOptions options;
  EXPECT_TRUE(EnableFeatures({"promql-experimental-functions,promql-delayed-name-removal",
                              "promql-duration-expr"},
                             options)
                  .ok());
  EXPECT_TRUE(options.parser.experimental_functions);
  EXPECT_TRUE(options.features.delayed_name_removal);
  EXPECT_FALSE(options.parser.fill_modifiers);
}

TEST(Features, UnknownOnesAreRefused) {
  EngineOptions options;
  EXPECT_EQ(EnableFeatures({"promql-magic"}, options).message(),
            "feature \"promql-magic\" is not known");
}

}  // namespace
}  // namespace narthex::promql
