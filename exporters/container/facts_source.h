// A place that knows of containers: the socket of a daemon, or what a runtime keeps on disk.
#ifndef NARTHEX_EXPORTERS_CONTAINER_FACTS_SOURCE_H_
#define NARTHEX_EXPORTERS_CONTAINER_FACTS_SOURCE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes/duration.h"
#include "common/fs/files.h"
#include "common/status/status.h"
#include "exporters/container/container_facts.h"

namespace narthex::exporters {

// What a source may need to know of the flags.
struct SourceOptions {
  Directory root{"/"};                   // of the machine
  std::vector<std::string> environment;  // beginnings of the names of variables that are wanted
  bool wants_details = false;            // what takes a request for each container
  Duration timeout = Duration::Seconds(1);
};

class FactsSource {
 public:
  virtual ~FactsSource() = default;

  // "docker": for logs and metrics.
  virtual std::string_view name() const = 0;

  // What is known of these containers, by their ids; of others too, where they come along. kNoData
  // or kNotFound where the runtime is not on this machine. Called by one thread at a time, and may
  // take as long as the timeout.
  virtual Result<std::vector<ContainerFacts>> Find(const std::vector<std::string>& ids) = 0;
};

// `socket` is the path of one that speaks Docker's API.
std::unique_ptr<FactsSource> NewDockerSocket(std::string name, std::string socket,
                                             SourceOptions options);
// `socket` is the path of one that speaks the Container Runtime Interface.
std::unique_ptr<FactsSource> NewCriSocket(std::string name, std::string socket,
                                          SourceOptions options);

// Docker's folder, /var/lib/docker.
std::unique_ptr<FactsSource> NewDockerFolder(std::string folder, SourceOptions options);
// The folder of containers/storage, /var/lib/containers/storage: of Podman and CRI-O.
std::unique_ptr<FactsSource> NewStorageFolder(std::string folder, SourceOptions options);
// Containerd's state, /run/containerd.
std::unique_ptr<FactsSource> NewContainerdFolder(std::string folder, SourceOptions options);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_FACTS_SOURCE_H_
