// What the flags of the container exporter say.
#ifndef NARTHEX_EXPORTERS_CONTAINER_OPTIONS_H_
#define NARTHEX_EXPORTERS_CONTAINER_OPTIONS_H_

#include <memory>
#include <string>
#include <vector>

#include "common/clock/clock.h"
#include "exporters/container/container_labels.h"
#include "exporters/container/facts_source.h"
#include "exporters/container/metric_groups.h"

namespace narthex::exporters {

struct ContainerOptions {
  explicit ContainerOptions(const Clock& the_clock) : clock(the_clock) {}

  const Clock& clock;
  MetricGroups groups;
  LabelPolicy labels;
  bool containers_only = false;  // --docker_only
  bool leave_out_root = false;
  bool reads_load = false;
  std::string raw_prefix_list;
  std::vector<std::string> raw_prefixes;  // of paths to show though they are no containers
  std::string docker_socket = "unix:///run/docker.sock";
  std::string podman_socket = "unix:///run/podman/podman.sock";
  std::string containerd_socket = "/run/containerd/containerd.sock";
  std::string crio_socket = "/run/crio/crio.sock";
  std::string docker_folder = "/var/lib/docker";
  std::string podman_folder = "/var/lib/containers/storage";
  std::string containerd_folder = "/run/containerd";
  Duration runtime_timeout = Duration::Seconds(2);
  std::string machine_id_files = "/etc/machine-id,/var/lib/dbus/machine-id";
  std::string boot_id_files = "/proc/sys/kernel/random/boot_id";

  void AddFlags(cli::Flags& flags);
  // After parsing. kInvalidArgument.
  Status Prepare(const cli::Flags& flags);

  // The sources that the flags name, in the order to ask them. After Prepare().
  std::vector<std::unique_ptr<FactsSource>> MakeSources(const Directory& root) const;

 private:
  void AddRuntimeFlags(cli::Flags& flags);
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_OPTIONS_H_
