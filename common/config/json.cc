#include "common/config/json.h"

#include <simdjson.h>

#include <algorithm>

namespace narthex::config {
namespace {

namespace ondemand = simdjson::ondemand;

// Turns values into nodes in the order of the text.
class Reader {
 public:
  explicit Reader(std::string_view text) : line_start_(text.data()), at_(text.data()) {}

  Node Read(ondemand::value value) {
    Node node;
    node.position = PositionOf(value.raw_json_token().data());
    switch (value.type()) {
      case ondemand::json_type::object:
        ReadObject(value.get_object(), node);
        break;
      case ondemand::json_type::array:
        node.kind = Node::Kind::kSequence;
        for (ondemand::value item : value.get_array()) node.items.push_back(Read(item));
        break;
      case ondemand::json_type::string:
        node.kind = Node::Kind::kScalar;
        node.quoted = true;
        node.text = std::string_view(value.get_string());
        break;
      case ondemand::json_type::null:
        if (!value.is_null()) throw simdjson::simdjson_error(simdjson::N_ATOM_ERROR);
        break;
      case ondemand::json_type::number:
        (void)double{value.get_double()};  // checks it
        SetScalar(value.raw_json_token(), node);
        break;
      case ondemand::json_type::boolean:
        SetScalar(bool{value.get_bool()} ? "true" : "false", node);
        break;
    }
    return node;
  }

  Position PositionOf(const char* token) {
    for (; at_ < token; ++at_) {
      if (*at_ != '\n') continue;
      ++line_;
      line_start_ = at_ + 1;
    }
    return {line_, static_cast<int>(token - line_start_) + 1};
  }

 private:
  void ReadObject(ondemand::object object, Node& node) {
    node.kind = Node::Kind::kMapping;
    for (auto field : object) {
      Node::Entry entry;
      entry.key.kind = Node::Kind::kScalar;
      entry.key.quoted = true;
      entry.key.position = PositionOf(field.key().raw() - 1);  // behind the quote
      entry.key.text = std::string_view(field.unescaped_key());
      entry.value = Read(field.value());
      std::erase_if(node.entries,
                    [&](const Node::Entry& other) { return other.key.text == entry.key.text; });
      node.entries.push_back(std::move(entry));
    }
  }

  static void SetScalar(std::string_view token, Node& node) {
    node.kind = Node::Kind::kScalar;
    node.text = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
  }

  const char* line_start_;
  const char* at_;  // everything before it has been counted
  int line_ = 1;
};

}  // namespace

Result<Node> ParseJson(std::string_view text) {
  const simdjson::padded_string padded(text);
  Reader reader{std::string_view(padded.data(), padded.size())};
  ondemand::parser parser;
  ondemand::document document;
  bool begun = false;
  try {
    document = parser.iterate(padded);
    begun = true;
    // A document that is a scalar is no value of its own to the library, and nothing that we read.
    ondemand::value value = document.get_value();
    Node node = reader.Read(value);
    const char* rest = nullptr;
    if (document.current_location().get(rest) == simdjson::SUCCESS)
      throw simdjson::simdjson_error(simdjson::TAPE_ERROR);
    return node;
  } catch (const simdjson::simdjson_error& error) {
    const char* at = padded.data();
    if (begun && document.current_location().get(at) != simdjson::SUCCESS) at += padded.size();
    const bool inside = at >= padded.data() && at <= padded.data() + padded.size();
    const Position position = inside ? reader.PositionOf(at) : Position{};
    return ErrorAt(position, std::string("not JSON: ") + error.what());
  }
}

}  // namespace narthex::config
