#include "exporters/kit/held_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "exporters/kit/fake_tree.h"

namespace narthex::exporters {
namespace {

TEST(HeldFolder, ReadsWhatAFileHoldsNow) {
  FakeTree tree;
  tree.Write("net/eth0/mtu", "1500\n");
  HeldFolder folder(tree.root() + "/net/eth0");
  EXPECT_EQ(*folder.Read("mtu"), "1500\n");
  tree.Write("net/eth0/mtu", "9000\n");
  EXPECT_EQ(*folder.Read("mtu"), "9000\n");
  EXPECT_EQ(folder.Read("speed").code(), Code::kNotFound);
  tree.Write("net/eth0/speed", "100\n");
  EXPECT_EQ(*folder.Read("speed"), "100\n");
}

TEST(HeldFolder, KnowsWhenAnotherHasItsName) {
  FakeTree tree;
  tree.Write("net/eth0/mtu", "1500\n");
  const std::string path = tree.root() + "/net/eth0";
  HeldFolder folder(path);
  EXPECT_TRUE(folder.IsCurrent());
  std::filesystem::rename(path, tree.root() + "/net/lan0");
  EXPECT_FALSE(folder.IsCurrent());
  tree.Write("net/eth0/mtu", "9000\n");
  EXPECT_FALSE(folder.IsCurrent());
  EXPECT_EQ(*HeldFolder(path).Read("mtu"), "9000\n");
}

TEST(HeldFolder, IsNotCurrentWhereThereIsNoFolder) {
  FakeTree tree;
  tree.Write("net/bonding_masters", "\n");
  EXPECT_FALSE(HeldFolder(tree.root() + "/net/bonding_masters").IsCurrent());
  EXPECT_FALSE(HeldFolder(tree.root() + "/net/none").IsCurrent());
  EXPECT_FALSE(HeldFolder(tree.root() + "/net/none").Read("mtu").ok());
}

}  // namespace
}  // namespace narthex::exporters
