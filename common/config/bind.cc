#include "common/config/bind.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/bytes/numbers.h"

namespace narthex::config {
namespace {

template <typename T>
Status Assign(std::optional<T> parsed, std::string_view text, std::string_view wanted, T& value) {
  if (!parsed) return InvalidArgument("want ", wanted, ", got ", Quote(text));
  value = *parsed;
  return {};
}

template <typename T>
Status Assign(Result<T> parsed, T& value) {
  if (!parsed.ok()) return parsed.status();
  value = *parsed;
  return {};
}

}  // namespace

// YAML 1.1 spellings, as the originals take them.
Status FromText(std::string_view text, bool& value) {
  constexpr std::string_view kTrue[] = {"true", "True", "TRUE", "yes", "Yes", "YES",
                                        "on",   "On",   "ON",   "y",   "Y"};
  constexpr std::string_view kFalse[] = {"false", "False", "FALSE", "no", "No", "NO",
                                         "off",   "Off",   "OFF",   "n",  "N"};
  value = std::find(std::begin(kTrue), std::end(kTrue), text) != std::end(kTrue);
  if (value || std::find(std::begin(kFalse), std::end(kFalse), text) != std::end(kFalse)) return {};
  return InvalidArgument("want true or false, got ", Quote(text));
}

Status FromText(std::string_view text, int64_t& value) {
  return Assign(ParseInteger(text), text, "a whole number", value);
}
Status FromText(std::string_view text, uint64_t& value) {
  return Assign(ParseUnsigned(text), text, "a whole number from 0 up", value);
}
Status FromText(std::string_view text, double& value) {
  return Assign(ParseDouble(text), text, "a number", value);
}
Status FromText(std::string_view text, std::string& value) {
  value = text;
  return {};
}
Status FromText(std::string_view text, Duration& value) {
  return Assign(ParseDuration(text), value);
}
Status FromText(std::string_view text, ByteSize& value) {
  return Assign(ParseByteSize(text), value);
}

Status WantKind(const Node& node, Node::Kind kind) {
  if (node.kind == kind) return {};
  const std::string shown = node.kind == Node::Kind::kScalar ? " " + Quote(node.text) : "";
  return ErrorAt(node.position,
                 fmt::format("want {}, got {}{}", KindName(kind), KindName(node.kind), shown));
}

Status FieldReader::Finish() const {
  RETURN_IF_ERROR(first_error_);
  for (const auto& [key, value] : mapping_.entries) {
    if (std::find(known_.begin(), known_.end(), key.text) != known_.end()) continue;
    return ErrorAt(key.position, fmt::format("unknown field {}, want one of {}", Quote(key.text),
                                             fmt::join(known_, ", ")));
  }
  return {};
}

}  // namespace narthex::config
