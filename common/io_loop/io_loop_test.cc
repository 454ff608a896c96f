#include "common/io_loop/io_loop.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

namespace narthex {
namespace {

TEST(IoLoop, RunsTimersInOrder) {
  SystemClock clock;
  IoLoop loop(clock);
  loop.Start();
  std::promise<std::string> promise;
  loop.Post([&] {
    auto order = std::make_shared<std::string>();
    const int64_t now = clock.MonotonicNs();
    loop.RunAt(now + 2'000'000, [&promise, order] { promise.set_value(*order + "b"); });
    loop.RunAt(now + 1'000'000, [order] { *order += "a"; });
    loop.Cancel(loop.RunAt(now + 1'500'000, [order] { *order += "x"; }));
  });
  EXPECT_EQ(promise.get_future().get(), "ab");
}

}  // namespace
}  // namespace narthex
