#include "server/storage/start_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>

namespace narthex::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Notes commits, each as one text; gives refs by labels.
class NotingStorage : public Storage {
 public:
  std::unique_ptr<Appender> NewAppender() override { return std::make_unique<Noting>(*this); }
  std::unique_ptr<Querier> NewQuerier(int64_t, int64_t) const override { return nullptr; }
  std::vector<std::string> commits() const {
    const std::lock_guard lock(mutex_);
    return commits_;
  }
  void FailCommits() { failing_ = true; }

 private:
  class Noting : public Appender {
   public:
    explicit Noting(NotingStorage& storage) : storage_(storage) {}
    Result<SeriesRef> Append(SeriesRef, const LabelSet& labels, SampleTime time,
                             double value) override {
      const std::lock_guard lock(storage_.mutex_);
      const SeriesRef ref =
          storage_.refs_.emplace(labels.ToString(), storage_.refs_.size() + 1).first->second;
      Note(ref, time, std::to_string(static_cast<int>(value)));
      return ref;
    }
    Result<SeriesRef> AppendHistogram(SeriesRef, const LabelSet& labels, SampleTime time,
                                      const Histogram& histogram) override {
      return Append(kNoRef, labels, time, histogram.count);
    }
    Status AppendExemplar(SeriesRef ref, const openmetrics::Exemplar& exemplar) override {
      text_ += " exemplar " + std::to_string(ref) + "=" +
               std::to_string(static_cast<int>(exemplar.value));
      return {};
    }
    Status UpdateMetadata(SeriesRef ref, const Metadata& metadata) override {
      text_ += " help " + std::to_string(ref) + "=" + metadata.help;
      return {};
    }
    Status AppendKnown(SeriesRef ref, SampleTime time, double value) override {
      const std::lock_guard lock(storage_.mutex_);
      if (ref == kNoRef || ref > storage_.refs_.size()) return Status(Code::kNotFound, "gone");
      Note(ref, time, std::to_string(static_cast<int>(value)));
      return {};
    }
    Status Commit() override {
      const std::lock_guard lock(storage_.mutex_);
      if (storage_.failing_) return Unavailable("full");
      storage_.commits_.push_back(text_);
      return {};
    }

   private:
    void Note(SeriesRef ref, SampleTime time, const std::string& value) {
      text_ += " " + std::to_string(ref) + "=" + value + "@" + std::to_string(time.at_ms);
      if (time.start_ms != 0) text_ += "since" + std::to_string(time.start_ms);
    }

    NotingStorage& storage_;
    std::string text_;
  };

  mutable std::mutex mutex_;
  std::map<std::string, SeriesRef> refs_;
  std::vector<std::string> commits_;
  bool failing_ = false;
};

const LabelSet kA = LabelSet::Of({{"__name__", "a"}});
const LabelSet kB = LabelSet::Of({{"__name__", "b"}});

class StartQueueTest : public testing::Test {
 protected:
  SeriesRef Add(const LabelSet& labels, int64_t at_ms, double value) {
    const auto appender = queue_.NewAppender();
    const auto ref = appender->Append(kNoRef, labels, at_ms, value);
    EXPECT_TRUE(ref.ok() && appender->Commit().ok());
    return *ref;
  }

  ManualClock clock_{1'000};
  Registry registry_;
  StartQueue queue_{clock_, registry_};
  NotingStorage storage_;
};

TEST_F(StartQueueTest, PassesCommitsOnInTheirOrder) {
  const SeriesRef a = Add(kA, 1, 10);
  {
    const auto appender = queue_.NewAppender();
    ASSERT_TRUE(appender->AppendKnown(a, SampleTime(2, 1), 11).ok());
    const auto b = appender->Append(kNoRef, kB, 2, 20);
    ASSERT_TRUE(b.ok());
    ASSERT_TRUE(appender->AppendExemplar(*b, {.value = 5}).ok());
    ASSERT_TRUE(appender->UpdateMetadata(a, {.help = "text"}).ok());
    ASSERT_TRUE(appender->Commit().ok());
  }
  EXPECT_THAT(storage_.commits(), IsEmpty());
  ASSERT_TRUE(queue_.Open(storage_).ok());
  EXPECT_THAT(storage_.commits(),
              ElementsAre(" 1=10@1", " 1=11@2since1 2=20@2 exemplar 2=5 help 1=text"));
  Add(kB, 3, 21);
  EXPECT_EQ(storage_.commits().back(), " 2=21@3");
}

TEST_F(StartQueueTest, KeepsHistograms) {
  const auto appender = queue_.NewAppender();
  Histogram histogram;
  histogram.count = histogram.zero_count = 3;
  ASSERT_TRUE(appender->AppendHistogram(kNoRef, kB, 2, histogram).ok());
  ASSERT_TRUE(appender->Commit().ok());
  ASSERT_TRUE(queue_.Open(storage_).ok());
  EXPECT_THAT(storage_.commits(), ElementsAre(" 1=3@2"));
}

TEST_F(StartQueueTest, ItsRefsAreUnknownToTheStorageBehindIt) {
  const SeriesRef a = Add(kA, 1, 10);
  ASSERT_TRUE(queue_.Open(storage_).ok());
  EXPECT_EQ(queue_.NewAppender()->AppendKnown(a, 2, 1).code(), Code::kNotFound);
}

TEST_F(StartQueueTest, ForAWhileSeriesAreEndedByItsRefs) {
  const SeriesRef a = Add(kA, 1, 10);
  ASSERT_TRUE(queue_.Open(storage_).ok());
  const auto end = [&](int64_t at_ms) {
    const auto appender = queue_.NewAppender();
    const Status status = appender->AppendKnown(a, at_ms, StaleNaN());
    EXPECT_TRUE(appender->Commit().ok());
    return status.code();
  };
  EXPECT_EQ(end(2), Code::kOk);
  EXPECT_THAT(storage_.commits().back(), testing::StartsWith(" 1="));
  clock_.Advance(16 * 60 * 1000);
  EXPECT_EQ(end(3), Code::kNotFound);
}

TEST_F(StartQueueTest, AnAppenderThatWasBegunBeforeGoesThroughAfterwards) {
  const auto appender = queue_.NewAppender();
  const auto ref = appender->Append(kNoRef, kA, 1, 10);
  ASSERT_TRUE(ref.ok());
  ASSERT_TRUE(queue_.Open(storage_).ok());
  ASSERT_TRUE(appender->AppendKnown(*ref, 2, 11).ok());
  ASSERT_TRUE(appender->Commit().ok());
  EXPECT_THAT(storage_.commits(), ElementsAre(" 1=10@1 1=11@2"));
}

TEST_F(StartQueueTest, NothingOfAnAppenderWithoutCommitIsPassedOn) {
  ASSERT_TRUE(queue_.NewAppender()->Append(kNoRef, kA, 1, 10).ok());
  ASSERT_TRUE(queue_.Open(storage_).ok());
  EXPECT_THAT(storage_.commits(), IsEmpty());
}

TEST_F(StartQueueTest, RefusesWhatIsBeyondItsBound) {
  Registry registry;
  StartQueue small(clock_, registry, 2000);
  Status status;
  int taken = 0;
  for (; status.ok() && taken < 1000; ++taken) {
    const auto appender = small.NewAppender();
    const auto ref = appender->Append(kNoRef, kA, taken, 1);
    status = ref.ok() ? appender->Commit() : ref.status();
  }
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_GT(taken, 2);
  EXPECT_LT(taken, 40);
  ASSERT_TRUE(small.Open(storage_).ok());
  EXPECT_EQ(storage_.commits().size(), static_cast<size_t>(taken - 1));
}

TEST_F(StartQueueTest, HasNothingToLookAtBeforeStorageIsOpen) {
  EXPECT_EQ(queue_.NewQuerier(0, 1)->Select({}).status().code(), Code::kUnavailable);
  ASSERT_TRUE(queue_.Open(storage_).ok());
  EXPECT_EQ(queue_.NewQuerier(0, 1), nullptr);  // that of the storage
}

TEST_F(StartQueueTest, TellsOfACommitThatStorageRefuses) {
  Add(kA, 1, 10);
  storage_.FailCommits();
  EXPECT_EQ(queue_.Open(storage_).code(), Code::kUnavailable);
}

TEST_F(StartQueueTest, LosesNothingWhileItIsOpened) {
  constexpr int kCommits = 2000;
  std::thread writer([&] {
    for (int i = 0; i < kCommits; ++i) Add(kA, i, i);
  });
  ASSERT_TRUE(queue_.Open(storage_).ok());
  writer.join();
  const auto commits = storage_.commits();
  ASSERT_EQ(commits.size(), static_cast<size_t>(kCommits));
  for (int i = 0; i < kCommits; ++i) {
    const std::string number = std::to_string(i);
    EXPECT_EQ(commits[static_cast<size_t>(i)], " 1=" + number + "@" + number);
  }
}

}  // namespace
}  // namespace narthex::storage
