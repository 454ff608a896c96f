#include "common/config/node.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>

namespace narthex::config {
namespace {

constexpr size_t kMaxNodes = 1'000'000;
constexpr int kMaxDepth = 100;

bool IsNullText(const std::string& text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// Turns the library's graph into our tree.
class Converter {
 public:
  Result<Node> Convert(const YAML::Node& source, int depth) {
    Node node;
    node.position = {source.Mark().line + 1, source.Mark().column + 1};
    if (++node_count_ > kMaxNodes)
      return ErrorAt(node.position, "document expands to more than a million nodes");
    if (depth > kMaxDepth) return ErrorAt(node.position, "document is nested too deeply");
    Status status;
    switch (source.Type()) {
      case YAML::NodeType::Scalar:
        status = ConvertScalar(source, node);
        break;
      case YAML::NodeType::Sequence:
        status = ConvertSequence(source, node, depth);
        break;
      case YAML::NodeType::Map:
        status = ConvertMapping(source, node, depth);
        break;
      default:
        break;
    }
    if (!status.ok()) return status;
    return node;
  }

 private:
  static Status ConvertScalar(const YAML::Node& source, Node& node) {
    const bool binary = source.Tag() == "tag:yaml.org,2002:binary";
    node.quoted = source.Tag() == "!" || binary;
    node.text = source.Scalar();
    // The library's own decoder reads beyond its table where a byte is not ASCII.
    if (binary && !absl::Base64Unescape(source.Scalar(), &node.text))
      return ErrorAt(node.position, "!!binary: want base64");
    const bool null = !node.quoted && IsNullText(node.text);
    node.kind = null ? Node::Kind::kNull : Node::Kind::kScalar;
    return {};
  }

  Status ConvertSequence(const YAML::Node& source, Node& node, int depth) {
    node.kind = Node::Kind::kSequence;
    for (const YAML::Node& item : source) {
      ASSIGN_OR_RETURN(Node converted, Convert(item, depth + 1));
      node.items.push_back(std::move(converted));
    }
    return {};
  }

  Status ConvertMapping(const YAML::Node& source, Node& node, int depth) {
    node.kind = Node::Kind::kMapping;
    std::vector<Node> merged;
    for (const auto& entry : source) {
      ASSIGN_OR_RETURN(Node key, Convert(entry.first, depth + 1));
      ASSIGN_OR_RETURN(Node value, Convert(entry.second, depth + 1));
      if (key.kind != Node::Kind::kScalar) return ErrorAt(key.position, "want a plain key");
      if (key.text == "<<" && !key.quoted) {
        merged.push_back(std::move(value));
        continue;
      }
      if (node.Find(key.text) != nullptr)
        return ErrorAt(key.position, "key " + Quote(key.text) + " given twice");
      node.entries.push_back({std::move(key), std::move(value)});
    }
    for (const Node& source_of_merge : merged) RETURN_IF_ERROR(Merge(source_of_merge, node));
    return {};
  }

  // Adds what `node` does not have itself.
  Status Merge(const Node& source, Node& node) {
    if (source.kind == Node::Kind::kSequence) {
      for (const Node& item : source.items) RETURN_IF_ERROR(Merge(item, node));
      return {};
    }
    if (source.kind != Node::Kind::kMapping)
      return ErrorAt(source.position, "want a mapping to merge");
    for (const auto& [key, value] : source.entries) {
      if (node.Find(key.text) == nullptr) node.entries.push_back({key, value});
    }
    return {};
  }

  size_t node_count_ = 0;
};

// Passes over what a document holds.
class NullHandler : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// Whether more follows the first document. Asked for one at a time, because of some texts (",<")
// the library makes documents without end.
bool HasSecondDocument(std::string_view text) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  NullHandler handler;
  return parser.HandleNextDocument(handler) && parser.HandleNextDocument(handler);
}

}  // namespace

const Node* Node::Find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [key](const auto& entry) { return entry.key.text == key; });
  return found == entries.end() ? nullptr : &found->value;
}

bool operator==(const Node& a, const Node& b) {
  return a.kind == b.kind && a.text == b.text &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end()) &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
                    [](const Node::Entry& x, const Node::Entry& y) {
                      return x.key.text == y.key.text && x.value == y.value;
                    });
}

std::string_view KindName(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kScalar:
      return "a scalar";
    case Node::Kind::kSequence:
      return "a list";
    case Node::Kind::kMapping:
      return "a mapping";
  }
  return "unknown";
}

Status ErrorAt(Position position, std::string_view finding) {
  return InvalidArgument(fmt::format("{}:{}: {}", position.line, position.column, finding));
}

Result<Node> ParseYaml(std::string_view text) {
  try {
    if (HasSecondDocument(text)) return InvalidArgument("want one YAML document, got more");
    return Converter().Convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& e) {
    if (e.mark.is_null()) return InvalidArgument("not YAML: ", e.msg);
    return InvalidArgument(
        fmt::format("{}:{}: not YAML: {}", e.mark.line + 1, e.mark.column + 1, e.msg));
  }
}

}  // namespace narthex::config
