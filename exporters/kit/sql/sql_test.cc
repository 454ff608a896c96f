#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <future>
#include <thread>

#include "exporters/kit/sql/fake_session.h"
#include "exporters/kit/sql/session_pool.h"
#include "exporters/kit/sql/sql_table.h"
#include "exporters/kit/sql/sql_target.h"

namespace narthex::exporters {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

QueryBounds InSeconds(int64_t seconds) {
  return QueryBounds{QueryBounds::Time::max(), nullptr}.Within(Duration::Seconds(seconds));
}

TEST(ParseSqlTime, ReadsWhatServersWrite) {
  EXPECT_EQ(ParseSqlTime("1970-01-02 00:00:01"), 86'401);
  EXPECT_EQ(ParseSqlTime("2026-11-28 05:16:31.25+05:30"), ParseSqlTime("2026-11-27 23:46:31.25"));
  EXPECT_EQ(ParseSqlTime("1969-12-31 23:59:59-01"), 3599);
  EXPECT_EQ(ParseSqlTime("2000-02-29"), 951'782'400);
  for (const char* bad : {"", "infinity", "2001-02-29", "2001-13-01", "2001-1-1", "2001-01-01 1:00",
                          "2001-01-01 00:00:00+", "2001-01-01 00:00:00 BC", "2001-01-01x"})
    EXPECT_EQ(ParseSqlTime(bad), std::nullopt) << bad;
}

constexpr SqlColumn kColumns[] = {
    {ColumnUse::kLabel, "name"},
    {ColumnUse::kLabel, "kind", {}, {}, WhenNull::kAsUnknown},
    {ColumnUse::kGauge, "size", "Size.", "pg_size(x)", WhenNull::kAsZero},
    {ColumnUse::kCounter, "reads", "Reads."},
    {ColumnUse::kGauge, "late", "Late.", {}, WhenNull::kSkipRow, 16},
    {ColumnUse::kGauge, "early", "Early.", {}, WhenNull::kLeaveOut, 0, 15},
};
constexpr SqlTable kTable{"t_", "FROM t", kColumns};

constexpr SqlColumn kPartColumns[] = {
    {ColumnUse::kLabel, "name"},
    {ColumnUse::kLabel, "kind"},
    {ColumnUse::kGauge, "version", "Version."},
    {.use = ColumnUse::kGauge, .name = "rows", .help = "Rows.", .labels = 1},
    {.use = ColumnUse::kCounter,
     .name = "io_total",
     .help = "Io.",
     .expression = "reads",
     .with = {"mode", "read"},
     .labels = 1},
    {.use = ColumnUse::kCounter,
     .name = "io_total",
     .help = "Io.",
     .expression = "writes",
     .with = {"mode", "write"},
     .labels = 1},
};

TEST(SqlTable, ShowsColumnsThatArePartsOfOneFamily) {
  FakeSession session({Cells{"/data/a", "k", "3", "10", "1", "2"}});
  openmetrics::ExpositionWriter out(openmetrics::Format::kText);
  MetricSink sink(out);
  const SqlTable table{"t_", "FROM t", kPartColumns, "/data/"};
  ASSERT_TRUE(CollectTable(table, session, InSeconds(60), sink).ok());
  std::string text;
  out.Finish(text);
  EXPECT_THAT(text, HasSubstr("t_version{kind=\"k\",name=\"a\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("t_rows{name=\"a\"} 10\n"));
  EXPECT_THAT(text, HasSubstr("t_io_total{mode=\"read\",name=\"a\"} 1\n"
                              "t_io_total{mode=\"write\",name=\"a\"} 2\n"));
}

TEST(SqlTable, MakesItsStatementForTheVersion) {
  EXPECT_EQ(StatementOf(kTable, {15, 0, 0}), "SELECT name, kind, pg_size(x), reads FROM t");
  EXPECT_EQ(StatementOf(kTable, {16, 0, 0}), "SELECT name, kind, pg_size(x), reads, late FROM t");
  EXPECT_EQ(StatementOf(kTable, {14, 9, 0}), "SELECT name, kind, pg_size(x), reads, early FROM t");
  constexpr SqlColumn kLate[] = {{ColumnUse::kLabel, "name"},
                                 {ColumnUse::kGauge, "x", "X.", {}, WhenNull::kLeaveOut, 17}};
  EXPECT_EQ(StatementOf({"t_", "FROM t", kLate}, {16, 9, 0}), "");
}

TEST(SqlTable, TurnsRowsIntoSamples) {
  FakeSession session({{"a", "x", "1.5", "7"},
                       {std::nullopt, std::nullopt, std::nullopt, std::nullopt},
                       {"a", "x", "9", "9"}});
  openmetrics::ExpositionWriter writer(openmetrics::Format::kText);
  MetricSink sink(writer);
  const Label more[] = {{"server", "s"}};
  ASSERT_TRUE(CollectTable(kTable, session, InSeconds(5), sink, more).ok());
  std::string text;
  writer.Finish(text);
  EXPECT_THAT(text, HasSubstr("t_size{kind=\"x\",name=\"a\",server=\"s\"} 1.5\n"
                              "t_size{kind=\"unknown\",name=\"\",server=\"s\"} 0\n"));
  EXPECT_THAT(text,
              HasSubstr("# TYPE t_reads counter\nt_reads{kind=\"x\",name=\"a\",server=\"s\"} 7\n"));
  EXPECT_THAT(text, Not(HasSubstr(" 9")));  // of labels that were there
  ASSERT_EQ(sink.complaints().size(), 1U);
}

TEST(SqlTable, RefusesAnswersOfAnotherShape) {
  FakeSession session({{"a"}});
  openmetrics::ExpositionWriter writer(openmetrics::Format::kText);
  MetricSink sink(writer);
  EXPECT_EQ(CollectTable(kTable, session, InSeconds(5), sink).code(), Code::kCorruption);
}

// A pool of fakes that counts how many there are.
struct Fakes {
  SessionPool::Connect Connector() {
    return [this](const std::string& database,
                  const QueryBounds&) -> Result<std::unique_ptr<SqlSession>> {
      if (database == "none") return Unavailable("no such database");
      connected.push_back(database);
      auto session = std::make_unique<FakeSession>();
      last = session.get();
      return std::unique_ptr<SqlSession>(std::move(session));
    };
  }
  std::vector<std::string> connected;
  FakeSession* last = nullptr;
};

TEST(SessionPool, KeepsSessionsAndNeverHasMoreThanItMay) {
  Fakes fakes;
  SessionPool pool(2, fakes.Connector());
  {
    const auto first = pool.Take("", InSeconds(5));
    const auto second = pool.Take("", InSeconds(5));
    ASSERT_TRUE(first.ok() && second.ok());
    const auto third = pool.Take("", QueryBounds{std::chrono::steady_clock::now(), nullptr});
    EXPECT_EQ(third.code(), Code::kTimeout);
    EXPECT_EQ(pool.open(), 2U);
    EXPECT_EQ(pool.waited_for(), 0);
  }
  EXPECT_TRUE(pool.Take("", InSeconds(5)).ok());
  EXPECT_EQ(fakes.connected.size(), 2U);
  EXPECT_EQ(pool.open(), 2U);
}

TEST(SessionPool, MakesRoomForAnotherDatabase) {
  Fakes fakes;
  SessionPool pool(1, fakes.Connector());
  for (const char* database : {"", "a", "a", "b"})
    EXPECT_TRUE(pool.Take(database, InSeconds(5)).ok());
  EXPECT_THAT(fakes.connected, ElementsAre("", "a", "b"));
  EXPECT_FALSE(pool.Take("none", InSeconds(5)).ok());
  EXPECT_EQ(pool.open(), 0U);
  EXPECT_EQ(pool.opened(), 3);
}

TEST(SessionPool, ReplacesASessionThatHasEnded) {
  Fakes fakes;
  SessionPool pool(1, fakes.Connector());
  EXPECT_TRUE(pool.Take("", InSeconds(5)).ok());
  fakes.last->alive = false;
  EXPECT_TRUE(pool.Take("", InSeconds(5)).ok());
  EXPECT_EQ(pool.opened(), 2);
  EXPECT_EQ(pool.open(), 1U);
}

TEST(SessionPool, WaitsForALeaseToEnd) {
  Fakes fakes;
  SessionPool pool(1, fakes.Connector());
  std::optional<SessionPool::Lease> held(std::move(*pool.Take("", InSeconds(5))));
  auto waiting = std::async(std::launch::async, [&] { return pool.Take("", InSeconds(30)).ok(); });
  while (pool.waited_for() == 0) std::this_thread::yield();
  held.reset();
  EXPECT_TRUE(waiting.get());
  EXPECT_EQ(pool.opened(), 1);
}

class SqlTargetTest : public testing::Test {
 protected:
  std::shared_ptr<SqlTarget> Target(std::vector<SqlCollector> collectors) {
    return std::make_shared<SqlTarget>(
        std::vector<SqlSource>{{"s:1", std::make_shared<SessionPool>(2, fakes_.Connector()), {}}},
        std::make_shared<const std::vector<SqlCollector>>(std::move(collectors)),
        SqlTarget::Options{});
  }
  static SqlTarget::Question Ask(std::function<bool()> is_gone = [] { return false; }) {
    return {openmetrics::Format::kText, {}, Duration::Seconds(30), std::move(is_gone)};
  }
  static std::string Text(const SqlScrape& scrape) {
    openmetrics::ExpositionWriter out(openmetrics::Format::kText);
    std::string log;
    ShowScrape(scrape, "x_scrape_collector_", out, Logger({}, &log));
    std::string text;
    out.Finish(text);
    return text;
  }

  Fakes fakes_;
};

SqlCollector Showing(const std::string& name, const Status& status = {}) {
  const std::string family = "x_" + name;
  return {name, [family, status](const SqlScope&, MetricSink& sink) {
            sink.Gauge(family, "Help.", 1);
            return status;
          }};
}

TEST_F(SqlTargetTest, OneFailureIsOneCollectors) {
  const auto target = Target({Showing("a"), Showing("b", Timeout("late")), Showing("c")});
  const auto scrape = target->Scrape(Ask());
  ASSERT_TRUE(scrape);
  EXPECT_EQ(scrape->outcomes[1].status.code(), Code::kTimeout);
  EXPECT_EQ(scrape->unreached(), 0U);
  const std::string text = Text(*scrape);
  EXPECT_THAT(text, HasSubstr("x_a 1\n"));
  EXPECT_THAT(text, HasSubstr("x_scrape_collector_success{collector=\"a\"} 1\n"
                              "x_scrape_collector_success{collector=\"b\"} 0\n"
                              "x_scrape_collector_success{collector=\"c\"} 1\n"));
}

TEST_F(SqlTargetTest, NothingIsCollectedOfAServerThatIsNotReached) {
  const auto pool = std::make_shared<SessionPool>(
      2, [](const std::string&, const QueryBounds&) -> Result<std::unique_ptr<SqlSession>> {
        return Unavailable("connection refused");
      });
  SqlTarget target({{"s:1", pool, {}}},
                   std::make_shared<const std::vector<SqlCollector>>(1, Showing("a")), {});
  const auto scrape = target.Scrape(Ask());
  ASSERT_TRUE(scrape);
  EXPECT_EQ(scrape->unreached(), 1U);
  EXPECT_TRUE(scrape->outcomes.empty());
}

TEST_F(SqlTargetTest, ScrapesAtATimeShareAnAnswer) {
  std::promise<void> go;
  std::shared_future<void> gone = go.get_future().share();
  std::atomic<int> runs{0};
  const auto target = Target({{"a", [&, gone](const SqlScope&, MetricSink&) {
                                 ++runs;
                                 gone.wait();
                                 return Status();
                               }}});
  std::vector<std::future<std::shared_ptr<const SqlScrape>>> answers;
  std::atomic<int> asking{0};
  constexpr int kAskers = 3;
  answers.reserve(kAskers);
  for (int i = 0; i < kAskers; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      return target->Scrape(Ask([&asking, counted = false]() mutable {
        if (!counted) ++asking;
        counted = true;
        return false;
      }));
    }));
  }
  while (asking < 3) std::this_thread::yield();  // all wait for the one run
  go.set_value();
  std::set<const SqlScrape*> different;
  for (auto& answer : answers) different.insert(answer.get().get());
  EXPECT_EQ(different.size(), 1U);
  EXPECT_EQ(runs, 1);
}

TEST_F(SqlTargetTest, AScrapeThatNobodyWaitsForIsCancelled) {
  const auto target = Target({{"a", [](const SqlScope& scope, MetricSink&) -> Status {
                                 for (;;) {
                                   RETURN_IF_ERROR(scope.bounds.Check());
                                   std::this_thread::yield();
                                 }
                               }}});
  const auto scrape = target->Scrape(Ask([] { return true; }));
  ASSERT_TRUE(scrape);
  EXPECT_EQ(scrape->outcomes[0].status.code(), Code::kCancelled);
}

}  // namespace
}  // namespace narthex::exporters
