#include "server/config/section_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "common/config/bind.h"
#include "common/config/unbind.h"
#include "common/http_client_config/http_client_config.h"
#include "common/http_client_config/url.h"

namespace narthex::server {
namespace {

struct Filter {
  std::string name;
  std::vector<std::string> values;

  void Describe(auto& fields) {
    fields.Optional("name", name);
    fields.Optional("values", values);
  }
};

// Reads some fields of a section that has others too, and writes them back without secrets.
template <typename T>
Status ReadSome(config::Node& section, T& value, std::vector<std::string>& known) {
  config::Node names;
  names.kind = config::Node::Kind::kMapping;
  config::FieldReader nothing(names);
  T{}.Describe(nothing);
  config::Node own;
  own.kind = config::Node::Kind::kMapping;
  own.position = section.position;
  for (const std::string_view name : nothing.known()) {
    known.emplace_back(name);
    for (config::Node::Entry& entry : section.entries) {
      if (entry.key.text == name) own.entries.push_back(entry);
    }
  }
  RETURN_IF_ERROR(config::Bind(own, value));
  const config::Node shown = config::ToNode(value);
  for (config::Node::Entry& entry : section.entries) {
    const config::Node* replaced = shown.Find(entry.key.text);
    if (own.Find(entry.key.text) != nullptr && replaced != nullptr) entry.value = *replaced;
  }
  return {};
}

}  // namespace

config::Node* SectionReader::Known(std::string_view field) {
  known_.emplace_back(field);
  const auto found =
      std::find_if(section_.entries.begin(), section_.entries.end(),
                   [&](const config::Node::Entry& entry) { return entry.key.text == field; });
  if (found == section_.entries.end() || found->value.kind == config::Node::Kind::kNull)
    return nullptr;
  return &found->value;
}

const config::Node* SectionReader::Take(std::string_view field) { return Known(field); }

template <typename T>
void SectionReader::Check(std::string_view field, T value) {
  if (const config::Node* node = Known(field)) Keep(config::Bind(*node, value));
}

void SectionReader::Text(std::string_view field) { Check(field, std::string()); }
void SectionReader::Integer(std::string_view field) { Check(field, int64_t{0}); }
void SectionReader::Flag(std::string_view field) { Check(field, false); }
void SectionReader::Time(std::string_view field) { Check(field, Duration()); }
void SectionReader::TextList(std::string_view field) { Check(field, std::vector<std::string>()); }
void SectionReader::TextMap(std::string_view field) {
  Check(field, std::map<std::string, std::string>());
}

void SectionReader::Texts(std::initializer_list<std::string_view> fields) {
  for (const std::string_view field : fields) Text(field);
}

void SectionReader::Secret(std::string_view field) {
  config::Node* node = Known(field);
  if (node == nullptr) return;
  Keep(config::WantKind(*node, config::Node::Kind::kScalar));
  if (!node->text.empty()) node->text = "<secret>";
}

void SectionReader::RefreshInterval() {
  const config::Node* node = Known("refresh_interval");
  if (node == nullptr) return;
  Duration interval;
  Keep(config::Bind(*node, interval));
  if (interval.ms <= 0)
    Keep(config::ErrorAt(node->position, "refresh_interval must be above zero"));
}

void SectionReader::OneOf(std::string_view field, std::initializer_list<std::string_view> values) {
  const config::Node* node = Known(field);
  if (node == nullptr) return;
  const bool good = node->kind == config::Node::Kind::kScalar &&
                    std::find(values.begin(), values.end(), node->text) != values.end();
  if (good) return;
  Keep(config::ErrorAt(node->position, fmt::format("{}: want one of {}, got {}", field,
                                                   fmt::join(values, ", "), Quote(node->text))));
}

void SectionReader::Url(std::string_view field) {
  Text(field);
  Require(field);
  if (!Has(field)) return;
  const config::Node* node = section_.Find(field);
  if (const Status status = CheckUrl(node->text, {"http", "https"}); !status.ok())
    Keep(
        config::ErrorAt(node->position, std::string(field) + ": " + std::string(status.message())));
}

void SectionReader::Filters(std::string_view field, FilterRule rule) {
  const config::Node* node = Known(field);
  if (node == nullptr) return;
  std::vector<Filter> filters;
  Keep(config::Bind(*node, filters));
  if (rule != kWithValues) return;
  for (const Filter& filter : filters) {
    if (filter.values.empty())
      Keep(config::ErrorAt(node->position,
                           "filter " + Quote(filter.name) + " has no values: want one at least"));
  }
}

void SectionReader::Http() {
  HttpClientConfig http;
  Keep(ReadSome(section_, http, known_));
}

void SectionReader::Tls() {
  config::Node* node = Known("tls_config");
  if (node == nullptr) return;
  TlsClientConfig tls;
  Keep(config::Bind(*node, tls));
  *node = config::ToNode(tls);
}

void SectionReader::Require(std::string_view field) {
  if (!Has(field)) Refuse(std::string(field) + " is missing");
}

void SectionReader::Exclude(bool both, std::string_view names) {
  if (both) Refuse("at most one of " + std::string(names) + " may be given");
}

void SectionReader::Refuse(std::string_view finding) {
  Keep(config::ErrorAt(section_.position, finding));
}

bool SectionReader::Has(std::string_view field) const {
  const config::Node* node = section_.Find(field);
  return node != nullptr && (!node->text.empty() || !node->items.empty() || !node->entries.empty());
}

std::string SectionReader::TextOr(std::string_view field, std::string_view fallback) const {
  const config::Node* node = section_.Find(field);
  if (node == nullptr || node->kind != config::Node::Kind::kScalar) return std::string(fallback);
  const size_t begin = node->text.find_first_not_of(" \t");
  return begin == std::string::npos ? std::string() : node->text.substr(begin);
}

std::vector<std::string> SectionReader::ListOf(std::string_view field) const {
  std::vector<std::string> texts;
  if (const config::Node* node = section_.Find(field)) {
    for (const config::Node& item : node->items) texts.push_back(item.text);
  }
  return texts;
}

void SectionReader::Keep(Status status) {
  if (first_error_.ok()) first_error_ = std::move(status);
}

Status SectionReader::Finish() const {
  RETURN_IF_ERROR(first_error_);
  for (const auto& [key, value] : section_.entries) {
    if (std::find(known_.begin(), known_.end(), key.text) != known_.end()) continue;
    return config::ErrorAt(key.position, fmt::format("unknown field {}, want one of {}",
                                                     Quote(key.text), fmt::join(known_, ", ")));
  }
  return {};
}

}  // namespace narthex::server
