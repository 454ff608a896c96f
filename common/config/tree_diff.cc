#include "common/config/tree_diff.h"

#include <yaml-cpp/yaml.h>

#include <map>

#include "common/config/unbind.h"

namespace narthex::config {
namespace {

constexpr size_t kMaxShownBytes = 200;

// One line, cut where it is long.
std::string Shown(const Node& node) {
  std::string text = node.kind == Node::Kind::kScalar ? node.text : ToFlowYaml(node);
  if (text.size() > kMaxShownBytes) text = text.substr(0, kMaxShownBytes) + "…";
  return text.empty() ? "\"\"" : text;
}

std::string NameOfItem(const Node& item, size_t index) {
  for (const std::string_view field : {"job_name", "name"}) {
    const Node* name = item.Find(field);
    if (name != nullptr && name->kind == Node::Kind::kScalar) return name->text;
  }
  return std::to_string(index);
}

// The children of a mapping or sequence by the path that they add.
std::vector<std::pair<std::string, const Node*>> Children(const Node& node) {
  std::vector<std::pair<std::string, const Node*>> children;
  for (const auto& [key, value] : node.entries) children.emplace_back("." + key.text, &value);
  for (size_t i = 0; i < node.items.size(); ++i)
    children.emplace_back("[" + NameOfItem(node.items[i], i) + "]", &node.items[i]);
  return children;
}

void Compare(const std::string& path, const Node& before, const Node& after,
             std::vector<Difference>& found) {
  if (before.kind != after.kind || before.kind == Node::Kind::kScalar ||
      before.kind == Node::Kind::kNull) {
    if (before != after) found.push_back({path, Shown(before), Shown(after)});
    return;
  }
  std::map<std::string, const Node*> left;
  for (const auto& [name, child] : Children(before)) left.emplace(name, child);
  for (const auto& [name, child] : Children(after)) {
    const auto same = left.find(name);
    const std::string place = path.empty() && name[0] == '.' ? name.substr(1) : path + name;
    if (same == left.end()) {
      found.push_back({place, "", Shown(*child)});
    } else {
      Compare(place, *same->second, *child, found);
      left.erase(same);
    }
  }
  for (const auto& [name, child] : left) {
    const std::string place = path.empty() && name[0] == '.' ? name.substr(1) : path + name;
    found.push_back({place, Shown(*child), ""});
  }
}

}  // namespace

std::string Difference::Text() const {
  if (before.empty()) return path + ": added " + after;
  if (after.empty()) return path + ": removed " + before;
  return path + ": " + before + " -> " + after;
}

std::vector<Difference> Differences(const Node& before, const Node& after) {
  std::vector<Difference> found;
  Compare("", before, after, found);
  return found;
}

}  // namespace narthex::config
