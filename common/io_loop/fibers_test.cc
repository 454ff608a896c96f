#include "common/io_loop/fibers.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

namespace narthex {
namespace {

constexpr size_t kStackBytes = 256 << 10;
constexpr int kPatienceMs = 60'000;

// Two connected sockets.
class Pair {
 public:
  Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()), 0); }
  ~Pair() {
    for (const int end : ends_) ::close(end);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  int operator[](size_t end) const { return ends_[end]; }
  void Write(size_t end) const { EXPECT_EQ(::write(ends_[end], "x", 1), 1); }
  // Waits for a byte; what PollDescriptors says.
  int Read(size_t end) const {
    pollfd waited{ends_[end], POLLIN, 0};
    const int ready = PollDescriptors(&waited, 1, kPatienceMs);
    char byte = 0;
    EXPECT_EQ(::read(ends_[end], &byte, 1), 1);
    EXPECT_EQ(waited.revents, POLLIN);
    return ready;
  }

 private:
  std::array<int, 2> ends_{};
};

TEST(Fibers, GoOnWithOthersWhereOneWaits) {
  const SystemClock clock;
  const Pair pair;
  std::string order;
  {
    FiberThreads threads(clock, 1, kStackBytes);
    threads.Start([&] {
      order += "a";
      EXPECT_EQ(pair.Read(0), 1);
      order += "c";
    });
    threads.Start([&] {
      order += "b";
      pair.Write(1);
    });
  }
  EXPECT_EQ(order, "abc");
}

TEST(Fibers, ManyTalkToEachOtherOnFewThreads) {
  const SystemClock clock;
  constexpr size_t kCount = 200;
  std::vector<Pair> pairs(kCount);
  std::atomic<size_t> turns{0};
  std::mutex mutex;
  std::set<std::thread::id> used;
  {
    FiberThreads threads(clock, 2, kStackBytes);
    for (const Pair& pair : pairs) {
      for (const size_t end : {0UL, 1UL}) {
        threads.Start([&, end] {
          for (int i = 0; i < 20; ++i) {
            if (end == 0) pair.Write(end);
            EXPECT_EQ(pair.Read(end), 1);
            if (end == 1) pair.Write(end);
            ++turns;
          }
          const std::lock_guard lock(mutex);
          used.insert(std::this_thread::get_id());
        });
      }
    }
  }
  EXPECT_EQ(turns, kCount * 2 * 20);
  EXPECT_EQ(used.size(), 2U);
}

TEST(Fibers, APollTimesOutAndTellsWhichDescriptorIsReady) {
  const SystemClock clock;
  const Pair quiet, loud;
  FiberThreads threads(clock, 1, kStackBytes);
  std::promise<void> done;
  threads.Start([&] {
    std::array<pollfd, 2> waited{pollfd{quiet[0], POLLIN, 0}, pollfd{loud[0], POLLIN, 0}};
    EXPECT_EQ(PollDescriptors(waited.data(), waited.size(), 1), 0);
    EXPECT_EQ(PollDescriptors(waited.data(), waited.size(), 0), 0);
    loud.Write(1);
    EXPECT_EQ(PollDescriptors(waited.data(), waited.size(), kPatienceMs), 1);
    EXPECT_EQ(waited[0].revents, 0);
    EXPECT_EQ(waited[1].revents, POLLIN);
    done.set_value();
  });
  done.get_future().get();
}

TEST(Fibers, AnEventIsAwaitedOrTimesOut) {
  const SystemClock clock;
  FiberThreads threads(clock, 1, kStackBytes);
  std::promise<void> done;
  threads.Start([&] {
    FiberEvent event;
    EXPECT_FALSE(event.Wait(1));
    IoLoop* loop = FiberLoop();
    loop->RunAt(loop->clock().MonotonicNs() + 1'000'000, [&event] { event.Set(); });
    EXPECT_TRUE(event.Wait(kPatienceMs));
    EXPECT_TRUE(event.Wait(0));
    done.set_value();
  });
  done.get_future().get();
}

TEST(Fibers, ExceptionsStayWithinTheirTask) {
  const SystemClock clock;
  const std::array<Pair, 2> pairs;
  int caught = 0;
  {
    FiberThreads threads(clock, 1, kStackBytes);
    for (const Pair& pair : pairs) {
      threads.Start([&] {
        try {
          pair.Read(0);
          throw std::runtime_error("expected");
        } catch (const std::runtime_error&) {
          ++caught;
        }
      });
    }
    for (const Pair& pair : pairs) pair.Write(1);
  }
  EXPECT_EQ(caught, 2);
}

TEST(Fibers, OutsideATaskAPollIsThatOfTheSystem) {
  const Pair pair;
  pair.Write(1);
  EXPECT_EQ(pair.Read(0), 1);
  EXPECT_EQ(FiberLoop(), nullptr);
}

}  // namespace
}  // namespace narthex
