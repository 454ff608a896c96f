// Random pushes, that collide often, against a store that checks by looking at everything.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "common/openmetrics/formats.h"
#include "common/openmetrics/text_format.h"
#include "pushgateway/testing/page_checker.h"

namespace narthex::pushgateway {
namespace {

using openmetrics::Format;
using openmetrics::NameScheme;
using openmetrics::Type;

// Keeps the families of each group, and takes a push if the whole state after it is consistent.
class NaiveStore {
 public:
  explicit NaiveStore(Store::OwnTypes own) : own_(std::move(own)) {}

  // Whether the request is taken; nothing when its body cannot be read.
  std::optional<bool> Ask(const RandomRequest& request) {
    const GroupKey key = *ParseGroupPath(request.path, true);
    if (request.method == "DELETE") {
      groups_.erase(key);
      return true;
    }
    auto families = openmetrics::ReadFamilies(request.body, Format::kText1, NameScheme::kUtf8);
    if (!families.ok()) return std::nullopt;
    auto prepared = Prepare(*std::move(families), key);
    auto after = groups_;
    if (prepared.ok()) {
      if (request.method == "PUT") after[key].clear();
      after[key];
      for (PreparedFamily& family : *prepared) after[key][family.name] = std::move(family);
      if (IsConsistent(after)) {
        groups_ = std::move(after);
        return true;
      }
    }
    // The group stays for its failure's sake, unless it cannot be told from another.
    after = groups_;
    after[key];
    if (IsConsistent(after)) groups_ = std::move(after);
    return false;
  }

  std::set<std::string> Texts() const {
    std::set<std::string> texts;
    for (const auto& [key, families] : groups_) {
      for (const auto& [name, family] : families) texts.insert(family.text);
    }
    return texts;
  }
  size_t group_count() const { return groups_.size(); }

 private:
  using Groups = std::map<GroupKey, std::map<std::string, PreparedFamily>>;

  bool IsConsistent(const Groups& groups) const {
    std::map<std::string, Type, std::less<>> types = own_;
    std::set<SeriesId> series;
    for (const auto& [key, families] : groups) {
      if (!series.insert(IdOf(kPushTime, FinalLabels({}, key))).second) return false;
      for (const auto& [name, family] : families) {
        if (types.emplace(name, family.type).first->second != family.type) return false;
        for (const SeriesId id : family.series) {
          if (!series.insert(id).second) return false;
        }
      }
    }
    for (const auto& [name, type] : types) {
      if (type != Type::kHistogram && type != Type::kSummary) continue;
      for (const char* suffix : {"_count", "_sum", "_bucket"}) {
        if (type == Type::kSummary && suffix == std::string_view("_bucket")) continue;
        if (types.contains(name + suffix)) return false;
      }
    }
    return true;
  }

  const Store::OwnTypes own_;
  Groups groups_;
};

std::string RandomBytes(std::mt19937_64& random, size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST(StoreProperty, TakesExactlyWhatLeavesTheWholeConsistent) {
  std::mt19937_64 random(20261124);
  size_t taken = 0;
  size_t refused = 0;
  for (int round = 0; round < 60; ++round) {
    TestGateway gateway;
    NaiveStore naive(gateway.own_types());
    const std::string bytes = RandomBytes(random, 1500);
    Choices choices(bytes);
    while (!choices.done()) {
      const RandomRequest request = MakeRequest(choices);
      const auto expected = naive.Ask(request);
      const std::string answer =
          gateway.Ask(request.method, "/metrics/" + request.path, request.body);
      ASSERT_EQ(answer.starts_with("20"), expected.value_or(false))
          << request.method << " " << request.path << "\n"
          << request.body << "\n"
          << answer;
      ++(expected.value_or(false) ? taken : refused);
      ASSERT_EQ(gateway.store.sizes().groups, naive.group_count());
    }
    const std::string samples = gateway.Samples();
    for (const std::string& text : naive.Texts())
      ASSERT_NE(samples.find(text), std::string::npos) << text;
    ASSERT_EQ(FindFault(gateway), "");
  }
  // The test is worth its name only while both happen often.
  EXPECT_GT(taken, 500U);
  EXPECT_GT(refused, 500U);
}

// By its numbers or as a whole: a text that comes again leaves the same page.
TEST(StoreProperty, GivesTheSamePageWhetherTheShapeIsKnownOrNot) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    const std::string bytes = RandomBytes(random, 60);
    Choices choices(bytes);
    const RandomRequest request = MakeRequest(choices);
    TestGateway fresh;
    TestGateway used;
    for (int i = 0; i < 4; ++i) used.Ask(request.method, "/metrics/" + request.path, request.body);
    fresh.Ask(request.method, "/metrics/" + request.path, request.body);
    const auto without_failures = [](std::string samples) {
      const size_t begin = samples.find(kPushFailureTime);
      return begin == std::string::npos ? samples : samples.erase(begin, samples.find('\n', begin));
    };
    ASSERT_EQ(without_failures(used.Samples()), without_failures(fresh.Samples())) << request.body;
  }
}

}  // namespace
}  // namespace narthex::pushgateway
