// A YAML document as a tree with places, independent of the YAML library. Merge keys (<<) are
// resolved, duplicate keys and more than one document are errors.
#ifndef NARTHEX_COMMON_CONFIG_NODE_H_
#define NARTHEX_COMMON_CONFIG_NODE_H_

#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"

namespace narthex::config {

// Where something stands in its file; both count from 1.
struct Position {
  int line = 1;
  int column = 1;
};

struct Node {
  enum class Kind : unsigned char { kNull, kScalar, kSequence, kMapping };
  struct Entry;

  Kind kind = Kind::kNull;
  Position position;
  std::string text;  // kScalar
  bool quoted = false;
  bool given = false;          // in a tree made from structs: said, though it may look like nothing
  std::vector<Node> items;     // kSequence
  std::vector<Entry> entries;  // kMapping

  // The value of a key, null when absent.
  const Node* Find(std::string_view key) const;

  // The same document, wherever its parts stand and however they were quoted.
  friend bool operator==(const Node& a, const Node& b);
  friend bool operator!=(const Node& a, const Node& b) { return !(a == b); }
};

struct Node::Entry {
  Node key;  // kScalar
  Node value;
};

std::string_view KindName(Node::Kind kind);

// InvalidArgument "12:5: finding".
Status ErrorAt(Position position, std::string_view finding);

// Errors carry line and column. Aliases are expanded, up to a million nodes.
Result<Node> ParseYaml(std::string_view text);

}  // namespace narthex::config

#endif  // NARTHEX_COMMON_CONFIG_NODE_H_
