#include "server/discovery/discovery_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>

#include "common/fs/temporary_folder.h"

namespace narthex::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ParseGroupFile, ReadsJsonAndYamlAlike) {
  const auto yaml =
      ParseGroupFile("- targets: [a:1, b:2]\n  labels: {x: y}\n- targets: []\n", "f.yml");
  const auto json =
      ParseGroupFile(R"([{"targets": ["a:1", "b:2"], "labels": {"x": "y"}}, {}])", "f.json");
  ASSERT_TRUE(yaml.ok()) << yaml.message();
  ASSERT_TRUE(json.ok()) << json.message();
  EXPECT_THAT(yaml->at(0).addresses, ElementsAre("a:1", "b:2"));
  EXPECT_EQ(yaml->at(0).labels.at("__meta_filepath"), "f.yml");
  EXPECT_EQ(json->at(0).addresses, yaml->at(0).addresses);
  EXPECT_EQ(json->at(0).labels.at("x"), "y");
  EXPECT_TRUE(json->at(1).addresses.empty());
  EXPECT_TRUE(ParseGroupFile("", "f.yml")->empty());
}

TEST(ParseGroupFile, NamesFileAndPlaceOfWhatIsWrong) {
  EXPECT_THAT(ParseGroupFile("- target: [a]\n", "f.yml").message(),
              HasSubstr("f.yml:1:3: unknown field \"target\""));
  EXPECT_THAT(ParseGroupFile("", "f.json").message(), HasSubstr("f.json:1:1: not JSON"));
  EXPECT_THAT(ParseGroupFile("{}", "f.JSON").message(), HasSubstr("f.JSON:1:1: "));
}

// A directory of its own for a test's files.
class DiscoveryTest : public testing::Test {
 protected:
  // As careful programs write: whole under another name, then renamed.
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ + "/.new") << text;
    std::filesystem::rename(directory_ + "/.new", directory_ + "/" + name);
  }

  Config Job(const std::string& pattern) {
    ScrapeConfig job;
    job.job_name = "j";
    job.discovery.static_configs.push_back({{"static:1"}, {}});
    job.discovery.file_sd_configs.push_back({{directory_ + "/" + pattern}});
    Config config;
    config.scrape_configs.push_back(job);
    return config;
  }

  // The addresses of the job as last told.
  std::vector<std::string> Addresses() const {
    std::vector<std::string> all;
    for (const TargetGroup& group : groups_)
      all.insert(all.end(), group.addresses.begin(), group.addresses.end());
    return all;
  }

  // Waits until the addresses are these; the test's own time limit ends a wait in vain.
  void WaitFor(const std::vector<std::string>& addresses) {
    std::unique_lock lock(mutex_);
    told_.wait(lock, [&] { return Addresses() == addresses; });
  }

  const TemporaryFolder folder_;
  const std::string directory_ = folder_.path().string();
  std::string log_;
  SystemClock clock_;
  Registry registry_;
  std::mutex mutex_;
  std::condition_variable told_;
  std::vector<TargetGroup> groups_;  // guarded by mutex_
  DiscoveryManager manager_{[this](const std::string&, const std::vector<TargetGroup>& groups) {
                              const std::lock_guard lock(mutex_);
                              groups_ = groups;
                              told_.notify_all();
                            },
                            clock_, Logger(LogOptions{}, &log_), registry_};
};

TEST_F(DiscoveryTest, KnowsWhatIsThereWhenApplied) {
  Write("a.json", R"([{"targets": ["a:1"]}])");
  Write("b.yml", "- targets: [b:1]\n");
  manager_.Apply(Job("*.json"));
  const std::lock_guard lock(mutex_);
  EXPECT_THAT(Addresses(), ElementsAre("static:1", "a:1"));
}

TEST_F(DiscoveryTest, FollowsFilesThatComeChangeAndGo) {
  manager_.Apply(Job("*.yml"));
  Write("a.yml", "- targets: [a:1]\n");
  WaitFor({"static:1", "a:1"});
  Write("b.yml", "- targets: [b:1]\n");
  WaitFor({"static:1", "a:1", "b:1"});
  Write("a.yml", "- targets: [a:2]\n");
  WaitFor({"static:1", "a:2", "b:1"});
  std::filesystem::remove(directory_ + "/a.yml");
  WaitFor({"static:1", "b:1"});
}

TEST_F(DiscoveryTest, KeepsTheLastTargetsOfABrokenFile) {
  Write("a.yml", "- targets: [a:1]\n");
  manager_.Apply(Job("*.yml"));
  Write("a.yml", "- targets: [a:1\n");
  Write("b.yml", "- targets: [b:1]\n");
  WaitFor({"static:1", "a:1", "b:1"});
}

}  // namespace
}  // namespace narthex::server
