#include "common/log/logger.h"

#include <gtest/gtest.h>

namespace narthex {
namespace {

TEST(Logger, WritesLogfmtWithQuotesWhereNeeded) {
  std::string out;
  Logger(LogOptions{}, &out)
      .Info("two words", {{"n", 5}, {"path", "/a"}, {"text", "a\"b\n"}, {"none", ""}});
  EXPECT_EQ(out, "level=INFO msg=\"two words\" n=5 path=/a text=\"a\\\"b\\u000a\" none=\"\"\n");
}

TEST(Logger, WritesJsonAndHidesWhatIsBelowItsLevel) {
  std::string out;
  Logger log({.level = LogLevel::kWarn, .format = LogFormat::kJson}, &out);
  log.Info("quiet");
  log.Error("loud", {{"err", InvalidArgument("x")}});
  EXPECT_EQ(out, "{\"level\":\"ERROR\",\"msg\":\"loud\",\"err\":\"x\"}\n");
}

TEST(ParseLogLevel, NamesTheChoices) {
  EXPECT_EQ(*ParseLogLevel("warn"), LogLevel::kWarn);
  EXPECT_EQ(ParseLogLevel("loud").message(),
            "unknown log level \"loud\", want one of debug, info, warn, error");
}

}  // namespace
}  // namespace narthex
