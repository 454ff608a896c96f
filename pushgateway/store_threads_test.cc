// Pushes, deletes, scrapes, API readers and rewrites at once: for the thread sanitizer, and for
// what must hold whatever the order.
#include <gtest/gtest.h>

#include <thread>

#include "common/fs/memory_files.h"
#include "pushgateway/persistence.h"
#include "pushgateway/testing/page_checker.h"

namespace narthex::pushgateway {
namespace {

TEST(StoreThreads, KeepEveryPageValidAndLoseNothing) {
  constexpr int kPushes = 150;
  MemoryFiles files;
  const ManualClock clock(0);
  std::string messages;
  Registry registry;
  Persistence persistence({.file = "d/push", .interval = {0}}, files, clock,
                          Logger(LogOptions{}, &messages));
  ASSERT_TRUE(persistence.Open(registry).ok());
  TestGateway gateway(persistence.log());
  persistence.Load(gateway.store);
  persistence.Tick(gateway.store);

  gateway.Put("job/first", "m 1\n");  // so that a counter of this name is refused at any time

  std::vector<std::thread> threads;
  threads.reserve(3);
  for (int worker = 0; worker < 3; ++worker) {
    threads.emplace_back([&, worker] {
      const std::string path = "job/" + std::to_string(worker);
      for (int i = 0; i < kPushes; ++i) {
        const std::string value = std::to_string(i);
        EXPECT_EQ(gateway.Put(path, "m{x=\"1\"} " + value + "\nn " + value + "\n"), "200");
        if (i % 10 == 5) {
          EXPECT_EQ(gateway.Delete(path), "202");
        }
        gateway.Post("job/shared", "s{job=\"x\"} " + value + "\n");
        if (i % 7 == 0) gateway.Post("job/shared", "# TYPE m counter\nm 1\n");  // refused
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(FindFault(gateway.Page(), openmetrics::Format::kText1), "");
    gateway.Ask("GET", "/api/v1/metrics");
    gateway.Ask("GET", "/api/v1/groups");
    persistence.Tick(gateway.store);
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(FindFault(gateway), "");
  const std::string last = "n{instance=\"\",job=\"2\"} " + std::to_string(kPushes - 1) + "\n";
  EXPECT_NE(gateway.Samples().find(last), std::string::npos);
  RecoveredGroups recovered;
  (void)ReadFrames(files.Content("d/push"),
                   [&](std::string_view record) { EXPECT_TRUE(recovered.Take(record).ok()); });
  TestGateway restarted;
  recovered.RestoreInto(restarted.store, Logger(LogOptions{}, &messages));
  EXPECT_EQ(restarted.Samples(), gateway.Samples());
}

}  // namespace
}  // namespace narthex::pushgateway
