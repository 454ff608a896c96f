// The way back from bind.h: a struct, as the YAML that would give it, by the same Describe(). For
// showing what is in force; secrets come out as "<secret>".
//
//   std::string text = ToYaml(ToNode(config));
//
// What is empty, zero, false or as its section has it by default is left out; fields that are on by
// default are always there. A type of its own needs an overload `std::string ToText(const T&)` in
// its namespace.
#ifndef NARTHEX_COMMON_CONFIG_UNBIND_H_
#define NARTHEX_COMMON_CONFIG_UNBIND_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes/duration.h"
#include "common/config/bind.h"
#include "common/config/node.h"
#include "common/config/secret.h"
#include "common/config/tls_version.h"

namespace narthex::config {

std::string ToText(bool value);
std::string ToText(int64_t value);
std::string ToText(uint64_t value);
std::string ToText(double value);
std::string ToText(const std::string& value);
std::string ToText(Duration value);
std::string ToText(ByteSize value);
std::string ToText(const Secret& value);
std::string ToText(TlsVersion version);

Node ScalarNode(std::string text, bool quoted);

// Whether there is nothing in it that a reader would miss.
bool IsEmpty(const Node& node);

template <typename T>
Node ToNode(const T& value);
template <typename T>
Node ToNode(const std::vector<T>& values);
template <typename T>
Node ToNode(const std::map<std::string, T>& values);
template <typename T>
Node ToNode(const std::optional<T>& value);
template <typename T>
Node ToNode(const Placed<T>& value) {
  return ToNode(value.value);
}
inline Node ToNode(const Node& value) { return value; }

// What Describe() is given.
class FieldWriter {
 public:
  explicit FieldWriter(Node& mapping) : mapping_(mapping) {}

  template <typename T>
  void Optional(std::string_view name, const T& value) {
    Node node = ToNode(value);
    if constexpr (kIsStruct<T>) {
      if (node == ToNode(T{})) return;
    }
    if (!IsEmpty(node)) Add(name, std::move(node));
  }
  template <typename T>
  void Required(std::string_view name, const T& value) {
    Add(name, ToNode(value));
  }

 private:
  template <typename T>
  static constexpr bool kIsStruct = requires(T value, FieldWriter fields) {
    value.Describe(fields);
  };

  void Add(std::string_view name, Node value);

  Node& mapping_;
};

template <typename T>
Node ToNode(const T& value) {
  if constexpr (requires(T copy, FieldWriter & fields) { copy.Describe(fields); }) {
    Node node;
    node.kind = Node::Kind::kMapping;
    FieldWriter fields(node);
    T copy = value;  // Describe() is for reading too, and so not const
    copy.Describe(fields);
    return node;
  } else {
    return ScalarNode(ToText(value), std::is_same_v<T, std::string>);
  }
}

template <typename T>
Node ToNode(const std::vector<T>& values) {
  Node node;
  node.kind = Node::Kind::kSequence;
  for (const T& value : values) node.items.push_back(ToNode(value));
  return node;
}

template <typename T>
Node ToNode(const std::map<std::string, T>& values) {
  Node node;
  node.kind = Node::Kind::kMapping;
  for (const auto& [key, value] : values)
    node.entries.push_back({ScalarNode(key, true), ToNode(value)});
  return node;
}

template <typename T>
Node ToNode(const std::optional<T>& value) {
  if (!value) return {};
  Node node = ToNode(*value);
  node.given = true;
  return node;
}

// As YAML that reads back as the same tree.
std::string ToYaml(const Node& node);
// The same in one line, without its end: "{a: 1, b: [2, 3]}".
std::string ToFlowYaml(const Node& node);

}  // namespace narthex::config

#endif  // NARTHEX_COMMON_CONFIG_UNBIND_H_
