#include "pushgateway/persistence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/fs/memory_files.h"
#include "pushgateway/testing/test_gateway.h"

namespace narthex::pushgateway {
namespace {

using testing::HasSubstr;
using testing::Not;

// A pushgateway with a log on files in memory, which outlive it.
class Kept {
 public:
  explicit Kept(MemoryFiles& files, ManualClock& clock)
      : persistence({.file = "d/push"}, files, clock, Logger(LogOptions{}, &messages)) {
    EXPECT_TRUE(persistence.Open(registry).ok());
    gateway = std::make_unique<TestGateway>(persistence.log());
    persistence.Load(gateway->store);
    persistence.Tick(gateway->store);
  }

  std::string messages;
  Registry registry;
  Persistence persistence;
  std::unique_ptr<TestGateway> gateway;
};

TEST(Persistence, BringsBackEveryKindOfChange) {
  MemoryFiles files;
  ManualClock clock(0);
  Kept first(files, clock);
  TestGateway& gateway = *first.gateway;
  gateway.Put("job/a", "# HELP m Help \\\\ me.\n# TYPE m counter\nm 1\nn 2\n");
  gateway.Post("job/a", "n{x=\"1\"} 3\n");
  for (const char* value : {"1", "2", "3"})  // the last by its numbers only
    gateway.Put("job/b", "o{y=\"1\"} " + std::string(value) + "\n");
  gateway.Put("job/c", "p 1\n");
  gateway.Delete("job/c");
  gateway.Put("job/d", "m 1 1000\n");
  gateway.Put("job/e/U__x_2e_y/1", "{\"my.name\"} 1\n");
  const Kept second(files, clock);
  EXPECT_EQ(second.gateway->Samples(), gateway.Samples());
  EXPECT_THAT(second.gateway->Samples(), HasSubstr("o{instance=\"\",job=\"b\",y=\"1\"} 3\n"));
  EXPECT_THAT(second.gateway->Samples(), Not(HasSubstr("job=\"c\"")));
}

// Whatever the last write before a crash left of its record.
TEST(Persistence, StartsFromEveryPrefixOfTheFile) {
  MemoryFiles files;
  ManualClock clock(0);
  Kept first(files, clock);
  first.gateway->Put("job/a", "m 1\n");
  const std::string one_push = first.gateway->Samples();
  const size_t one = files.Content("d/push").size();
  first.gateway->Put("job/a", "m 2\nn 3\n");
  const std::string whole = files.Content("d/push");
  for (size_t cut = one; cut < whole.size(); ++cut) {
    files.SetContent("d/push", whole.substr(0, cut));
    EXPECT_EQ(Kept(files, clock).gateway->Samples(), one_push) << cut;
  }
}

TEST(Persistence, RewritesWhatHasMostlyBeenReplaced) {
  MemoryFiles files;
  ManualClock clock(0);
  Kept kept(files, clock);
  const auto push = [&](int times) {
    for (int i = 0; i < times; ++i) kept.gateway->Put("job/a", "m " + std::to_string(i) + "\n");
  };
  push(100);
  const size_t grown = files.Content("d/push").size();
  kept.persistence.Tick(kept.gateway->store);
  EXPECT_EQ(files.Content("d/push").size(), grown);  // not before the interval
  clock.Advance(300'000);
  kept.persistence.Tick(kept.gateway->store);
  EXPECT_LT(files.Content("d/push").size(), grown / 50);
  EXPECT_EQ(Kept(files, clock).gateway->Samples(), kept.gateway->Samples());
}

TEST(Persistence, RefusesPushesOnAFullDiskAndRecovers) {
  MemoryFiles files;
  ManualClock clock(0);
  Kept kept(files, clock);
  kept.gateway->Put("job/a", "m 1\n");
  files.FailWritesAfter(0);
  EXPECT_THAT(kept.gateway->Put("job/a", "m 2\n"), testing::StartsWith("503 persistence: "));
  EXPECT_THAT(kept.gateway->Put("job/b", "m 2\n"), testing::StartsWith("503 persistence: "));
  EXPECT_THAT(kept.gateway->Delete("job/a"), testing::StartsWith("503 persistence: "));
  kept.persistence.Tick(kept.gateway->store);
  EXPECT_THAT(kept.messages, HasSubstr("cannot rewrite the persistence file"));
  files.FailWritesAfter(MemoryFiles::kNever);
  kept.persistence.Tick(kept.gateway->store);
  EXPECT_EQ(kept.gateway->Put("job/b", "m 3\n"), "200");
  EXPECT_EQ(Kept(files, clock).gateway->Samples(), kept.gateway->Samples());
}

// Another version shows other metrics of itself.
TEST(RecoveredGroups, LeavesOutWhatDoesNotGoWithTheRest) {
  TestGateway before;
  before.Put("job/a", "# TYPE narthex_new gauge\nnarthex_new 1\nm 2\n");
  std::string frames(kLogMagic);
  before.store.AppendSnapshot(frames, [] {});
  RecoveredGroups recovered;
  (void)ReadFrames(frames,
                   [&](std::string_view record) { EXPECT_TRUE(recovered.Take(record).ok()); });
  const ManualClock clock(0);
  Store store({{"narthex_new", openmetrics::Type::kCounter}}, clock, nullptr);
  std::string messages;
  recovered.RestoreInto(store, Logger(LogOptions{}, &messages));
  EXPECT_EQ(store.sizes().series, 1U);
  EXPECT_THAT(messages, HasSubstr("family=narthex_new"));
}

}  // namespace
}  // namespace narthex::pushgateway
