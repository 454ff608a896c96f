#include "exporters/kit/value_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/fs/temporary_folder.h"

namespace narthex::exporters {
namespace {

class ValueFiles : public testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() / name, std::ios::binary) << text;
  }

  const TemporaryFolder folder_;
  const Directory tree_{folder_.path().string()};
};

TEST_F(ValueFiles, GiveNumbersInDecimalAndHexadecimal) {
  Write("a", " -42\n");
  Write("b", "0x1003\n");
  Write("c", "18446744073709551615\n");
  EXPECT_EQ(*ReadNumber(tree_, "a"), -42);
  EXPECT_EQ(*ReadNumber(tree_, "b"), 4099);
  EXPECT_EQ(*ReadNumber(tree_, "c"), 18446744073709551615.0);
}

TEST_F(ValueFiles, SayWhichFileHoldsNoNumber) {
  Write("a", "0xzz\n");
  const auto number = ReadNumber(tree_, "a");
  EXPECT_EQ(number.code(), Code::kCorruption);
  EXPECT_NE(std::string(number.status().message()).find(tree_.Path("a")), std::string::npos);
  EXPECT_EQ(ReadNumber(tree_, "none").code(), Code::kNotFound);
  EXPECT_EQ(FindNumber(tree_, "a"), std::nullopt);
  EXPECT_EQ(FindNumber(tree_, "none"), std::nullopt);
}

TEST_F(ValueFiles, ReplaceARunOfBytesThatIsNoUtf8) {
  Write("a",
        "Pr\xfc\xfc"
        "fer \xc3\xbc\n");
  EXPECT_EQ(*ReadValue(tree_, "a"),
            "Pr\xef\xbf\xbd"
            "fer \xc3\xbc");
}

TEST_F(ValueFiles, ListOnlyWhatIsNumbered) {
  for (const char* name : {"cpu0", "cpu10", "cpu2", "cpufreq", "cpu", "other1"}) Write(name, "");
  EXPECT_EQ(*ListNumbered(tree_, "", "cpu"), (std::vector<std::string>{"cpu0", "cpu10", "cpu2"}));
  EXPECT_TRUE(ListNumbered(tree_, "none", "cpu")->empty());
}

}  // namespace
}  // namespace narthex::exporters
