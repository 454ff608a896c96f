#include "common/config/unbind.h"

#include <gtest/gtest.h>

#include "common/config/bind.h"
#include "common/config/tree_diff.h"

namespace narthex::config {
namespace {

struct Tls {
  std::string name;
  TlsVersion version = TlsVersion::kTls12;

  void Describe(auto& fields) {
    fields.Optional("name", name);
    fields.Optional("version", version);
  }
};

struct Job {
  std::string job_name;
  Duration interval = Duration::Seconds(60);
  bool honor = true;
  bool track = false;
  std::optional<bool> maybe;
  uint64_t limit = 0;
  Secret password;
  std::vector<std::string> targets;
  std::map<std::string, std::string> labels;
  Tls tls;

  void Describe(auto& fields) {
    fields.Required("job_name", job_name);
    fields.Optional("interval", interval);
    fields.Optional("honor", honor);
    fields.Optional("track", track);
    fields.Optional("maybe", maybe);
    fields.Optional("limit", limit);
    fields.Optional("password", password);
    fields.Optional("targets", targets);
    fields.Optional("labels", labels);
    fields.Optional("tls", tls);
  }
};

struct Jobs {
  std::vector<Job> jobs;

  void Describe(auto& fields) { fields.Optional("jobs", jobs); }
};

TEST(ToNode, LeavesOutWhatSaysNothing) {
  EXPECT_EQ(ToYaml(ToNode(Job{.job_name = "a"})), "job_name: a\ninterval: 1m\nhonor: true\n");
}

TEST(ToNode, ShowsWhatIsSaidAndNoSecret) {
  const Job job{.job_name = "true",
                .interval = Duration::Seconds(5),
                .honor = false,
                .maybe = false,
                .limit = 7,
                .password = Secret("hunter2"),
                .targets = {"a:1", "#b", "12"},
                .labels = {{"x", ""}, {"y", "a: b\n"}},
                .tls = {.name = "n"}};
  EXPECT_EQ(ToYaml(ToNode(job)),
            "job_name: \"true\"\ninterval: 5s\nmaybe: false\nlimit: 7\npassword: <secret>\n"
            "targets:\n  - a:1\n  - \"#b\"\n  - \"12\"\nlabels:\n  x: \"\"\n  \"y\": \"a: b\\n\"\n"
            "tls:\n  name: \"n\"\n  version: TLS12\n");
}

TEST(ToYaml, ReadsBackAsTheSameTree) {
  const std::string texts[] = {"a: {b: [1, \"2\", ~], \"yes\": \"no\"}\n",
                               "[]",
                               "x: \"\\e\\0\"",
                               "- - - a\n  - {}\n",
                               "\"~\": 'null'",
                               "a: \"tab\\tq\\\"\""};
  for (const std::string& text : texts) {
    const auto tree = ParseYaml(text);
    ASSERT_TRUE(tree.ok()) << tree.message();
    for (const std::string& written : {ToYaml(*tree), ToFlowYaml(*tree)}) {
      const auto again = ParseYaml(written);
      ASSERT_TRUE(again.ok()) << again.message() << " in " << written;
      EXPECT_EQ(*again == *tree, true) << written;
    }
  }
}

TEST(Differences, NamesThePlaceOfEach) {
  const auto before = Parse<Jobs>("jobs: [{job_name: a, limit: 1}, {job_name: b}]", "x");
  const auto after = Parse<Jobs>(
      "jobs: [{job_name: c}, {job_name: a, limit: 2, targets: [x], tls: {name: q}}]", "x");
  const auto found = Differences(ToNode(*before), ToNode(*after));
  std::vector<std::string> texts;
  texts.reserve(found.size());
  for (const Difference& difference : found) texts.push_back(difference.Text());
  EXPECT_EQ(texts,
            (std::vector<std::string>{
                "jobs[c]: added {job_name: c, interval: 1m, honor: true}", "jobs[a].limit: 1 -> 2",
                "jobs[a].targets: added [x]", "jobs[a].tls: added {name: q, version: TLS12}",
                "jobs[b]: removed {job_name: b, interval: 1m, honor: true}"}));
}

TEST(Differences, AreNoneBetweenEquals) {
  const auto tree = ParseYaml("a: [1, {b: c}]\nd: ~\n");
  EXPECT_TRUE(Differences(*tree, *tree).empty());
}

}  // namespace
}  // namespace narthex::config
