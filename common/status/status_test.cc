#include "common/status/status.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace narthex {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return InvalidArgument("odd number ", std::to_string(n));
  return n / 2;
}

Result<int> Quarter(int n) {
  ASSIGN_OR_RETURN(const int half, Half(n));
  return Half(half).Prefixed("second halving");
}

TEST(Status, IsOkByDefaultAndOnePointerLarge) {
  EXPECT_TRUE(Status().ok());
  EXPECT_EQ(sizeof(Status), sizeof(void*));
}

TEST(Status, GainsContextFromOutermostToFinding) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(Quarter(3).message(), "odd number 3");
  EXPECT_EQ(Quarter(6).message(), "second halving: odd number 3");
  EXPECT_EQ(Quarter(6).code(), Code::kInvalidArgument);
}

TEST(Status, TellsMissingFilesFromOtherRefusals) {
  EXPECT_EQ(ErrnoStatus("open x", ENOENT).code(), Code::kNotFound);
  EXPECT_EQ(ErrnoStatus("open x", EACCES).message(), "open x: Permission denied");
}

TEST(Quote, ShowsHostileBytesHarmlessly) {
  EXPECT_EQ(Quote("a\"b\n\x01"), R"("a\"b\n\x01")");
  EXPECT_LT(Quote(std::string(10000, 'x')).size(), 130U);
}

}  // namespace
}  // namespace narthex
