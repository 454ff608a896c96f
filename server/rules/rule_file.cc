#include "server/rules/rule_file.h"

#include <algorithm>
#include <optional>
#include <set>

#include "server/promql/parser.h"

namespace narthex::server {
namespace {

Status CheckLabels(const LabelMap& labels) {
  for (const auto& [name, value] : labels) {
    if (name.empty() || !IsValidUtf8(name) || name == kMetricName)
      return InvalidArgument("invalid label name ", Quote(name));
    if (!IsValidUtf8(value)) return InvalidArgument("invalid value of label ", Quote(name));
  }
  return {};
}

// The actions of a template, without {{ and }} and with their quoted texts blanked out. Nothing
// where one is not closed.
std::optional<std::vector<std::string>> ActionsOf(std::string_view text) {
  std::vector<std::string> actions;
  for (size_t open = text.find("{{"); open != std::string_view::npos; open = text.find("{{")) {
    text.remove_prefix(open + 2);
    std::string& action = actions.emplace_back();
    char quote = '\0';
    size_t at = 0;
    for (; at < text.size() && (quote != '\0' || text.substr(at, 2) != "}}"); ++at) {
      const char c = text[at];
      if (quote == '\0' && (c == '"' || c == '`')) {
        quote = c;
      } else if (quote == '\0') {
        action += c;
      } else if (c == '\\' && quote == '"') {
        ++at;
      } else if (c == quote) {
        quote = '\0';
      }
    }
    if (at >= text.size()) return std::nullopt;
    text.remove_prefix(at + 2);
  }
  return actions;
}

// The names behind $ in a text; "$" alone, which is all data, has none.
std::vector<std::string_view> VariablesIn(std::string_view text) {
  constexpr std::string_view kNameCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  std::vector<std::string_view> names;
  for (size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$')) {
    text.remove_prefix(at + 1);
    const std::string_view name =
        text.substr(0, std::min(text.find_first_not_of(kNameCharacters), text.size()));
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

Status CheckTemplate(std::string_view text) {
  const auto actions = ActionsOf(text);
  if (!actions) return InvalidArgument("a {{ has no }} in ", Quote(text));
  std::set<std::string_view> known = {"labels", "externalLabels", "externalURL", "value"};
  for (const std::string& action : *actions) {
    const size_t declares = action.find(":=");
    if (declares == std::string::npos) continue;
    for (const std::string_view name : VariablesIn(std::string_view(action).substr(0, declares)))
      known.insert(name);
  }
  for (const std::string& action : *actions) {
    for (const std::string_view name : VariablesIn(action)) {
      if (!known.contains(name)) return InvalidArgument("unknown variable $", name);
    }
  }
  return {};
}

Status CheckTemplates(const char* kind, const LabelMap& texts) {
  for (const auto& [name, text] : texts)
    RETURN_IF_ERROR(CheckTemplate(text).Prefixed(std::string(kind) + " " + Quote(name)));
  return {};
}

Status CheckRecording(const Rule& rule) {
  const auto refuse = [](const char* field) {
    return InvalidArgument("a recording rule has no ", field);
  };
  if (!rule.annotations.empty()) return refuse("annotations");
  if (rule.for_duration.ms != 0) return refuse("for");
  if (rule.keep_firing_for.ms != 0) return refuse("keep_firing_for");
  if (!IsValidUtf8(rule.record))
    return InvalidArgument("invalid name of a metric ", Quote(rule.record));
  if (rule.record.find_first_of("{}") != std::string::npos)
    return InvalidArgument("record ", Quote(rule.record), " has braces, as an expr has");
  return {};
}

}  // namespace

Status Rule::Validate() const {
  if (record.empty() == alert.empty())
    return InvalidArgument("want one of record and alert, got ", record.empty() ? "none" : "both");
  if (expr.empty()) return InvalidArgument("want an expr for ", Quote(name()));
  const auto parsed = promql::Parse(expr, {});
  if (!parsed.ok()) return parsed.status().Prefixed("expr of " + Quote(name()));
  if (!record.empty()) RETURN_IF_ERROR(CheckRecording(*this));
  RETURN_IF_ERROR(CheckLabels(labels));
  for (const auto& [name, text] : annotations) {
    if (name.empty() || !IsValidUtf8(name))
      return InvalidArgument("invalid name of an annotation ", Quote(name));
  }
  if (alert.empty()) return {};
  RETURN_IF_ERROR(CheckTemplates("label", labels));
  return CheckTemplates("annotation", annotations);
}

Status RuleGroup::Validate() const {
  if (name.empty()) return InvalidArgument("a group has an empty name");
  return CheckLabels(labels);
}

Status RuleFile::Validate() const {
  std::set<std::string_view> names;
  for (const RuleGroup& group : groups) {
    if (!names.insert(group.name).second)
      return InvalidArgument("two groups are called ", Quote(group.name));
  }
  return {};
}

size_t RuleFile::rule_count() const {
  size_t count = 0;
  for (const RuleGroup& group : groups) count += group.rules.size();
  return count;
}

Result<RuleFile> ParseRuleFile(std::string_view text, const std::string& path) {
  return config::Parse<RuleFile>(text, path);
}

std::vector<LabelSet> DuplicateRules(const RuleFile& file) {
  std::set<LabelSet> seen;
  std::set<LabelSet> duplicates;
  for (const RuleGroup& group : file.groups) {
    for (const Rule& rule : group.rules) {
      LabelSetBuilder builder;
      for (const LabelMap* labels : {&group.labels, &rule.labels}) {
        for (const auto& [name, value] : *labels) builder.Set(name, value);
      }
      builder.Set(kMetricName, rule.name());
      LabelSet labels = builder.Build();
      if (!seen.insert(labels).second) duplicates.insert(std::move(labels));
    }
  }
  return {duplicates.begin(), duplicates.end()};
}

}  // namespace narthex::server
