#include "common/http_message/header_fields.h"

#include <gtest/gtest.h>

namespace narthex {
namespace {

TEST(HeaderFields, FindsTheEndOfAHeadWhereverItWasCut) {
  for (const std::string_view head : {"a\r\nb: c\r\n\r\n", "a\nb: c\n\n", "a\r\nb: c\n\r\n"}) {
    const std::string text = std::string(head) + "body\n\n";
    for (size_t scanned = 0; scanned < head.size(); ++scanned) {
      EXPECT_EQ(FindHeadEnd(text.substr(0, scanned), 0), 0U) << scanned;
      EXPECT_EQ(FindHeadEnd(text, scanned), head.size()) << scanned;
    }
  }
}

TEST(HeaderFields, ReadsAField) {
  const auto field = ParseHeaderField("X-A:\t b c ");
  ASSERT_TRUE(field.ok());
  EXPECT_EQ(field->name, "X-A");
  EXPECT_EQ(field->value, "b c");
  for (const std::string_view broken : {"X A: b", "X : b", "", ":", " folded", "X: a\1"})
    EXPECT_EQ(ParseHeaderField(broken).code(), Code::kInvalidArgument) << broken;
}

TEST(HeaderFields, ReadsLengthsAndChunkSizes) {
  EXPECT_EQ(*ParseContentLength("12"), 12U);
  for (const std::string_view broken : {"", "-1", "+1", "1 2", "0x1", "99999999999999999999"})
    EXPECT_FALSE(ParseContentLength(broken).ok()) << broken;
  EXPECT_EQ(ParseChunkSize("fF ; name=value"), 255U);
  for (const std::string_view broken : {"", ";", "-1", "0x1", "g", "11111111111111111"})
    EXPECT_EQ(ParseChunkSize(broken), std::nullopt) << broken;
}

TEST(HeaderFields, FindsAWordInAList) {
  EXPECT_TRUE(ListNames("Upgrade, CLOSE", "close"));
  EXPECT_FALSE(ListNames("closed", "close"));
  EXPECT_FALSE(ListNames("", "close"));
}

}  // namespace
}  // namespace narthex
