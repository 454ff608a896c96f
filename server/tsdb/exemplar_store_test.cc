#include "server/tsdb/exemplar_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "common/fs/memory_files.h"
#include "server/tsdb/database.h"

namespace narthex::tsdb {
namespace {

using openmetrics::Exemplar;
using storage::Matcher;
using testing::ElementsAre;
using testing::IsEmpty;

LabelSet Series(std::string_view name) { return LabelSet::Of({{"__name__", name}}); }

Exemplar Example(int64_t at_ms, double value, std::string_view trace = "t") {
  return {LabelSet::Of({{"trace_id", trace}}), value, at_ms};
}

std::vector<std::vector<Matcher>> Named(const std::vector<std::string>& names) {
  std::vector<std::vector<Matcher>> selections;
  for (const std::string& name : names)
    selections.push_back({*Matcher::Make(Matcher::Op::kEqual, "__name__", name)});
  return selections;
}

// "name value@time value@time" a series.
std::vector<std::string> Lines(const std::vector<storage::ExemplarSeries>& found) {
  std::vector<std::string> lines;
  for (const storage::ExemplarSeries& series : found) {
    std::string line(series.labels.Get("__name__"));
    for (const Exemplar& one : series.exemplars)
      line += " " + ApiDouble(one.value) + "@" + std::to_string(*one.timestamp_ms);
    lines.push_back(line);
  }
  return lines;
}

TEST(ExemplarStore, DropsWhatCameFirst) {
  ExemplarStore store;
  EXPECT_FALSE(store.enabled());
  store.SetCapacity(3);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(store.Add(Series("a"), Example(i, i)).ok());
    if (i == 1) {
      ASSERT_TRUE(store.Add(Series("b"), Example(i, 9)).ok());
    }
  }
  EXPECT_THAT(Lines(store.Select(0, 10, Named({"a", "b"}))), ElementsAre("a 2@2 3@3", "b 9@1"));
  EXPECT_THAT(Lines(store.Select(3, 10, Named({"a", "b"}))), ElementsAre("a 3@3"));
  EXPECT_EQ(store.Stats().appended, 5U);
  store.SetCapacity(1);
  EXPECT_THAT(Lines(store.Select(0, 10, Named({"a", "b"}))), ElementsAre("a 3@3"));
  EXPECT_EQ(store.Stats().series, 1U);
  store.SetCapacity(0);
  EXPECT_THAT(store.Select(0, 10, Named({"a"})), IsEmpty());
}

TEST(ExemplarStore, RefusesWhatIsOlderOrTheSame) {
  ExemplarStore store;
  store.SetCapacity(10);
  ASSERT_TRUE(store.Add(Series("a"), Example(5, 2)).ok());
  EXPECT_EQ(store.Check(Series("a"), Example(5, 2)).code(), Code::kDuplicate);
  EXPECT_EQ(store.Add(Series("a"), Example(4, 2)).code(), Code::kOutOfOrder);
  EXPECT_EQ(store.Check(Series("a"), Example(5, 1)).code(), Code::kOutOfOrder);
  EXPECT_TRUE(store.Check(Series("a"), Example(5, 3)).ok());
  EXPECT_EQ(store.Check(Series("a"), Example(6, 3, std::string(121, 'x'))).code(),
            Code::kInvalidArgument);
  store.SetOutOfOrderWindow(3);
  ASSERT_TRUE(store.Add(Series("a"), Example(3, 7)).ok());
  EXPECT_EQ(store.Add(Series("a"), Example(2, 7)).code(), Code::kOutOfOrder);
  EXPECT_THAT(Lines(store.Select(0, 10, Named({"a"}))), ElementsAre("a 7@3 2@5"));
  EXPECT_EQ(store.Stats().out_of_order, 2U);
}

// Against a plain list of what came.
TEST(ExemplarStore, HoldsTheNewestOfRandomArrivals) {
  ExemplarStore store;
  store.SetCapacity(50);
  store.SetOutOfOrderWindow(100);
  std::mt19937_64 random(3);
  std::vector<std::pair<std::string, Exemplar>> arrived;
  for (int i = 0; i < 2000; ++i) {
    const std::string name(1, static_cast<char>('a' + random() % 7));
    const Exemplar exemplar = Example(i + static_cast<int64_t>(random() % 90), i);
    if (store.Add(Series(name), exemplar).ok()) arrived.emplace_back(name, exemplar);
  }
  arrived.erase(arrived.begin(), arrived.end() - 50);
  std::map<std::string, std::multiset<int64_t>> want;
  for (const auto& [name, exemplar] : arrived) want[name].insert(*exemplar.timestamp_ms);
  std::map<std::string, std::multiset<int64_t>> got;
  for (const auto& series :
       store.Select(0, 9999, {{*Matcher::Make(Matcher::Op::kRegex, "__name__", ".+")}})) {
    int64_t last_ms = 0;
    for (const Exemplar& one : series.exemplars) {
      EXPECT_GE(*one.timestamp_ms, last_ms);
      last_ms = *one.timestamp_ms;
      got[std::string(series.labels.Get("__name__"))].insert(last_ms);
    }
  }
  EXPECT_EQ(got, want);
}

TEST(Database, KeepsExemplarsAndMetadataOverACrashAndACheckpoint) {
  MemoryFiles files;
  SystemClock clock;
  std::string log;
  std::deque<Registry> registries;
  std::unique_ptr<Database> database;
  const auto open = [&](size_t max_exemplars) {
    database.reset();
    database = *Database::Open(
        {.directory = "d", .wal_sync_interval = {0}, .max_exemplars = max_exemplars}, files, clock,
        Logger(LogOptions{}, &log), registries.emplace_back());
  };
  constexpr int64_t kStart = 1'700'000'000'000;
  constexpr int64_t kHourMs = 3'600'000;
  const storage::Metadata metadata{openmetrics::Type::kCounter, "", "Requests."};
  const auto add = [&](int64_t at_ms, const std::string& help) {
    const auto appender = database->NewAppender();
    const auto ref = *appender->Append(storage::kNoRef, Series("a"), at_ms, 1);
    EXPECT_TRUE(appender->AppendExemplar(ref, Example(at_ms, 1)).ok());
    EXPECT_TRUE(appender->UpdateMetadata(ref, {metadata.type, "", help}).ok());
    EXPECT_TRUE(appender->Commit().ok());
    return ref;
  };
  open(100);
  for (int hour = 0; hour < 12; ++hour) {
    add(kStart + hour * kHourMs, hour < 2 ? "Old." : metadata.help);
    ASSERT_TRUE(database->Compact().ok());
  }
  const auto found = [&] {
    return Lines(*database->NewQuerier(0, storage::kMaxTime)->SelectExemplars(Named({"a"})));
  };
  EXPECT_EQ(
      found()[0], "a" + [&] {
        std::string all;
        for (int hour = 0; hour < 12; ++hour)
          all += " 1@" + std::to_string(kStart + hour * kHourMs);
        return all;
      }());
  open(2);  // what is in blocks is gone, as in the original
  EXPECT_THAT(found(), ElementsAre("a 1@" + std::to_string(kStart + 10 * kHourMs) + " 1@" +
                                   std::to_string(kStart + 11 * kHourMs)));
  const auto ref =
      *database->NewAppender()->Append(storage::kNoRef, Series("a"), kStart + 12 * kHourMs, 1);
  ASSERT_NE(database->MetadataOf(ref), nullptr);
  EXPECT_EQ(*database->MetadataOf(ref), metadata);
  open(0);
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(database->NewAppender()->AppendExemplar(99, Example(1, 1)).code(), Code::kOk);
}

}  // namespace
}  // namespace narthex::tsdb
