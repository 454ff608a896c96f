#include "exporters/container/options.h"

#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

// Flags of cAdvisor that steer what is not here: a cache of samples, taken in the background.
struct IdleFlag {
  const char* name;
  bool is_bool;
  const char* reason;
};
constexpr const char* kNoPolling = "containers are read when they are scraped, not in between";
constexpr const char* kNoStore = "no samples are kept";
constexpr const char* kNoGo = "there is no Go runtime";
constexpr const char* kOwnLog = "logs are steered by --log.level and --log.format";
constexpr IdleFlag kIdleFlags[] = {
    {"allow_dynamic_housekeeping", true, kNoPolling},
    {"alsologtostderr", true, kOwnLog},
    {"application_metrics_count_limit", false, kNoStore},
    {"containerd-namespace", false, "containers of all namespaces are looked for"},
    {"crio_client_timeout", false, "--runtime-timeout holds for all runtimes"},
    {"event_storage_age_limit", false, kNoStore},
    {"event_storage_event_limit", false, kNoStore},
    {"global_housekeeping_interval", false, kNoPolling},
    {"housekeeping_interval", false, kNoPolling},
    {"log_backtrace_at", false, kOwnLog},
    {"log_cadvisor_usage", true, kOwnLog},
    {"logtostderr", true, kOwnLog},
    {"max_housekeeping_interval", false, kNoPolling},
    {"max_procs", false, kNoGo},
    {"referenced_reset_interval", false, "the marks of use are read and never cleared"},
    {"stderrthreshold", false, kOwnLog},
    {"storage_duration", false, kNoStore},
    {"update_machine_info_interval", false, kNoPolling},
    {"v", false, kOwnLog},
    {"vmodule", false, kOwnLog},
};

// A flag's value as the path of a Unix socket; empty for none.
Result<std::string> SocketPath(std::string_view flag, const std::string& value) {
  constexpr std::string_view kScheme = "unix://";
  const std::string path = value.starts_with(kScheme) ? value.substr(kScheme.size()) : value;
  if (path.empty() || path[0] == '/') return path;
  return InvalidArgument("flag --", flag, ": want the path of a Unix socket, got ", Quote(value));
}

}  // namespace

void ContainerOptions::AddRuntimeFlags(cli::Flags& flags) {
  constexpr const char* kSocket = "Socket to ask for containers; empty asks nobody. ";
  constexpr const char* kFolder =
      "Folder to look for containers in that no socket told of; empty looks nowhere. ";
  flags.Add("docker", &docker_socket, std::string(kSocket) + "Of Docker.", "SOCKET");
  flags.Add("podman", &podman_socket, std::string(kSocket) + "Of Podman.", "SOCKET");
  flags.Add("containerd", &containerd_socket,
            std::string(kSocket) + "Of containerd, by the Container Runtime Interface.", "SOCKET");
  flags.Add("crio", &crio_socket,
            std::string(kSocket) + "Of CRI-O, by the Container Runtime Interface.", "SOCKET");
  flags.Add("docker_root", &docker_folder, std::string(kFolder) + "Docker's data.", "PATH");
  flags.Add("podman_root", &podman_folder,
            std::string(kFolder) + "The storage of Podman and CRI-O.", "PATH");
  flags.Add("containerd_root", &containerd_folder, std::string(kFolder) + "Containerd's state.",
            "PATH");
  flags.Add("runtime-timeout", &runtime_timeout,
            "How long a runtime has to answer. One that does not costs its labels, and is left "
            "alone for a while.");
}

void ContainerOptions::AddFlags(cli::Flags& flags) {
  AddRuntimeFlags(flags);
  groups.AddFlags(flags);
  labels.AddFlags(flags);
  flags.Add("docker_only", &containers_only,
            "Show containers of any runtime and the root, but no other control groups.");
  flags.Add("raw_cgroup_prefix_whitelist", &raw_prefix_list,
            "Of other control groups show only those whose paths begin with one of these, with "
            "commas between them, also with --docker_only.",
            "LIST");
  flags.Add("disable_root_cgroup_stats", &leave_out_root, "Leave the root, \"/\", out.");
  flags.Add("enable_load_reader", &reads_load,
            "Show how many threads are in which state. Each scrape then reads a file for each "
            "thread.");
  flags.Add("machine_id_file", &machine_id_files,
            "Files to take the machine's id from, with commas between them: the first that is "
            "there.",
            "LIST");
  flags.Add("boot_id_file", &boot_id_files,
            "Files to take the id of this boot from, with commas between them: the first that is "
            "there.",
            "LIST");
  for (const IdleFlag& flag : kIdleFlags)
    flags.AddWithoutEffect(flag.name, flag.is_bool, flag.reason);
}

Status ContainerOptions::Prepare(const cli::Flags& flags) {
  RETURN_IF_ERROR(groups.Prepare());
  RETURN_IF_ERROR(labels.Prepare(flags));
  raw_prefixes = SplitList(raw_prefix_list);
  ASSIGN_OR_RETURN(docker_socket, SocketPath("docker", docker_socket));
  ASSIGN_OR_RETURN(podman_socket, SocketPath("podman", podman_socket));
  ASSIGN_OR_RETURN(containerd_socket, SocketPath("containerd", containerd_socket));
  ASSIGN_OR_RETURN(crio_socket, SocketPath("crio", crio_socket));
  if (runtime_timeout.ms < 1) return InvalidArgument("flag --runtime-timeout: want more than 0");
  return {};
}

std::vector<std::unique_ptr<FactsSource>> ContainerOptions::MakeSources(
    const Directory& root) const {
  SourceOptions options;
  options.root = root;
  options.environment = labels.environment();
  options.wants_details = labels.is_compatible();  // for the label "restartcount"
  options.timeout = runtime_timeout;
  std::vector<std::unique_ptr<FactsSource>> sources;
  const auto socket = [&](auto make, const char* name, const std::string& path) {
    if (!path.empty()) sources.push_back(make(name, root.Path(path), options));
  };
  const auto folder = [&](auto make, const std::string& path) {
    if (!path.empty()) sources.push_back(make(path, options));
  };
  socket(NewDockerSocket, "docker", docker_socket);
  socket(NewDockerSocket, "podman", podman_socket);
  socket(NewCriSocket, "containerd", containerd_socket);
  socket(NewCriSocket, "crio", crio_socket);
  folder(NewDockerFolder, docker_folder);
  folder(NewStorageFolder, podman_folder);
  folder(NewContainerdFolder, containerd_folder);
  return sources;
}

}  // namespace narthex::exporters
