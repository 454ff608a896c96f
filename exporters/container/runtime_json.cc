#include "exporters/container/runtime_json.h"

#include <algorithm>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"
#include "common/config/json.h"

namespace narthex::exporters {
namespace {

using config::Node;

constexpr size_t kMaxLabels = 512;  // of one container

// The node at a path of keys; null where it is not there.
const Node* Find(const Node& node, std::initializer_list<std::string_view> keys) {
  const Node* at = &node;
  for (const std::string_view key : keys) {
    if (at == nullptr || at->kind != Node::Kind::kMapping) return nullptr;
    at = at->Find(key);
  }
  return at;
}

std::string Text(const Node& node, std::initializer_list<std::string_view> keys) {
  const Node* found = Find(node, keys);
  return found != nullptr && found->kind == Node::Kind::kScalar ? found->text : "";
}

uint64_t Whole(const Node& node, std::initializer_list<std::string_view> keys) {
  return ParseUnsigned(Text(node, keys)).value_or(0);
}

int64_t Time(const Node& node, std::initializer_list<std::string_view> keys) {
  return ParseTime(Text(node, keys)).value_or(0);
}

void ReadMap(const Node* node, std::map<std::string, std::string, std::less<>>& map) {
  if (node == nullptr || node->kind != Node::Kind::kMapping) return;
  for (const Node::Entry& entry : node->entries) {
    if (map.size() >= kMaxLabels) return;
    if (entry.value.kind == Node::Kind::kScalar) map[entry.key.text] = entry.value.text;
  }
}

// Docker puts a slash in front of names.
std::string WithoutSlash(std::string name) {
  if (name.starts_with('/')) name.erase(0, 1);
  return name;
}

Health HealthOf(std::string_view word) {
  if (word.empty() || word == "none") return Health::kNoCheck;
  return word == "healthy" ? Health::kHealthy : Health::kOther;
}

// The list says it in the sentence "Up 2 hours (healthy)".
Health HealthInSentence(std::string_view sentence) {
  if (sentence.ends_with("(healthy)")) return Health::kHealthy;
  const bool is_checked =
      sentence.ends_with("(unhealthy)") || sentence.ends_with("(health: starting)");
  return is_checked ? Health::kOther : Health::kNoCheck;
}

// "NAME=value", for the names that are wanted.
void ReadEnvironment(const Node* list, const std::vector<std::string>& wanted,
                     ContainerFacts& facts) {
  if (list == nullptr || list->kind != Node::Kind::kSequence) return;
  for (const Node& item : list->items) {
    const std::string_view text = item.text;
    const std::string_view name = text.substr(0, text.find('='));
    if (name.size() == text.size() || facts.environment.size() >= kMaxLabels) continue;
    const bool is_wanted = std::any_of(wanted.begin(), wanted.end(), [&](const std::string& front) {
      return name.starts_with(front);
    });
    if (!is_wanted) continue;
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    facts.environment[std::move(lower)] = text.substr(name.size() + 1);
  }
}

Result<Node> ParseList(std::string_view json, std::string_view what) {
  if (TrimBlanks(json) == "null") return Node{Node::Kind::kSequence};  // Go's empty list
  ASSIGN_OR_RETURN(Node list, config::ParseJson(json).Prefixed(what));
  if (list.kind != Node::Kind::kSequence) return Corruption(what, ": want a list");
  return list;
}

ContainerFacts ListedContainer(const Node& item) {
  ContainerFacts facts;
  facts.id = Text(item, {"Id"});
  const Node* names = Find(item, {"Names"});
  if (names != nullptr && !names->items.empty()) facts.name = WithoutSlash(names->items[0].text);
  facts.image = Text(item, {"Image"});
  ReadMap(Find(item, {"Labels"}), facts.labels);
  facts.created_s = static_cast<int64_t>(Whole(item, {"Created"}));
  facts.health = HealthInSentence(Text(item, {"Status"}));
  ReadKubernetesLabels(facts);
  return facts;
}

ContainerFacts StoredContainer(const Node& item) {
  ContainerFacts facts;
  facts.id = Text(item, {"id"});
  const Node* names = Find(item, {"names"});
  if (names != nullptr && !names->items.empty()) facts.name = names->items[0].text;
  facts.created_s = Time(item, {"created"});
  const auto metadata = config::ParseJson(Text(item, {"metadata"}));
  if (metadata.ok()) facts.image = Text(*metadata, {"image-name"});
  return facts;
}

using Annotations = std::map<std::string, std::string, std::less<>>;

std::string Get(const Annotations& annotations, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const auto found = annotations.find(key);
    if (found != annotations.end() && !found->second.empty()) return found->second;
  }
  return "";
}

}  // namespace

Result<std::vector<ContainerFacts>> ParseDockerList(std::string_view json) {
  ASSIGN_OR_RETURN(const Node list, ParseList(json, "list of containers"));
  std::vector<ContainerFacts> found;
  for (const Node& item : list.items) {
    ContainerFacts facts = ListedContainer(item);
    if (!facts.id.empty()) found.push_back(std::move(facts));
  }
  return found;
}

Result<ContainerFacts> ParseDockerContainer(std::string_view json,
                                            const std::vector<std::string>& environment) {
  ASSIGN_OR_RETURN(const Node node, config::ParseJson(json).Prefixed("container"));
  ContainerFacts facts;
  facts.id = Text(node, {"Id"});
  if (facts.id.empty()) facts.id = Text(node, {"ID"});  // the file spells it so
  if (facts.id.empty()) return Corruption("container: it has no Id");
  facts.name = WithoutSlash(Text(node, {"Name"}));
  facts.image = Text(node, {"Config", "Image"});
  ReadMap(Find(node, {"Config", "Labels"}), facts.labels);
  ReadEnvironment(Find(node, {"Config", "Env"}), environment, facts);
  facts.created_s = Time(node, {"Created"});
  facts.started_s = Time(node, {"State", "StartedAt"});
  facts.health = HealthOf(Text(node, {"State", "Health", "Status"}));
  facts.restarts = Whole(node, {"RestartCount"});
  ReadKubernetesLabels(facts);
  return facts;
}

Result<std::vector<ContainerFacts>> ParseStorageList(std::string_view json) {
  ASSIGN_OR_RETURN(const Node list, ParseList(json, "containers.json"));
  std::vector<ContainerFacts> found;
  for (const Node& item : list.items) {
    ContainerFacts facts = StoredContainer(item);
    if (!facts.id.empty()) found.push_back(std::move(facts));
  }
  return found;
}

Result<ContainerFacts> ParseBundle(std::string_view json,
                                   const std::vector<std::string>& environment) {
  ASSIGN_OR_RETURN(const Node node, config::ParseJson(json).Prefixed("config.json"));
  ContainerFacts facts;
  Annotations annotations;
  ReadMap(Find(node, {"annotations"}), annotations);
  const auto labels = config::ParseJson(Get(annotations, {"io.kubernetes.cri-o.Labels"}));
  if (labels.ok()) ReadMap(&*labels, facts.labels);
  facts.image =
      Get(annotations, {"io.kubernetes.cri.image-name", "io.kubernetes.cri.podsandbox.image-name",
                        "io.kubernetes.cri-o.ImageName", "io.kubernetes.cri-o.Image"});
  // A sandbox has a name as a container too, "k8s_POD_…".
  facts.name = Get(annotations, {"io.kubernetes.cri-o.ContainerName", "io.kubernetes.cri-o.Name"});
  facts.pod = Get(annotations, {"io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name"});
  facts.pod_namespace =
      Get(annotations, {"io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace"});
  facts.pod_uid = Get(annotations, {"io.kubernetes.cri.sandbox-uid", "io.kubernetes.pod.uid"});
  facts.container =
      Get(annotations, {"io.kubernetes.cri.container-name", "io.kubernetes.container.name"});
  facts.is_sandbox = Get(annotations, {"io.kubernetes.cri.container-type",
                                       "io.kubernetes.cri-o.ContainerType"}) == "sandbox";
  if (facts.is_sandbox) facts.container.clear();
  ReadEnvironment(Find(node, {"process", "env"}), environment, facts);
  ReadKubernetesLabels(facts);
  return facts;
}

}  // namespace narthex::exporters
