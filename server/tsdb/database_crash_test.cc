// What a crash or a bad disk leaves of the last segment of the log, byte by byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/fs/memory_files.h"
#include "server/tsdb/database.h"
#include "server/tsdb/wal_files.h"

namespace narthex::tsdb {
namespace {

constexpr int64_t kStart = 1'700'000'000'000;
constexpr int64_t kCommits = 6;

// What a database finds of a log, and says of it.
struct Reopened {
  std::vector<int64_t> values;
  std::string log;
};

class DatabaseCrashTest : public testing::Test {
 protected:
  // A log of one segment, of which every commit is told how long it was then.
  void SetUp() override {
    MemoryFiles files;
    std::string log;
    Registry registry;
    const auto database = Open(files, log, registry);
    path_ = "d/wal/00000000";
    for (int64_t i = 0; i < kCommits; ++i) {
      const auto appender = database->NewAppender();
      ASSERT_TRUE(appender
                      ->Append(storage::kNoRef, LabelSet::Of({{"__name__", "m"}}),
                               kStart + i * 1000, static_cast<double>(i))
                      .ok());
      ASSERT_TRUE(appender->Commit().ok());
      ends_.push_back(files.Content(path_).size());
    }
    segment_ = files.Content(path_);
  }

  std::unique_ptr<Database> Open(MemoryFiles& files, std::string& log, Registry& registry) {
    auto opened = Database::Open({.directory = "d", .wal_sync_interval = {0}, .replay_threads = 1},
                                 files, clock_, Logger(LogOptions{}, &log), registry);
    EXPECT_TRUE(opened.ok()) << opened.message();
    return opened.ok() ? *std::move(opened) : nullptr;
  }

  Reopened Reopen(const std::string& segment) {
    MemoryFiles files;
    files.SetContent(path_, segment);
    Reopened found;
    Registry registry;
    const auto database = Open(files, found.log, registry);
    if (!database) return found;
    found.values = ValuesOf(*database);
    // What is appended then is kept, too.
    const auto appender = database->NewAppender();
    EXPECT_TRUE(
        appender->Append(storage::kNoRef, LabelSet::Of({{"__name__", "m"}}), kStart + 3'600'000, 99)
            .ok());
    EXPECT_TRUE(appender->Commit().ok());
    EXPECT_EQ(ValuesOf(*database).size(), found.values.size() + 1);
    return found;
  }

  static std::vector<int64_t> ValuesOf(const Database& database) {
    const auto querier = database.NewQuerier(storage::kMinTime, storage::kMaxTime);
    const auto set = *querier->Select({});
    std::vector<int64_t> values;
    for (size_t i = 0; i < set->size(); ++i) {
      storage::SampleColumns samples;
      EXPECT_TRUE(set->Read(i, samples).ok());
      for (const double value : samples.values) values.push_back(static_cast<int64_t>(value));
    }
    return values;
  }

  // How many commits lie wholly before a byte of the segment.
  size_t CommitsBefore(size_t offset) const {
    return static_cast<size_t>(
        std::count_if(ends_.begin(), ends_.end(), [&](size_t end) { return end <= offset; }));
  }

  std::string path_;
  std::string segment_;
  std::vector<size_t> ends_;
  SystemClock clock_;
};

TEST_F(DatabaseCrashTest, KeepsEveryWholeCommitWhereverTheLogIsCutAndSaysWhatIsLost) {
  for (size_t size = 0; size <= segment_.size(); ++size) {
    const Reopened found = Reopen(segment_.substr(0, size));
    const size_t kept = CommitsBefore(size);
    ASSERT_EQ(found.values.size(), kept) << size;
    for (size_t i = 0; i < kept; ++i) ASSERT_EQ(found.values[i], static_cast<int64_t>(i)) << size;
    const bool at_border = size == 0 || std::find(ends_.begin(), ends_.end(), size) != ends_.end();
    // Between two records of the first commit there is a border, too.
    if (!at_border && size > ends_.front()) {
      ASSERT_THAT(found.log, testing::HasSubstr("cut short by a crash")) << size;
      ASSERT_THAT(found.log, testing::HasSubstr("lost_bytes=")) << size;
    }
  }
}

TEST_F(DatabaseCrashTest, KeepsWhatIsBeforeAGarbledByteAndSaysWhatIsLost) {
  for (size_t offset = 0; offset < segment_.size(); ++offset) {
    std::string garbled = segment_;
    garbled[offset] = static_cast<char>(garbled[offset] ^ 0x40);
    const Reopened found = Reopen(garbled);
    ASSERT_EQ(found.values.size(), CommitsBefore(offset)) << offset;
    ASSERT_THAT(found.log, testing::HasSubstr("lost_bytes=")) << offset;
  }
}

// The disk is full at any moment of a commit: what is there stays, and when there is room again
// the database goes on.
TEST_F(DatabaseCrashTest, GoesOnAfterAFullDisk) {
  for (size_t room = 0; room < 80; ++room) {
    MemoryFiles files;
    std::string log;
    Registry registry;
    const auto database = Open(files, log, registry);
    const auto add = [&](int64_t value) {
      const auto appender = database->NewAppender();
      EXPECT_TRUE(appender
                      ->Append(storage::kNoRef, LabelSet::Of({{"__name__", "m"}}),
                               kStart + value * 1000, static_cast<double>(value))
                      .ok());
      return appender->Commit();
    };
    ASSERT_TRUE(add(0).ok());
    files.FailWritesAfter(room);
    std::vector<int64_t> wanted = {0};
    for (int64_t value = 1; value < 6; ++value) {
      if (add(value).ok()) wanted.push_back(value);
      ASSERT_EQ(ValuesOf(*database), wanted) << room;
    }
    ASSERT_LT(wanted.size(), 6U) << room;
    files.FailWritesAfter(MemoryFiles::kNever);
    ASSERT_TRUE(add(10).ok()) << room;
    wanted.push_back(10);
    ASSERT_EQ(ValuesOf(*database), wanted) << room;
    std::string again_log;
    Registry again_registry;
    ASSERT_EQ(ValuesOf(*Open(files, again_log, again_registry)), wanted) << room;
  }
}

}  // namespace
}  // namespace narthex::tsdb
