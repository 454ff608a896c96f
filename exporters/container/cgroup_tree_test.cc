#include "exporters/container/cgroup_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/fs/temporary_folder.h"
#include "exporters/container/selection.h"

namespace narthex::exporters {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

// Two hierarchies, "a" and "b", in a folder.
class Trees {
 public:
  Trees() {
    Add("a/");
    Add("b/");
  }
  void Add(const std::string& path) { std::filesystem::create_directories(folder_.path() / path); }

  CgroupTree Walk(CgroupTreeLimits limits = {}) const {
    CgroupLayout layout;
    layout.of.fill(CgroupLayout::kNone);
    for (const char* name : {"a", "b"})
      layout.hierarchies.push_back({(folder_.path() / name).string(), false});
    const OpenHierarchies hierarchies(std::move(layout));
    const auto tree = WalkCgroups(hierarchies, limits);
    EXPECT_TRUE(tree.ok()) << tree.message();
    return *tree;
  }

 private:
  const TemporaryFolder folder_;
};

std::vector<std::string> Paths(const CgroupTree& tree) {
  std::vector<std::string> paths;
  for (const Cgroup& cgroup : tree.cgroups) paths.push_back(cgroup.path);
  return paths;
}

TEST(WalkCgroups, JoinsTheTreesOfAllHierarchies) {
  Trees trees;
  trees.Add("a/x/1");
  trees.Add("b/x/2");
  trees.Add("b/y");
  const CgroupTree tree = trees.Walk();
  EXPECT_THAT(Paths(tree), ElementsAre("/", "/x", "/x/1", "/x/2", "/y"));
  EXPECT_TRUE(tree.cgroups[1].IsIn(0) && tree.cgroups[1].IsIn(1));
  EXPECT_TRUE(tree.cgroups[2].IsIn(0) && !tree.cgroups[2].IsIn(1));
  EXPECT_FALSE(tree.cgroups[4].IsIn(0));
  EXPECT_EQ(tree.cgroups[0].end, 5U);
  EXPECT_EQ(tree.cgroups[1].end, 4U);
  EXPECT_EQ(tree.cgroups[3].end, 4U);
  EXPECT_FALSE(tree.is_cut);
}

TEST(WalkCgroups, StopsAtItsLimitsAndSaysSo) {
  Trees trees;
  for (int i = 0; i < 20; ++i) trees.Add("a/" + std::to_string(100 + i));
  const CgroupTree few = trees.Walk({.max_cgroups = 5});
  EXPECT_EQ(few.cgroups.size(), 5U);
  EXPECT_TRUE(few.is_cut);
  trees.Add("b/1/2/3/4");
  const CgroupTree flat = trees.Walk({.max_depth = 2});
  EXPECT_TRUE(flat.is_cut);
  EXPECT_EQ(flat.cgroups.size(), 1 + 20 + 2U);
}

TEST(WalkCgroups, FailsWhereAHierarchyIsNotThere) {
  CgroupLayout layout;
  layout.hierarchies.push_back({"/nonexistent", true});
  EXPECT_EQ(WalkCgroups(OpenHierarchies(layout)).code(), Code::kNotFound);
}

TEST(ContainerIds, LeavesOutContainersInsideOfOthers) {
  const std::string outer(64, 'a');
  const std::string inner(64, 'b');
  const std::string other(64, 'c');
  Trees trees;
  trees.Add("a/docker/" + outer + "/docker/" + inner);
  trees.Add("b/docker/" + other);
  EXPECT_THAT(ContainerIds(trees.Walk().cgroups), UnorderedElementsAre(outer, other));
}

}  // namespace
}  // namespace narthex::exporters
