// What runtimes keep on disk about their containers, for where their sockets are out of reach.
#include "exporters/container/facts_source.h"
#include "exporters/container/runtime_json.h"

namespace narthex::exporters {
namespace {

// An id comes from a control group's name; nothing else may become a path.
bool IsPlainId(const std::string& id) {
  return !id.empty() && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// FOLDER/containers/ID/config.v2.json.
class DockerFolder : public FactsSource {
 public:
  DockerFolder(std::string folder, SourceOptions options)
      : folder_(std::move(folder)), options_(std::move(options)) {}

  std::string_view name() const override { return "docker-folder"; }

  Result<std::vector<ContainerFacts>> Find(const std::vector<std::string>& ids) override {
    std::vector<ContainerFacts> found;
    for (const std::string& id : ids) {
      if (!IsPlainId(id)) continue;
      const auto text = options_.root.Read(folder_ + "/containers/" + id + "/config.v2.json");
      if (!text.ok()) continue;
      auto facts = ParseDockerContainer(*text, options_.environment);
      if (!facts.ok() || facts->id != id) continue;
      found.push_back(std::move(*facts));
    }
    return found;
  }

 private:
  const std::string folder_;
  const SourceOptions options_;
};

// FOLDER/DRIVER-containers/containers.json has the names; the bundle of each container lies below
// ID/userdata.
class StorageFolder : public FactsSource {
 public:
  StorageFolder(std::string folder, SourceOptions options)
      : folder_(std::move(folder)), options_(std::move(options)) {}

  std::string_view name() const override { return "storage-folder"; }

  Result<std::vector<ContainerFacts>> Find(const std::vector<std::string>& ids) override {
    std::vector<ContainerFacts> found;
    ASSIGN_OR_RETURN(const std::vector<std::string> folders, options_.root.List(folder_));
    for (const std::string& driver : folders) {
      if (!driver.ends_with("-containers")) continue;
      const std::string base = folder_ + "/" + driver;
      const auto text = options_.root.Read(base + "/containers.json");
      if (!text.ok()) continue;
      auto listed = ParseStorageList(*text);
      if (!listed.ok()) continue;
      for (const std::string& id : ids) {
        for (ContainerFacts& facts : *listed) {
          if (facts.id != id || !IsPlainId(id)) continue;
          AddBundle(base, facts);
          found.push_back(std::move(facts));
          break;
        }
      }
    }
    return found;
  }

 private:
  void AddBundle(const std::string& base, ContainerFacts& facts) const {
    const auto text = options_.root.Read(base + "/" + facts.id + "/userdata/config.json");
    if (!text.ok()) return;
    auto bundle = ParseBundle(*text, options_.environment);
    if (!bundle.ok()) return;
    bundle->id = facts.id;
    bundle->created_s = facts.created_s;
    if (bundle->name.empty()) bundle->name = facts.name;
    if (bundle->image.empty()) bundle->image = facts.image;
    facts = std::move(*bundle);
  }

  const std::string folder_;
  const SourceOptions options_;
};

// FOLDER/io.containerd.runtime.v2.task/NAMESPACE/ID/config.json.
class ContainerdFolder : public FactsSource {
 public:
  ContainerdFolder(std::string folder, SourceOptions options)
      : folder_(std::move(folder) + "/io.containerd.runtime.v2.task"),
        options_(std::move(options)) {}

  std::string_view name() const override { return "containerd-folder"; }

  Result<std::vector<ContainerFacts>> Find(const std::vector<std::string>& ids) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> spaces, options_.root.List(folder_));
    std::vector<ContainerFacts> found;
    for (const std::string& id : ids) {
      if (!IsPlainId(id)) continue;
      for (const std::string& space : spaces) {
        const auto text = options_.root.Read(folder_ + "/" + space + "/" + id + "/config.json");
        if (!text.ok()) continue;
        auto facts = ParseBundle(*text, options_.environment);
        if (!facts.ok()) continue;
        facts->id = id;
        if (facts->name.empty()) facts->name = id;
        found.push_back(std::move(*facts));
        break;
      }
    }
    return found;
  }

 private:
  const std::string folder_;
  const SourceOptions options_;
};

}  // namespace

std::unique_ptr<FactsSource> NewDockerFolder(std::string folder, SourceOptions options) {
  return std::make_unique<DockerFolder>(std::move(folder), std::move(options));
}
std::unique_ptr<FactsSource> NewStorageFolder(std::string folder, SourceOptions options) {
  return std::make_unique<StorageFolder>(std::move(folder), std::move(options));
}
std::unique_ptr<FactsSource> NewContainerdFolder(std::string folder, SourceOptions options) {
  return std::make_unique<ContainerdFolder>(std::move(folder), std::move(options));
}

}  // namespace narthex::exporters
