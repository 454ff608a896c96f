#include "common/openmetrics/escaping.h"

#include <gtest/gtest.h>

namespace narthex::openmetrics {
namespace {

struct Case {
  const char* name;
  const char* underscores;
  const char* dots;
  const char* values;
};

constexpr Case kCases[] = {
    {"", "", "", ""},
    {"plain:a_b", "plain:a_b", "plain:a__b", "plain:a_b"},
    {"db.pool.size:sum", "db_pool_size:sum", "db_dot_pool_dot_size:sum",
     "U__db_2e_pool_2e_size:sum"},
    {"a_b c", "a_b_c", "a__b__c", "U__a__b_20_c"},
    {"1up", "_up", "__up", "U___31_up"},
    {"café😀", "caf__", "caf____", "U__caf_e9__1f600_"},
};

TEST(EscapeName, FollowsTheScheme) {
  for (const Case& c : kCases) {
    EXPECT_EQ(EscapeName(c.name, Escaping::kUnderscores), c.underscores);
    EXPECT_EQ(EscapeName(c.name, Escaping::kDots), c.dots);
    EXPECT_EQ(EscapeName(c.name, Escaping::kValues), c.values);
    EXPECT_EQ(EscapeName(c.name, Escaping::kAllowUtf8), c.name);
  }
}

TEST(Escaped, TouchesOnlyNamesThatNeedIt) {
  MetricFamily family{"a.b", Type::kGauge, "h", "", {}};
  family.metrics.push_back({{{"c_d", "x.y"}, {"e.f", "z"}}, 1.0, {}});
  EXPECT_TRUE(NeedsEscaping(family));
  const MetricFamily escaped = Escaped(family, Escaping::kDots);
  EXPECT_EQ(escaped.name, "a_dot_b");
  EXPECT_EQ(escaped.metrics[0].labels[0], (LabelPair{"c_d", "x.y"}));
  EXPECT_EQ(escaped.metrics[0].labels[1], (LabelPair{"e_dot_f", "z"}));
  EXPECT_FALSE(NeedsEscaping(escaped));
}

TEST(UnescapeValues, UndoesTheEscapingByValues) {
  for (const char* name :
       {"a.b", "mysystem.prod.west.cpu.load", "\xc3\xa4", "a_b.c", "\xf0\x9f\x94\xa5 x"}) {
    EXPECT_EQ(UnescapeValues(EscapeName(name, Escaping::kValues)), name);
  }
  EXPECT_EQ(UnescapeValues("U__a_2E_b"), "a.b");
  for (const char* name : {"plain_name", "U__a_b", "U__a_", "U__a_2", "U__a_xyz_", "U__a_d800_",
                           "U__a_110000_", "U__a_1234567_"}) {
    EXPECT_EQ(UnescapeValues(name), name);
  }
}

}  // namespace
}  // namespace narthex::openmetrics
