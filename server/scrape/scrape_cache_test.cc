#include "server/scrape/scrape_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "server/scrape/dropping_target.h"
#include "server/scrape/ingest.h"
#include "server/scrape/recording_storage.h"

namespace narthex::server {
namespace {

SeriesHasher HasherOf(uint32_t seed) {
  SeriesHasher::Secret secret;
  std::mt19937 random(seed);
  for (uint32_t& word : secret) word = static_cast<uint32_t>(random());
  return SeriesHasher(secret);
}

std::string SeriesName(unsigned number) { return "s" + std::to_string(number); }

// What is left of a storage's line, "s7{…} 3@5", by its series and what it got: "s7 3@5".
std::string WithoutLabels(const std::string& line) {
  const size_t labels = line.find('{');
  return line.substr(0, labels) + line.substr(line.find('}', labels) + 1);
}

// A target whose lines come, go, change places and stand twice from scrape to scrape.
class ChangingTarget {
 public:
  explicit ChangingTarget(uint32_t seed) : random_(seed) {}

  // The series of the next scrape, in the order of their lines.
  const std::vector<unsigned>& Next() {
    for (unsigned change = Below(4); change > 0; --change) Change();
    return lines_;
  }

 private:
  static constexpr unsigned kSeries = 60;

  unsigned Below(size_t end) { return static_cast<unsigned>(random_() % end); }
  std::vector<unsigned>::iterator Any() {
    return lines_.begin() + static_cast<ptrdiff_t>(Below(lines_.size()));
  }
  void Change() {
    const unsigned kind = lines_.empty() ? 0 : Below(6);
    switch (kind) {
      case 0: {  // some more, a few of them perhaps doubles
        for (unsigned more = 1 + Below(8); more > 0; --more)
          lines_.insert(lines_.begin() + Below(lines_.size() + 1), Below(kSeries));
        return;
      }
      case 1:
        lines_.erase(Any());
        return;
      case 2:
        std::iter_swap(Any(), Any());
        return;
      case 3:
        std::rotate(lines_.begin(), Any(), lines_.end());
        return;
      case 4:
        lines_.push_back(*Any());
        return;
      default:
        if (Below(8) == 0) std::shuffle(lines_.begin(), lines_.end(), random_);
    }
  }

  std::mt19937 random_;
  std::vector<unsigned> lines_;
};

// Of a scrape: a sample for the first line of each series, and the end of each that is gone.
std::vector<std::string> Expected(const std::vector<unsigned>& lines,
                                  const std::set<unsigned>& before, int64_t time_ms) {
  const std::string at = "@" + std::to_string(time_ms);
  std::vector<std::string> expected;
  std::set<unsigned> came;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (came.insert(lines[i]).second)
      expected.push_back(SeriesName(lines[i]) + " " + std::to_string(i) + at);
  }
  for (const unsigned gone : before) {
    if (!came.contains(gone)) expected.push_back(SeriesName(gone) + " stale" + at);
  }
  return expected;
}

TEST(ScrapeCacheTest, FollowsAChangingTargetUnderAnySecret) {
  constexpr uint32_t kSecrets = 40;
  constexpr int64_t kScrapes = 40;
  for (uint32_t seed = 0; seed < kSecrets; ++seed) {
    SCOPED_TRACE("secret and changes of seed " + std::to_string(seed));
    const SeriesHasher hasher = HasherOf(seed);
    RecordingStorage storage;
    Ingester ingester(storage, DroppingTarget("none", {}), {.hasher = &hasher});
    ChangingTarget target(seed);
    std::set<unsigned> before;
    for (int64_t time_ms = 1; time_ms <= kScrapes; ++time_ms) {
      const std::vector<unsigned>& lines = target.Next();
      std::string body;
      for (size_t i = 0; i < lines.size(); ++i)
        body += SeriesName(lines[i]) + " " + std::to_string(i) + "\n";
      if (time_ms % 10 == 0) storage.DropAll();  // no known ref is good any more
      storage.Forget();
      IngestCounts counts;
      ASSERT_TRUE(ingester.Store(body, openmetrics::Format::kText, time_ms, counts).ok());
      ASSERT_TRUE(ingester.Report({.up = true}, time_ms).ok());
      std::vector<std::string> stored;
      for (const std::string& line : storage.Lines()) {
        if (line.starts_with("s") && !line.starts_with("scrape_"))
          stored.push_back(WithoutLabels(line));
      }
      auto expected = Expected(lines, before, time_ms);
      if (time_ms % 10 == 0)  // a series that storage has dropped has no end to be marked
        std::erase_if(expected, [](const auto& line) { return line.find("stale") != line.npos; });
      ASSERT_THAT(stored, testing::UnorderedElementsAreArray(expected)) << "at " << time_ms;
      before = {lines.begin(), lines.end()};
    }
  }
}

TEST(ScrapeCacheTest, SecretsHashApart) {
  EXPECT_EQ(HasherOf(1)("a"), HasherOf(1)("a"));
  EXPECT_NE(HasherOf(1)("a"), HasherOf(2)("a"));
  EXPECT_NE(HasherOf(1)("a"), HasherOf(1)("b"));
}

}  // namespace
}  // namespace narthex::server
