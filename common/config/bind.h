// Binds YAML to structs, strictly. A struct names each of its fields once:
//
//   struct Global {
//     Duration scrape_interval = Duration::Seconds(60);
//     std::map<std::string, std::string> external_labels;
//
//     void Describe(auto& fields) {
//       fields.Optional("scrape_interval", scrape_interval);
//       fields.Optional("external_labels", external_labels);
//     }
//     Status Validate() const;  // if there are rules across fields
//   };
//   Result<Global> global = Load<Global>("global.yml");
//
// A member `config::Position position` is told where the struct stands, for checks across structs.
//
// An absent or null field keeps its default. An unknown field, a wrong type or a missing required
// field is kInvalidArgument "global.yml:3:5: unknown field …". A type of its own is bound by an
// overload `Status FromText(std::string_view, T&)` in its namespace.
#ifndef NARTHEX_COMMON_CONFIG_BIND_H_
#define NARTHEX_COMMON_CONFIG_BIND_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes/duration.h"
#include "common/config/node.h"
#include "common/fs/files.h"

namespace narthex::config {

Status FromText(std::string_view text, bool& value);
Status FromText(std::string_view text, int64_t& value);
Status FromText(std::string_view text, uint64_t& value);
Status FromText(std::string_view text, double& value);
Status FromText(std::string_view text, std::string& value);
Status FromText(std::string_view text, Duration& value);
Status FromText(std::string_view text, ByteSize& value);

template <typename T>
Status Bind(const Node& node, T& value);
template <typename T>
Status Bind(const Node& node, std::vector<T>& values);
template <typename T>
Status Bind(const Node& node, std::map<std::string, T>& values);
template <typename T>
Status Bind(const Node& node, std::optional<T>& value);
// With where it stands, for findings about it later.
template <typename T>
struct Placed {
  T value{};
  Position position;
};
template <typename T>
Status Bind(const Node& node, Placed<T>& value);
// For what is read by somebody else.
inline Status Bind(const Node& node, Node& value) {
  value = node;
  return {};
}

// What Describe() is given: reads the fields of one mapping and remembers which it has seen.
class FieldReader {
 public:
  explicit FieldReader(const Node& mapping) : mapping_(mapping) {}

  template <typename T>
  void Optional(std::string_view name, T& value) {
    Read(name, value);
  }
  template <typename T>
  void Required(std::string_view name, T& value) {
    if (!Read(name, value)) Keep(ErrorAt(mapping_.position, "missing field " + Quote(name)));
  }

  // The first error, else one for the first field that nobody asked for.
  Status Finish() const;

  // The fields that were asked for so far.
  const std::vector<std::string_view>& known() const { return known_; }

 private:
  template <typename T>
  bool Read(std::string_view name, T& value) {
    known_.push_back(name);
    const Node* node = mapping_.Find(name);
    if (node == nullptr || node->kind == Node::Kind::kNull) return false;
    Keep(Bind(*node, value));
    return true;
  }
  void Keep(Status status) {
    if (first_error_.ok()) first_error_ = std::move(status);
  }

  const Node& mapping_;
  std::vector<std::string_view> known_;
  Status first_error_;
};

Status WantKind(const Node& node, Node::Kind kind);

template <typename T>
Status Bind(const Node& node, T& value) {
  if constexpr (requires(FieldReader & fields) { value.Describe(fields); }) {
    RETURN_IF_ERROR(WantKind(node, Node::Kind::kMapping));
    FieldReader fields(node);
    value.Describe(fields);
    RETURN_IF_ERROR(fields.Finish());
    if constexpr (requires { value.position = node.position; }) value.position = node.position;
    if constexpr (requires { value.Validate(); }) {
      if (const Status status = value.Validate(); !status.ok())
        return ErrorAt(node.position, status.message());
    }
    return {};
  } else {
    RETURN_IF_ERROR(WantKind(node, Node::Kind::kScalar));
    const Status status = FromText(node.text, value);
    return status.ok() ? Status() : ErrorAt(node.position, status.message());
  }
}

template <typename T>
Status Bind(const Node& node, std::vector<T>& values) {
  RETURN_IF_ERROR(WantKind(node, Node::Kind::kSequence));
  values.clear();
  for (const Node& item : node.items) {
    T value{};
    RETURN_IF_ERROR(Bind(item, value));
    values.push_back(std::move(value));
  }
  return {};
}

template <typename T>
Status Bind(const Node& node, std::map<std::string, T>& values) {
  RETURN_IF_ERROR(WantKind(node, Node::Kind::kMapping));
  values.clear();
  for (const auto& [key, item] : node.entries) {
    T value{};
    if (item.kind != Node::Kind::kNull) RETURN_IF_ERROR(Bind(item, value));
    values.emplace(key.text, std::move(value));
  }
  return {};
}

template <typename T>
Status Bind(const Node& node, std::optional<T>& value) {
  return Bind(node, value.emplace());
}

template <typename T>
Status Bind(const Node& node, Placed<T>& value) {
  value.position = node.position;
  return Bind(node, value.value);
}

// A whole document. `file` is only for messages.
template <typename T>
Result<T> Parse(std::string_view text, std::string_view file) {
  T value{};
  auto node = ParseYaml(text);
  Status status = node.status();
  if (node.ok() && node->kind == Node::Kind::kNull) node->kind = Node::Kind::kMapping;
  if (node.ok()) status = Bind(*node, value);
  if (!status.ok()) return InvalidArgument(file, ":", status.message());
  return value;
}

template <typename T>
Result<T> Load(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return Parse<T>(text, path);
}

}  // namespace narthex::config

#endif  // NARTHEX_COMMON_CONFIG_BIND_H_
