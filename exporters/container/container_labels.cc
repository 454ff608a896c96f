#include "exporters/container/container_labels.h"

#include <algorithm>

#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

// The name of a label of the container as that of a label of a series.
std::string LabelName(std::string_view prefix, std::string_view key) {
  std::string name(prefix);
  for (const char c : key) {
    const bool is_fit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += is_fit ? c : '_';
  }
  return name;
}

void Add(LabelMap& labels, std::string name, std::string_view value) {
  if (value.empty()) return;
  labels.emplace(std::move(name), value.substr(0, LabelPolicy::kMaxValueBytes));
}

}  // namespace

void LabelPolicy::AddFlags(cli::Flags& flags) {
  flags.Add("compat", &compat_,
            "Whose label set to show: \"cadvisor\" for id, name, image and the containers' own "
            "labels. By default namespace, pod, container and unit are shown too, and of the "
            "containers' own labels those that flags name.",
            "NAME");
  flags.Add("store_container_labels", &store_labels_,
            "Show all labels of containers, as container_label_*. Without --compat=cadvisor they "
            "are shown only where this flag is given.");
  flags.Add("whitelisted_container_labels", &label_list_,
            "Labels of containers to show, with commas between them, where not all are shown.",
            "LIST");
  flags.Add("env_metadata_whitelist", &environment_list_,
            "Variables of containers to show as container_env_*: the beginnings of their names, "
            "with commas between them.",
            "LIST");
  flags.AddOldName("docker_env_metadata_whitelist", "env_metadata_whitelist");
  flags.AddOldName("containerd_env_metadata_whitelist", "env_metadata_whitelist");
}

Status LabelPolicy::Prepare(const cli::Flags& flags) {
  if (!compat_.empty() && compat_ != "cadvisor")
    return InvalidArgument("flag --compat: want \"cadvisor\", got ", Quote(compat_));
  is_compatible_ = compat_ == "cadvisor";
  shows_all_labels_ = store_labels_ && (is_compatible_ || flags.WasGiven("store_container_labels"));
  for (std::string& label : SplitList(label_list_)) shown_labels_.insert(std::move(label));
  environment_ = SplitList(environment_list_);
  return {};
}

void LabelPolicy::AddOwn(const ContainerFacts& facts, LabelMap& labels) const {
  size_t count = 0;
  for (const auto& [key, value] : facts.labels) {
    if (!shows_all_labels_ && !shown_labels_.contains(key)) continue;
    if (++count > kMaxOwnLabels) break;
    Add(labels, LabelName("container_label_", key), value);  // of equal names the first counts
  }
  for (const auto& [key, value] : facts.environment) {
    if (++count > kMaxOwnLabels) break;
    Add(labels, LabelName("container_env_", key), value);
  }
  if (facts.restarts > 0 && (shows_all_labels_ || shown_labels_.contains("restartcount")))
    Add(labels, "container_label_restartcount", std::to_string(facts.restarts));
}

LabelMap LabelPolicy::Of(const std::string& path, const CgroupName& name,
                         const ContainerFacts* facts) const {
  LabelMap labels;
  labels.emplace("id", path);
  if (facts != nullptr) {
    Add(labels, "name", facts->name);
    Add(labels, "image", facts->image);
    AddOwn(*facts, labels);
  }
  if (is_compatible_) return labels;
  if (facts != nullptr) {
    Add(labels, "namespace", facts->pod_namespace);
    Add(labels, "pod", facts->pod);
    Add(labels, "container", facts->container);
  }
  if (name.kind == CgroupKind::kUnit) Add(labels, "unit", name.name);
  if (name.kind == CgroupKind::kMachine) Add(labels, "name", name.name);
  return labels;
}

}  // namespace narthex::exporters
