#include "exporters/container/cgroup_name.h"

#include <gtest/gtest.h>

namespace narthex::exporters {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(NameOfCgroup, FindsTheIdOfAContainerInTheShapesOfAllRuntimes) {
  for (const std::string& path :
       {"/docker/" + kId, "/system.slice/docker-" + kId + ".scope", "/libpod_parent/libpod-" + kId,
        "/machine.slice/libpod-" + kId + ".scope", "/default/" + kId,
        "/kubepods/besteffort/pod1-2/" + kId, "/system.slice/nerdctl-" + kId + ".scope"}) {
    const CgroupName name = NameOfCgroup(path);
    EXPECT_EQ(name.kind, CgroupKind::kContainer) << path;
    EXPECT_EQ(name.id, kId) << path;
  }
}

TEST(NameOfCgroup, FindsThePodOfAContainer) {
  const std::string slice =
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12ab_34.slice";
  EXPECT_EQ(NameOfCgroup(slice).kind, CgroupKind::kPod);
  EXPECT_EQ(NameOfCgroup(slice).pod_uid, "12ab-34");
  const CgroupName container = NameOfCgroup(slice + "/cri-containerd-" + kId + ".scope");
  EXPECT_EQ(container.kind, CgroupKind::kContainer);
  EXPECT_EQ(container.pod_uid, "12ab-34");
  EXPECT_EQ(NameOfCgroup("/kubepods/burstable/pod12ab-34").pod_uid, "12ab-34");
  EXPECT_EQ(NameOfCgroup("/kubepods/pod12ab-34/" + kId).pod_uid, "12ab-34");
  EXPECT_EQ(NameOfCgroup("/kubepods.slice/kubepods-pod7.slice").pod_uid, "7");
}

TEST(NameOfCgroup, DoesNotTakeAHelperForTheContainer) {
  EXPECT_EQ(NameOfCgroup("/machine.slice/libpod-conmon-" + kId + ".scope").kind,
            CgroupKind::kHelper);
  EXPECT_EQ(NameOfCgroup("/kubepods.slice/crio-conmon-" + kId + ".scope").kind,
            CgroupKind::kHelper);
}

TEST(NameOfCgroup, KnowsMachinesAndUnits) {
  const CgroupName machine = NameOfCgroup("/machine.slice/machine-web\\x2d1.scope");
  EXPECT_EQ(machine.kind, CgroupKind::kMachine);
  EXPECT_EQ(machine.name, "web-1");
  EXPECT_EQ(NameOfCgroup("/machine.slice/systemd-nspawn@web.service").name, "web");
  EXPECT_EQ(NameOfCgroup("/lxc/web").name, "web");
  EXPECT_EQ(NameOfCgroup("/lxc.payload.web").name, "web");
  EXPECT_EQ(NameOfCgroup("/lxc.monitor.web").kind, CgroupKind::kOther);
  const CgroupName unit = NameOfCgroup("/system.slice/nginx.service");
  EXPECT_EQ(unit.kind, CgroupKind::kUnit);
  EXPECT_EQ(unit.name, "nginx.service");
  EXPECT_EQ(NameOfCgroup("/system.slice/run-user.mount").kind, CgroupKind::kMount);
}

TEST(NameOfCgroup, TakesNothingElseForOneOfThem) {
  for (const std::string& path :
       {std::string("/"), std::string("/docker"), "/docker/" + kId.substr(1), "/x/a" + kId,
        std::string("/kubepods/podX!"), std::string("/pods/pod1"), std::string("/.service")}) {
    EXPECT_EQ(NameOfCgroup(path).kind, CgroupKind::kOther) << path;
  }
}

}  // namespace
}  // namespace narthex::exporters
