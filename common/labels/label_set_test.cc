#include "common/labels/label_set.h"

#include <gtest/gtest.h>

namespace narthex {
namespace {

TEST(LabelSet, SortsDropsEmptyValuesAndFindsByName) {
  const LabelSet labels = LabelSet::Of({{"job", "node"}, {"__name__", "up"}, {"gone", ""}});
  EXPECT_EQ(labels.size(), 2U);
  EXPECT_EQ((*labels.begin()).name, "__name__");
  EXPECT_EQ(labels.Get("job"), "node");
  EXPECT_EQ(labels.Get("gone"), "");
  EXPECT_EQ(labels.ToString(), "up{job=\"node\"}");
}

TEST(LabelSet, IsEqualAndHashesAlikeWhateverTheOrderOfMaking) {
  const LabelSet a = LabelSet::Of({{"a", "1"}, {"b", "2"}});
  const LabelSet b = LabelSet::Of({{"b", "2"}, {"a", "1"}});
  EXPECT_EQ(a, b);
  EXPECT_EQ(a.Hash(), b.Hash());
}

TEST(LabelSet, OrdersByNameThenValueThenLength) {
  EXPECT_LT(LabelSet::Of({{"a", "1"}}), LabelSet::Of({{"a", "2"}}));
  EXPECT_LT(LabelSet::Of({{"a", "2"}}), LabelSet::Of({{"b", "1"}}));
  EXPECT_LT(LabelSet::Of({{"a", "1"}}), LabelSet::Of({{"a", "1"}, {"b", "1"}}));
  // Sizes in the encoding must not decide.
  EXPECT_LT(LabelSet::Of({{"a", "bbb"}}), LabelSet::Of({{"a", "c"}}));
}

TEST(LabelSet, KeepsLongValues) {
  const std::string value(100'000, 'x');
  EXPECT_EQ(LabelSet::Of({{"a", value}, {"b", "1"}}).Get("a"), value);
  EXPECT_EQ(LabelSet::Of({{"a", value}, {"b", "1"}}).Get("b"), "1");
}

TEST(LabelSet, PrintsWhatNeedsQuotesWithQuotes) {
  EXPECT_EQ(LabelSet::Of({{"__name__", "a.b"}, {"c d", "x\"\n\\"}}).ToString(),
            R"({"a.b", "c d"="x\"\n\\"})");
  EXPECT_EQ(LabelSet().ToString(), "{}");
}

TEST(LabelSetBuilder, ReplacesAddsAndRemoves) {
  const LabelSet base = LabelSet::Of({{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(LabelSetBuilder(base).Set("a", "x").Remove("b").Set("c", "3").Build(),
            LabelSet::Of({{"a", "x"}, {"c", "3"}}));
  EXPECT_EQ(LabelSetBuilder(base).Set("a", "").Build(), LabelSet::Of({{"b", "2"}}));
}

TEST(Names, TellLegacyFromUtf8) {
  EXPECT_TRUE(IsLegacyMetricName("a:b_1"));
  EXPECT_FALSE(IsLegacyLabelName("a:b"));
  EXPECT_FALSE(IsLegacyMetricName("1a"));
  EXPECT_FALSE(IsLegacyMetricName(""));
}

TEST(IsValidUtf8, RefusesOverlongSurrogatesAndCutSequences) {
  EXPECT_TRUE(IsValidUtf8("plain ascii text, long enough"));
  EXPECT_TRUE(IsValidUtf8("żółw 🐢"));
  for (const char* bad :
       {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", "\xff"}) {
    EXPECT_FALSE(IsValidUtf8(bad));
  }
}

}  // namespace
}  // namespace narthex
