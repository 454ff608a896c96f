#include "pushgateway/push_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "common/fs/memory_files.h"
#include "pushgateway/log_record.h"

namespace narthex::pushgateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Log(const std::vector<std::string>& records) {
  std::string log(kLogMagic);
  for (const std::string& record : records) AppendFrame(log, record);
  return log;
}

std::vector<std::string> Records(std::string_view log) {
  std::vector<std::string> records;
  (void)ReadFrames(log, [&](std::string_view record) { records.emplace_back(record); });
  return records;
}

// A log on files in memory, and what its state would be.
class Fixture {
 public:
  Status Open() {
    log.reset();
    records.clear();
    auto opened = PushLog::Open("d/push", files, Logger(LogOptions{}, &messages),
                                [this](std::string_view record) { records.emplace_back(record); });
    if (!opened.ok()) return opened.status();
    log = *std::move(opened);
    return {};
  }
  Status Rewrite(const std::vector<std::string>& state) {
    return log->Rewrite([&](std::string& frames) {
      for (const std::string& record : state) AppendFrame(frames, record);
      log->BeginRewrite();
    });
  }
  Status Write(std::string_view record) { return log->Commit(log->Append(record)); }
  std::vector<std::string> OnDisk() const { return Records(files.Content("d/push")); }

  MemoryFiles files;
  std::string messages;
  std::unique_ptr<PushLog> log;
  std::vector<std::string> records;
};

// Every prefix is what some crash leaves behind.
TEST(ReadFrames, YieldsOnlyWholeRecordsWhereverTheLogIsCut) {
  const std::string log = Log({"one", "three", ""});  // frames of 11, 13 and 8 bytes after 8
  for (size_t cut = 0; cut <= log.size(); ++cut) {
    const auto expected = static_cast<size_t>((cut >= 19) + (cut >= 32) + (cut >= 40));
    EXPECT_EQ(Records(log.substr(0, cut)).size(), expected) << cut;
  }
}

TEST(ReadFrames, StopsAtTheFirstFrameThatIsDamaged) {
  const std::string log = Log({"one", "three", "four"});
  for (size_t at = 19; at < 32; ++at) {
    std::string damaged = log;
    damaged[at] ^= 0x10;
    EXPECT_THAT(Records(damaged), ElementsAre("one")) << at;
  }
}

TEST(ReadFrames, RefusesAFileOfAnotherKind) {
  const auto never = [](std::string_view) { FAIL(); };
  EXPECT_EQ(ReadFrames("\x29\xff\x8b\x04 gob", never).code(), Code::kInvalidArgument);
  EXPECT_EQ(ReadFrames("NxPush02", never).code(), Code::kInvalidArgument);
  EXPECT_EQ(*ReadFrames("", never), 0U);
}

TEST(PushLog, KeepsWhatItHasAcknowledged) {
  Fixture test;
  ASSERT_TRUE(test.Open().ok());
  EXPECT_EQ(test.Write("early").code(), Code::kUnavailable);
  ASSERT_TRUE(test.Rewrite({}).ok());
  EXPECT_TRUE(test.Write("one").ok());
  EXPECT_TRUE(test.Write("two").ok());
  ASSERT_TRUE(test.Open().ok());  // as after kill -9
  EXPECT_THAT(test.records, ElementsAre("one", "two"));
}

TEST(PushLog, LeavesAFileOfAnotherKindAlone) {
  Fixture test;
  test.files.SetContent("d/push", "\x29\xff\x8b\x04 gob");
  const Status status = test.Open();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("--persistence.file"));
  EXPECT_EQ(test.files.Content("d/push"), "\x29\xff\x8b\x04 gob");
}

TEST(PushLog, ReportsADamagedEndAndKeepsACopy) {
  Fixture test;
  const std::string log = Log({"one", "two"});
  test.files.SetContent("d/push", log.substr(0, log.size() - 1));
  ASSERT_TRUE(test.Open().ok());
  EXPECT_THAT(test.records, ElementsAre("one"));
  EXPECT_THAT(test.messages, HasSubstr("lost_bytes=10"));
  EXPECT_EQ(test.files.Content("d/push.damaged"), log.substr(0, log.size() - 1));
  ASSERT_TRUE(test.Rewrite({"one"}).ok());
  EXPECT_THAT(test.OnDisk(), ElementsAre("one"));
}

TEST(PushLog, CarriesOverARewriteWhatComesMeanwhile) {
  Fixture test;
  ASSERT_TRUE(test.Open().ok());
  ASSERT_TRUE(test.Rewrite({}).ok());
  EXPECT_TRUE(test.Write("old").ok());
  uint64_t position = 0;
  ASSERT_TRUE(test.log
                  ->Rewrite([&](std::string& frames) {
                    position = test.log->Append("before");
                    AppendFrame(frames, "state");
                    test.log->BeginRewrite();
                    test.log->Append("during");
                  })
                  .ok());
  EXPECT_TRUE(test.log->Commit(position).ok());
  EXPECT_TRUE(test.Write("after").ok());
  EXPECT_THAT(test.OnDisk(), ElementsAre("state", "during", "after"));
  EXPECT_EQ(test.log->size_bytes(), test.files.Content("d/push").size());
}

TEST(PushLog, TakesNothingOnAFullDiskUntilARewriteSucceeds) {
  Fixture test;
  ASSERT_TRUE(test.Open().ok());
  ASSERT_TRUE(test.Rewrite({}).ok());
  EXPECT_TRUE(test.Write("one").ok());
  test.files.FailWritesAfter(3);
  EXPECT_EQ(test.Write("two").code(), Code::kUnavailable);
  EXPECT_EQ(test.Write("three").code(), Code::kUnavailable);
  EXPECT_FALSE(test.log->CheckWritable().ok());
  EXPECT_FALSE(test.Rewrite({"one"}).ok());
  EXPECT_THAT(test.OnDisk(), ElementsAre("one"));
  test.files.FailWritesAfter(MemoryFiles::kNever);
  ASSERT_TRUE(test.Rewrite({"one", "two"}).ok());
  EXPECT_TRUE(test.Write("four").ok());
  EXPECT_THAT(test.OnDisk(), ElementsAre("one", "two", "four"));
}

TEST(LogRecord, ReadsBackWhatWasWritten) {
  const GroupKey key = *GroupKey::Of("j", {{"x", ""}, {"instance", "i"}});
  std::string bytes;
  AppendRecordHead(bytes, RecordKind::kMerge, key, {.push_ms = 5, .failure_ms = -1}, 2);
  AppendFamilyRecord(bytes, {"a", 7, FamilyEncoding::kText, "a 1\n"}, "# TYPE a gauge\n");
  AppendFamilyRecord(bytes, {"b", 8, FamilyEncoding::kProtobuf, std::string(200, 'b')}, "");
  const auto record = ParseRecord(bytes);
  ASSERT_TRUE(record.ok()) << record.message();
  EXPECT_EQ(record->kind, RecordKind::kMerge);
  EXPECT_TRUE(record->key == key);
  EXPECT_EQ(record->times.push_ms, 5);
  EXPECT_EQ(record->times.failure_ms, -1);
  ASSERT_EQ(record->families.size(), 2U);
  EXPECT_EQ(record->families[0].body, "# TYPE a gauge\na 1\n");
  EXPECT_EQ(record->families[1].time_ms, 8);
  EXPECT_EQ(record->families[1].body.size(), 200U);
  for (size_t cut = 0; cut < bytes.size(); ++cut)
    EXPECT_EQ(ParseRecord(bytes.substr(0, cut)).code(), Code::kCorruption) << cut;
}

}  // namespace
}  // namespace narthex::pushgateway
