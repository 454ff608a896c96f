// What the path of a control group tells by itself: runtimes and systemd put the ids of containers
// and pods and the names of units and machines into it.
#ifndef NARTHEX_EXPORTERS_CONTAINER_CGROUP_NAME_H_
#define NARTHEX_EXPORTERS_CONTAINER_CGROUP_NAME_H_

#include <string>
#include <string_view>

namespace narthex::exporters {

enum class CgroupKind : unsigned char {
  kOther,
  kContainer,  // `id` says which: 64 hexadecimal digits
  kPod,        // of Kubernetes: the parent of its containers; `pod_uid`
  kMachine,    // of systemd-nspawn, LXC or libvirt; `name`
  kUnit,       // of systemd; `name`
  kHelper,     // what a runtime keeps beside a container, such as conmon
  kMount,      // a mount unit: it has no processes of its own
};

struct CgroupName {
  CgroupKind kind = CgroupKind::kOther;
  std::string id;
  std::string name;
  std::string pod_uid;  // of a pod, and of the containers in it
};

// Some shapes that are known:
//   /docker/ID                        /system.slice/docker-ID.scope
//   /libpod_parent/libpod-ID          /machine.slice/libpod-ID.scope
//   /kubepods/burstable/podUID/ID
//   /kubepods.slice/…/kubepods-burstable-podUID.slice/cri-containerd-ID.scope
//   /machine.slice/machine-NAME.scope /machine.slice/systemd-nspawn@NAME.service
//   /lxc/NAME  /lxc.payload.NAME      /system.slice/nginx.service
CgroupName NameOfCgroup(std::string_view path);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_CGROUP_NAME_H_
