#include "common/config/unbind.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "common/bytes/numbers.h"
#include "common/config/bind.h"

namespace narthex::config {
namespace {

// Text that would be read as something else without quotes.
bool NeedsQuotes(const std::string& text) {
  bool boolean = false;
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL" ||
         ParseDouble(text).has_value() || FromText(text, boolean).ok();
}

void Emit(const Node& node, YAML::Emitter& out) {
  switch (node.kind) {
    case Node::Kind::kNull:
      out << YAML::Null;
      return;
    case Node::Kind::kScalar:
      if (node.quoted && NeedsQuotes(node.text)) out << YAML::DoubleQuoted;
      out << node.text;
      return;
    case Node::Kind::kSequence:
      out << YAML::BeginSeq;
      for (const Node& item : node.items) Emit(item, out);
      out << YAML::EndSeq;
      return;
    case Node::Kind::kMapping:
      out << YAML::BeginMap;
      for (const auto& [key, value] : node.entries) {
        out << YAML::Key;
        Emit(key, out);
        out << YAML::Value;
        Emit(value, out);
      }
      out << YAML::EndMap;
      return;
  }
}

}  // namespace

std::string ToText(bool value) { return value ? "true" : "false"; }
std::string ToText(int64_t value) { return std::to_string(value); }
std::string ToText(uint64_t value) { return std::to_string(value); }
std::string ToText(double value) { return ApiDouble(value); }
std::string ToText(const std::string& value) { return value; }
std::string ToText(Duration value) { return FormatDuration(value); }
std::string ToText(ByteSize value) { return FormatByteSize(value); }
std::string ToText(const Secret& value) { return value.empty() ? "" : "<secret>"; }

std::string ToText(TlsVersion version) { return std::string(NameOf(kTlsVersions, version)); }

Node ScalarNode(std::string text, bool quoted) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.text = std::move(text);
  node.quoted = quoted;
  return node;
}

bool IsEmpty(const Node& node) {
  if (node.given) return false;
  switch (node.kind) {
    case Node::Kind::kNull:
      return true;
    case Node::Kind::kScalar:
      return node.text.empty() || (!node.quoted && (node.text == "0" || node.text == "false" ||
                                                    node.text == "0s" || node.text == "0B"));
    case Node::Kind::kSequence:
      return node.items.empty();
    case Node::Kind::kMapping:
      return node.entries.empty();
  }
  return true;
}

void FieldWriter::Add(std::string_view name, Node value) {
  mapping_.entries.push_back({ScalarNode(std::string(name), false), std::move(value)});
}

std::string ToYaml(const Node& node) {
  YAML::Emitter out;
  Emit(node, out);
  return std::string(out.c_str()) + "\n";
}

std::string ToFlowYaml(const Node& node) {
  YAML::Emitter out;
  out << YAML::Flow;
  out.SetSeqFormat(YAML::Flow);
  out.SetMapFormat(YAML::Flow);
  Emit(node, out);
  std::string text = out.c_str();
  std::replace(text.begin(), text.end(), '\n', ' ');  // where the emitter breaks a long line
  return text;
}

}  // namespace narthex::config
