#include "common/bytes/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace narthex {
namespace {

TEST(Crc32c, MatchesTheStandardsVectors) {
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(Crc32c(""), 0U);
}

}  // namespace
}  // namespace narthex
