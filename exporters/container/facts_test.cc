#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/openmetrics/protobuf_wire.h"
#include "exporters/container/container_labels.h"
#include "exporters/container/cri_messages.h"
#include "exporters/container/facts_catalog.h"
#include "exporters/container/runtime_json.h"

namespace narthex::exporters {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(ParseTime, ReadsRfc3339) {
  EXPECT_EQ(ParseTime("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseTime("2024-02-29T12:00:00.123456789Z"), 1'709'208'000);
  EXPECT_EQ(ParseTime("2024-02-29T13:00:00+01:00"), 1'709'208'000);
  EXPECT_FALSE(ParseTime("0001-01-01T00:00:00Z"));  // Go's zero
  EXPECT_FALSE(ParseTime("2024-02-29 12:00:00Z"));
  EXPECT_FALSE(ParseTime("2024-02-29T12:00:00"));
  EXPECT_FALSE(ParseTime("2024-13-29T12:00:00Z"));
}

TEST(ParseDockerList, ReadsNamesLabelsAndHealth) {
  const auto list = ParseDockerList(
      R"json([{"Id":"aa","Names":["/web"],"Image":"nginx:1","Created":1700000000,
          "Labels":{"com.example":"x","empty":""},"Status":"Up 2 hours (healthy)"},
          {"Id":"bb","Names":null,"Labels":null,"Status":"Up 1 second (health: starting)"},
          {"Names":["/nobody"]}])json");
  ASSERT_TRUE(list.ok()) << list.message();
  ASSERT_EQ(list->size(), 2U);
  const ContainerFacts& web = (*list)[0];
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.image, "nginx:1");
  EXPECT_EQ(web.created_s, 1'700'000'000);
  EXPECT_EQ(web.health, Health::kHealthy);
  EXPECT_THAT(web.labels, UnorderedElementsAre(Pair("com.example", "x"), Pair("empty", "")));
  EXPECT_EQ((*list)[1].health, Health::kOther);
}

TEST(ParseDockerList, TakesGosEmptyListAndRefusesOthers) {
  EXPECT_TRUE(ParseDockerList("null").ok());
  EXPECT_FALSE(ParseDockerList(R"({"message":"no"})").ok());
  EXPECT_FALSE(ParseDockerList("[").ok());
}

TEST(ParseDockerContainer, ReadsTheAnswerAndTheFile) {
  for (const char* id : {"Id", "ID"}) {
    const auto facts = ParseDockerContainer(
        "{\"" + std::string(id) + R"(":"aa","Name":"/web","Created":"2024-02-29T12:00:00Z",
        "RestartCount":3,"State":{"StartedAt":"2024-02-29T12:00:01Z","Health":{"Status":"unhealthy"}},
        "Config":{"Image":"nginx:1","Labels":{"io.kubernetes.pod.name":"p",
        "io.kubernetes.pod.namespace":"n","io.kubernetes.container.name":"POD"},
        "Env":["APP_NAME=shop","PATH=/bin","APP=","odd"]}})",
        {"APP"});
    ASSERT_TRUE(facts.ok()) << facts.message();
    EXPECT_EQ(facts->restarts, 3U);
    EXPECT_EQ(facts->started_s, 1'709'208'001);
    EXPECT_EQ(facts->health, Health::kOther);
    EXPECT_EQ(facts->pod, "p");
    EXPECT_EQ(facts->pod_namespace, "n");
    EXPECT_TRUE(facts->is_sandbox);
    EXPECT_EQ(facts->container, "");
    EXPECT_THAT(facts->environment, ElementsAre(Pair("app", ""), Pair("app_name", "shop")));
  }
}

TEST(ParseStorageList, ReadsNameImageAndAge) {
  const auto list = ParseStorageList(
      R"([{"id":"aa","names":["web"],"created":"2024-02-29T12:00:00.5Z",
          "metadata":"{\"image-name\":\"localhost/tiny:1\",\"name\":\"web\"}"}])");
  ASSERT_TRUE(list.ok()) << list.message();
  EXPECT_EQ(list->front().name, "web");
  EXPECT_EQ(list->front().image, "localhost/tiny:1");
  EXPECT_EQ(list->front().created_s, 1'709'208'000);
}

TEST(ParseBundle, ReadsWhatContainerdAndCriOAnnotate) {
  const auto containerd = ParseBundle(
      R"({"process":{"env":["A=1"]},"annotations":{"io.kubernetes.cri.container-name":"app",
      "io.kubernetes.cri.container-type":"container","io.kubernetes.cri.image-name":"shop:2",
      "io.kubernetes.cri.sandbox-name":"shop-0","io.kubernetes.cri.sandbox-namespace":"prod",
      "io.kubernetes.cri.sandbox-uid":"u-1"}})",
      {"A"});
  ASSERT_TRUE(containerd.ok());
  EXPECT_EQ(containerd->container, "app");
  EXPECT_EQ(containerd->pod, "shop-0");
  EXPECT_EQ(containerd->pod_namespace, "prod");
  EXPECT_EQ(containerd->pod_uid, "u-1");
  EXPECT_EQ(containerd->image, "shop:2");
  EXPECT_FALSE(containerd->is_sandbox);
  EXPECT_EQ(containerd->environment.at("a"), "1");
  const auto sandbox = ParseBundle(
      R"({"annotations":{"io.kubernetes.cri.container-type":"sandbox",
      "io.kubernetes.cri.podsandbox.image-name":"pause:3"}})",
      {});
  ASSERT_TRUE(sandbox.ok());
  EXPECT_TRUE(sandbox->is_sandbox);
  EXPECT_EQ(sandbox->image, "pause:3");  // since containerd 1.7
  const auto crio = ParseBundle(
      R"({"annotations":{"io.kubernetes.cri-o.ContainerType":"sandbox",
      "io.kubernetes.pod.name":"p","io.kubernetes.pod.namespace":"n",
      "io.kubernetes.container.name":"POD","io.kubernetes.cri-o.Labels":"{\"tier\":\"web\"}",
      "io.kubernetes.cri-o.ContainerName":"k8s_POD_p_n_u_0",
      "io.kubernetes.cri-o.Name":"k8s_p_n_u_0"}})",
      {});
  ASSERT_TRUE(crio.ok());
  EXPECT_TRUE(crio->is_sandbox);
  EXPECT_EQ(crio->container, "");
  EXPECT_EQ(crio->labels.at("tier"), "web");
  EXPECT_EQ(crio->name, "k8s_POD_p_n_u_0");
}

using openmetrics::AppendBytesField;
using openmetrics::AppendMessageField;
using openmetrics::AppendVarintField;

TEST(ParseContainerList, ReadsContainersOfTheRuntimeInterface) {
  std::string list;
  AppendMessageField(list, 1, [&] {
    AppendBytesField(list, 1, "aa");
    AppendBytesField(list, 2, "bb");
    AppendMessageField(list, 3, [&] {
      AppendBytesField(list, 1, "app");
      AppendVarintField(list, 2, 4);
    });
    AppendMessageField(list, 4, [&] {
      AppendBytesField(list, 1, "sha256:1");
      AppendBytesField(list, 18, "shop:2");
    });
    AppendVarintField(list, 7, 1'700'000'000'000'000'000);
    AppendMessageField(list, 8, [&] {
      AppendBytesField(list, 1, "tier");
      AppendBytesField(list, 2, "web");
    });
  });
  const auto containers = ParseContainerList(list);
  ASSERT_TRUE(containers.ok()) << containers.message();
  ASSERT_EQ(containers->size(), 1U);
  const CriContainer& one = containers->front();
  EXPECT_EQ(one.facts.id, "aa");
  EXPECT_EQ(one.facts.name, "aa");
  EXPECT_EQ(one.sandbox_id, "bb");
  EXPECT_EQ(one.facts.restarts, 4U);
  EXPECT_EQ(one.facts.container, "app");
  EXPECT_EQ(one.facts.image, "shop:2");
  EXPECT_EQ(one.facts.created_s, 1'700'000'000);
  EXPECT_EQ(one.facts.labels.at("tier"), "web");
  for (size_t cut = 1; cut + 1 < list.size(); ++cut)
    EXPECT_FALSE(ParseContainerList(list.substr(0, cut)).ok()) << cut;
}

TEST(CriOName, IsWhatCriOCallsAContainer) {
  ContainerFacts facts;
  facts.container = "app";
  facts.pod = "shop-0";
  facts.pod_namespace = "prod";
  facts.pod_uid = "u-1";
  facts.restarts = 2;
  EXPECT_EQ(CriOName(facts), "k8s_app_shop-0_prod_u-1_2");
  facts.is_sandbox = true;
  facts.restarts = 0;
  EXPECT_EQ(CriOName(facts), "k8s_POD_shop-0_prod_u-1_0");
}

TEST(ParseGrpcFrame, WantsOneWholeMessage) {
  const std::string frame = GrpcFrame("message");
  EXPECT_EQ(*ParseGrpcFrame(frame), "message");
  EXPECT_FALSE(ParseGrpcFrame(frame + "x").ok());
  EXPECT_FALSE(ParseGrpcFrame(frame.substr(0, 6)).ok());
  EXPECT_FALSE(ParseGrpcFrame("").ok());
  std::string compressed = frame;
  compressed[0] = 1;
  EXPECT_FALSE(ParseGrpcFrame(compressed).ok());
}

LabelMap LabelsOf(const ContainerFacts& facts, const std::vector<std::string>& arguments) {
  LabelPolicy policy;
  cli::Flags flags("test", "test");
  policy.AddFlags(flags);
  std::string output;
  EXPECT_TRUE(flags.Parse(arguments, output).ok());
  EXPECT_TRUE(policy.Prepare(flags).ok());
  return policy.Of("/c", {}, &facts);
}

TEST(LabelPolicy, ShowsWhatTheKubeletShowsAndLabelsByTheirNames) {
  ContainerFacts facts;
  facts.name = "web";
  facts.pod = "shop-0";
  facts.pod_namespace = "prod";
  facts.container = "app";
  facts.labels = {{"a.b", "1"}, {"a-b", "2"}, {"secret", "3"}, {"empty", ""}};
  EXPECT_THAT(LabelsOf(facts, {}),
              ElementsAre(Pair("container", "app"), Pair("id", "/c"), Pair("name", "web"),
                          Pair("namespace", "prod"), Pair("pod", "shop-0")));
  EXPECT_EQ(LabelsOf(facts, {"--whitelisted_container_labels=a.b, empty"})["container_label_a_b"],
            "1");
  // Of two names that become one, the first counts.
  EXPECT_EQ(LabelsOf(facts, {"--store_container_labels"})["container_label_a_b"], "2");
  EXPECT_THAT(LabelsOf(facts, {"--compat=cadvisor"}),
              ElementsAre(Pair("container_label_a_b", "2"), Pair("container_label_secret", "3"),
                          Pair("id", "/c"), Pair("name", "web")));
  EXPECT_THAT(
      LabelsOf(facts, {"--compat=cadvisor", "--store_container_labels=false",
                       "--whitelisted_container_labels=secret"}),
      ElementsAre(Pair("container_label_secret", "3"), Pair("id", "/c"), Pair("name", "web")));
}

TEST(LabelPolicy, BoundsWhatAContainerMayAdd) {
  ContainerFacts facts;
  for (int i = 0; i < 1000; ++i) facts.labels["l" + std::to_string(i)] = std::string(9000, 'x');
  const LabelMap labels = LabelsOf(facts, {"--store_container_labels"});
  EXPECT_LE(labels.size(), LabelPolicy::kMaxOwnLabels + 1);
  EXPECT_LE(labels.rbegin()->second.size(), LabelPolicy::kMaxValueBytes);
}

// A source that answers as a test tells it to, and counts the questions.
class FakeSource : public FactsSource {
 public:
  std::string_view name() const override { return "fake"; }
  Result<std::vector<ContainerFacts>> Find(const std::vector<std::string>& ids) override {
    ++asked;
    last = ids;
    if (!status.ok()) return status;
    return facts;
  }

  int asked = 0;
  std::vector<std::string> last;
  Status status;
  std::vector<ContainerFacts> facts;
};

struct Catalog {
  Catalog() {
    std::vector<std::unique_ptr<FactsSource>> sources;
    for (FakeSource*& source : fakes) {
      sources.push_back(std::make_unique<FakeSource>());
      source = static_cast<FakeSource*>(sources.back().get());
    }
    catalog = std::make_unique<FactsCatalog>(std::move(sources), Duration::Seconds(60), clock);
  }
  FakeSource& first() { return *fakes[0]; }
  FakeSource& second() { return *fakes[1]; }

  ManualClock clock{1'000'000};
  FakeSource* fakes[2];
  std::unique_ptr<FactsCatalog> catalog;
};

ContainerFacts Facts(const std::string& id, const std::string& name) {
  ContainerFacts facts;
  facts.id = id;
  facts.name = name;
  return facts;
}

TEST(FactsCatalog, AsksOnceAndKeepsTheAnswer) {
  Catalog c;
  c.first().facts = {Facts("a", "web")};
  c.catalog->Refresh({"a"});
  c.catalog->Refresh({"a"});
  EXPECT_EQ(c.first().asked, 1);
  EXPECT_EQ(c.second().asked, 0);  // nothing was left to ask for
  EXPECT_EQ(c.catalog->Container("a")->name, "web");
  c.first().facts = {Facts("a", "renamed")};
  c.clock.Advance(FactsCatalog::kFresh.ms);
  c.catalog->Refresh({"a"});
  EXPECT_EQ(c.catalog->Container("a")->name, "renamed");
}

TEST(FactsCatalog, AsksTheNextForWhatTheFirstDoesNotKnow) {
  Catalog c;
  c.first().facts = {Facts("a", "web")};
  c.second().facts = {Facts("b", "db")};
  c.catalog->Refresh({"a", "b"});
  EXPECT_THAT(c.second().last, ElementsAre("b"));
  EXPECT_EQ(c.catalog->Container("b")->name, "db");
}

TEST(FactsCatalog, AsksLessAndLessForWhatNobodyKnows) {
  Catalog c;
  for (int second = 0; second < 300; ++second) {
    c.catalog->Refresh({"a"});
    c.clock.Advance(1000);
  }
  EXPECT_LT(c.first().asked, 15);
  EXPECT_GT(c.first().asked, 5);
  c.first().facts = {Facts("a", "late")};
  c.clock.Advance(FactsCatalog::kMaxWait.ms);
  c.catalog->Refresh({"a"});
  EXPECT_EQ(c.catalog->Container("a")->name, "late");
}

TEST(FactsCatalog, LetsASourceThatFailsRestAndKeepsWhatItTold) {
  Catalog c;
  c.first().facts = {Facts("a", "web")};
  c.catalog->Refresh({"a"});
  c.first().status = Timeout("hangs");
  c.clock.Advance(FactsCatalog::kFresh.ms);
  c.catalog->Refresh({"a"});
  EXPECT_EQ(c.catalog->Container("a")->name, "web");
  EXPECT_EQ(c.catalog->states()[0].failures, 1U);
  const int asked = c.first().asked;
  c.catalog->Refresh({"a", "new"});
  EXPECT_EQ(c.first().asked, asked);
  EXPECT_EQ(c.second().asked, 2);
}

TEST(FactsCatalog, ForgetsContainersThatAreGone) {
  Catalog c;
  c.first().facts = {Facts("a", "web")};
  c.catalog->Refresh({"a"});
  c.catalog->Refresh({});
  EXPECT_EQ(c.catalog->Container("a"), nullptr);
}

TEST(FactsCatalog, KnowsPodsByTheirContainers) {
  Catalog c;
  ContainerFacts facts = Facts("a", "a");
  facts.pod = "shop-0";
  facts.pod_namespace = "prod";
  facts.pod_uid = "u";
  facts.image = "shop";
  c.first().facts = {facts};
  c.catalog->Refresh({"a"});
  ASSERT_NE(c.catalog->Pod("u"), nullptr);
  EXPECT_EQ(c.catalog->Pod("u")->pod, "shop-0");
  EXPECT_EQ(c.catalog->Pod("u")->image, "");
  EXPECT_EQ(c.catalog->Pod("v"), nullptr);
}

TEST(FactsCatalog, AsksMoreOftenWhereHealthIsChecked) {
  Catalog c;
  ContainerFacts facts = Facts("a", "a");
  facts.health = Health::kHealthy;
  c.first().facts = {facts};
  c.catalog->Refresh({"a"});
  c.clock.Advance(FactsCatalog::kFreshHealth.ms);
  c.catalog->Refresh({"a"});
  EXPECT_EQ(c.first().asked, 2);
}

}  // namespace
}  // namespace narthex::exporters
