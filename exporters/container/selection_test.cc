#include "exporters/container/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "exporters/container/test_options.h"
#include "exporters/kit/fake_tree.h"

namespace narthex::exporters {
namespace {

using testing::ElementsAre;

const std::string kPod = "/kubepods/burstable/pod12-ab";

std::string Id(char digit) { return std::string(64, digit); }

// A machine of version 2 with a pod, and what is known of its containers.
class Pods {
 public:
  Pods() {
    Add("/", 1);
    tree_.Write("cgroup/cgroup.procs", "");
    tree_.Write("cgroup" + kPod + "/cgroup.procs", "");
  }

  // A container with one process, whose network is that of `network` (a link to its net).
  void Add(const std::string& path, uint32_t process, const std::string& network = "") {
    const std::string folder = "proc/" + std::to_string(process);
    if (!path.empty() && path != "/")
      tree_.Write("cgroup" + path + "/cgroup.procs", std::to_string(process) + "\n");
    if (network.empty()) {
      tree_.Write(folder + "/net/dev", "of " + std::to_string(process));
    } else {
      std::filesystem::create_directories(tree_.root() + "/" + folder);
      std::filesystem::create_directory_symlink(tree_.root() + "/proc/" + network + "/net",
                                                tree_.root() + "/" + folder + "/net");
    }
  }
  void Know(const std::string& id, const std::string& pod, const std::string& container,
            int64_t created_s, bool is_sandbox = false, const std::string& name = "") {
    auto facts = std::make_shared<ContainerFacts>();
    facts->id = id;
    facts->name = name;
    facts->pod = pod;
    facts->pod_namespace = "prod";
    facts->pod_uid = "12-ab";
    facts->container = container;
    facts->created_s = created_s;
    facts->is_sandbox = is_sandbox;
    facts_[id] = facts;
  }

  std::vector<ShownCgroup> Select(const std::vector<std::string>& arguments = {}) {
    const ManualClock clock(1000);
    ContainerOptions options(clock);
    ReadArguments(arguments, options);
    CgroupLayout layout;
    layout.of.fill(0);
    layout.hierarchies.push_back({tree_.root() + "/cgroup", true});
    const OpenHierarchies hierarchies(std::move(layout));
    const auto tree = WalkCgroups(hierarchies);
    EXPECT_TRUE(tree.ok());
    std::vector<ShownCgroup> shown =
        SelectCgroups(hierarchies, tree->cgroups, options,
                      {[this](const std::string& id) { return Find(id); },
                       [](const std::string&) { return std::shared_ptr<const ContainerFacts>(); }});
    AssignNetworks(tree_.paths().proc, options, shown);
    paths_.clear();
    for (const ShownCgroup& one : shown) paths_.push_back(tree->cgroups[one.index].path);
    return shown;
  }
  // Of what Select() gave.
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  std::shared_ptr<const ContainerFacts> Find(const std::string& id) const {
    const auto found = facts_.find(id);
    return found == facts_.end() ? nullptr : found->second;
  }

  FakeTree tree_;
  std::map<std::string, std::shared_ptr<const ContainerFacts>> facts_;
  std::vector<std::string> paths_;
};

// The processes in whose networks they are shown.
std::vector<uint32_t> Networks(const std::vector<ShownCgroup>& shown) {
  std::vector<uint32_t> networks;
  for (const ShownCgroup& one : shown) {
    if (one.network_process != 0) networks.push_back(one.network_process);
  }
  return networks;
}

TEST(SelectCgroups, ShowsOfAReplacedContainerTheNewest) {
  Pods pods;
  pods.Add(kPod + "/" + Id('1'), 11);
  pods.Add(kPod + "/" + Id('2'), 12);
  pods.Add(kPod + "/" + Id('3'), 13);
  pods.Know(Id('1'), "shop-0", "app", 200);
  pods.Know(Id('2'), "shop-0", "app", 100);
  pods.Know(Id('3'), "shop-0", "side", 100);
  pods.Select({"--docker_only"});
  EXPECT_THAT(pods.paths(), ElementsAre("/", kPod + "/" + Id('1'), kPod + "/" + Id('3')));
}

// Docker and Podman may have one each.
TEST(SelectCgroups, ShowsContainersOfOneNameThatAreInNoPod) {
  Pods pods;
  pods.Add("/docker/" + Id('1'), 11);
  pods.Add("/libpod_parent/libpod-" + Id('2'), 12);
  for (const char digit : {'1', '2'}) pods.Know(Id(digit), "", "", 100, false, "web");
  pods.Select({"--docker_only"});
  EXPECT_EQ(pods.paths().size(), 3U);
}

TEST(SelectCgroups, ShowsContainersThatNobodyKnowsToo) {
  Pods pods;
  pods.Add(kPod + "/" + Id('1'), 11);
  pods.Add(kPod + "/" + Id('2'), 12);
  pods.Select({"--docker_only"});
  EXPECT_EQ(pods.paths().size(), 3U);
}

TEST(AssignNetworks, GivesThePodsNetworkToItsSandbox) {
  Pods pods;
  pods.Add(kPod + "/" + Id('1'), 11);
  pods.Add(kPod + "/" + Id('2'), 12, "11");
  pods.Know(Id('1'), "shop-0", "app", 100);
  pods.Know(Id('2'), "shop-0", "", 200, true);
  const auto shown = pods.Select();
  EXPECT_THAT(Networks(shown), ElementsAre(1U, 12U));
  EXPECT_EQ(shown.back().name.id, Id('2'));
  EXPECT_NE(shown.back().network_process, 0U);
}

TEST(AssignNetworks, GivesItToThePodsGroupWhereThereIsNoSandbox) {
  Pods pods;
  pods.Add(kPod + "/" + Id('1'), 11);
  pods.Add(kPod + "/" + Id('2'), 12, "11");
  pods.Know(Id('1'), "shop-0", "app", 100);
  pods.Know(Id('2'), "shop-0", "side", 50);
  for (const ShownCgroup& one : pods.Select()) {
    const bool is_owner = one.index == 0 || one.name.kind == CgroupKind::kPod;
    EXPECT_EQ(one.network_process != 0, is_owner) << one.name.id;
  }
}

TEST(AssignNetworks, GivesASharedNetworkToTheOldestOfTheContainers) {
  Pods pods;
  pods.Add("/docker/" + Id('1'), 11);
  pods.Add("/docker/" + Id('2'), 12, "11");
  pods.Know(Id('1'), "", "", 200);
  pods.Know(Id('2'), "", "", 100);
  const auto shown = pods.Select({"--docker_only"});
  ASSERT_EQ(shown.size(), 3U);
  EXPECT_EQ(shown[1].network_process, 0U);
  EXPECT_EQ(shown[2].network_process, 12U);
}

TEST(AssignNetworks, LeavesTheMachinesNetworkToTheMachine) {
  Pods pods;
  pods.Add("/docker/" + Id('1'), 11, "1");
  EXPECT_THAT(Networks(pods.Select()), ElementsAre(1U));
  EXPECT_THAT(Networks(pods.Select({"--compat=cadvisor"})), ElementsAre(1U, 11U));
}

}  // namespace
}  // namespace narthex::exporters
