#include "tests/bench/push_generator/push_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/bytes/numbers.h"

namespace narthex::bench {
namespace {

using testing::HasSubstr;

TEST(PushRequest, AnnouncesTheSizeOfItsBody) {
  PushRequest request(50);
  const std::string_view bytes = request.For(12, 3);
  const size_t body = bytes.find("\r\n\r\n") + 4;
  const size_t field = bytes.find("Content-Length: ") + 16;
  EXPECT_EQ(ParseUnsigned(bytes.substr(field, bytes.find('\r', field) - field)),
            bytes.size() - body);
  EXPECT_TRUE(bytes.starts_with("PUT /metrics/job/nightly/instance/host-0000012 HTTP/1.1\r\n"));
}

TEST(PushRequest, ChangesEveryValueWithTheSequence) {
  PushRequest request(3);
  const std::string first(request.For(0, 0));
  const std::string second(request.For(0, 1));
  EXPECT_THAT(first, HasSubstr("batch_step_2_duration_seconds{stage=\"load\"} 1000000002.25\n"));
  EXPECT_THAT(second, HasSubstr("batch_step_2_duration_seconds{stage=\"load\"} 1000000009.25\n"));
  EXPECT_EQ(first.size(), second.size());
}

}  // namespace
}  // namespace narthex::bench
