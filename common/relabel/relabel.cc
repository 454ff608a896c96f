#include "common/relabel/relabel.h"

#include <Poco/MD5Engine.h>
#include <Poco/UTF8String.h>

#include <algorithm>

namespace narthex {
namespace {

struct ActionName {
  std::string_view name;
  RelabelAction action;
  bool needs_target;
};

constexpr ActionName kActions[] = {
    {"replace", RelabelAction::kReplace, true},
    {"keep", RelabelAction::kKeep, false},
    {"drop", RelabelAction::kDrop, false},
    {"keepequal", RelabelAction::kKeepEqual, true},
    {"dropequal", RelabelAction::kDropEqual, true},
    {"hashmod", RelabelAction::kHashMod, true},
    {"labelmap", RelabelAction::kLabelMap, false},
    {"labeldrop", RelabelAction::kLabelDrop, false},
    {"labelkeep", RelabelAction::kLabelKeep, false},
    {"lowercase", RelabelAction::kLowercase, true},
    {"uppercase", RelabelAction::kUppercase, true},
};

const ActionName& Row(RelabelAction action) {
  return *std::find_if(std::begin(kActions), std::end(kActions),
                       [&](const ActionName& row) { return row.action == action; });
}

bool IsLabelName(std::string_view name) { return !name.empty() && IsValidUtf8(name); }

std::string Source(const RelabelRule& rule, const LabelSetBuilder& labels) {
  std::string source;
  for (size_t i = 0; i < rule.source_labels.size(); ++i) {
    if (i > 0) source += rule.separator;
    source += labels.Get(rule.source_labels[i]);
  }
  return source;
}

bool Matches(const RelabelRule& rule, std::string_view text) {
  return !rule.regex || rule.regex->Matches(text);
}

const Regex& RegexOf(const RelabelRule& rule) {
  static const Regex kEverything = *Regex::Compile("(.*)");
  return rule.regex ? *rule.regex : kEverything;
}

void Replace(const RelabelRule& rule, const std::string& source, LabelSetBuilder& labels) {
  const auto filled = RegexOf(rule).Expand(source, {rule.target_label, rule.replacement});
  if (filled.empty() || !IsLabelName(filled[0])) return;
  labels.Set(filled[0], filled[1]);  // an empty value removes the label
}

// The last eight bytes of the MD5 sum, as the reference keeps for old configurations' sake: a sum
// that spreads targets over servers must be the same on all of them.
uint64_t Hash(const std::string& text) {
  Poco::MD5Engine md5;
  md5.update(text);
  const Poco::DigestEngine::Digest& digest = md5.digest();
  uint64_t hash = 0;
  for (size_t i = digest.size() - sizeof hash; i < digest.size(); ++i) hash = hash << 8 | digest[i];
  return hash;
}

void MapLabels(const RelabelRule& rule, LabelSetBuilder& labels) {
  const Regex& regex = RegexOf(rule);
  const LabelSet before = labels.Build();
  for (const Label label : before) {
    if (const auto name = regex.Expand(label.name, rule.replacement))
      labels.Set(*name, label.value);
  }
}

void RemoveLabels(const RelabelRule& rule, bool matching, LabelSetBuilder& labels) {
  const LabelSet before = labels.Build();
  for (const Label label : before) {
    if (Matches(rule, label.name) == matching) labels.Remove(label.name);
  }
}

// False drops the set.
bool Apply(const RelabelRule& rule, LabelSetBuilder& labels) {
  const std::string source = Source(rule, labels);
  switch (rule.action) {
    case RelabelAction::kKeep:
      return Matches(rule, source);
    case RelabelAction::kDrop:
      return !Matches(rule, source);
    case RelabelAction::kKeepEqual:
      return labels.Get(rule.target_label) == source;
    case RelabelAction::kDropEqual:
      return labels.Get(rule.target_label) != source;
    case RelabelAction::kReplace:
      Replace(rule, source, labels);
      return true;
    case RelabelAction::kHashMod:
      labels.Set(rule.target_label, std::to_string(Hash(source) % rule.modulus));
      return true;
    case RelabelAction::kLabelMap:
      MapLabels(rule, labels);
      return true;
    case RelabelAction::kLabelDrop:
      RemoveLabels(rule, true, labels);
      return true;
    case RelabelAction::kLabelKeep:
      RemoveLabels(rule, false, labels);
      return true;
    case RelabelAction::kLowercase:
      labels.Set(rule.target_label, Poco::UTF8::toLower(source));
      return true;
    case RelabelAction::kUppercase:
      labels.Set(rule.target_label, Poco::UTF8::toUpper(source));
      return true;
  }
  return true;
}

}  // namespace

std::string ToText(RelabelAction action) { return std::string(Row(action).name); }
std::string ToText(const Regex& regex) { return regex.pattern(); }

Status FromText(std::string_view text, RelabelAction& action) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const ActionName& row : kActions) {
    if (row.name != lower) continue;
    action = row.action;
    return {};
  }
  std::string names;
  for (const ActionName& row : kActions) names.append(names.empty() ? "" : ", ").append(row.name);
  return InvalidArgument("unknown relabel action ", Quote(text), ", want one of ", names);
}

Status FromText(std::string_view text, Regex& regex) {
  ASSIGN_OR_RETURN(regex, Regex::Compile(text));
  return {};
}

Status RelabelRule::Validate() const {
  const ActionName& row = Row(action);
  const auto refuse = [&](auto... what) {
    return InvalidArgument("relabel action ", row.name, " ", what...);
  };
  const bool plain_source = separator == kDefaultSeparator && modulus == 0;
  const bool plain_replacement = replacement == kDefaultReplacement;
  if (action == RelabelAction::kHashMod && modulus == 0)
    return refuse("needs a modulus above zero");
  if (row.needs_target && target_label.empty()) return refuse("needs a target_label");
  if (row.needs_target && !IsLabelName(target_label))
    return refuse("has an invalid target_label ", Quote(target_label));
  if (action == RelabelAction::kLabelMap && !IsLabelName(replacement))
    return refuse("has an invalid replacement ", Quote(replacement));
  if ((action == RelabelAction::kLowercase || action == RelabelAction::kUppercase) &&
      !plain_replacement)
    return refuse("takes no replacement");
  if (action == RelabelAction::kKeepEqual || action == RelabelAction::kDropEqual) {
    if (regex || !plain_source || !plain_replacement)
      return refuse("takes source_labels and target_label only");
  }
  if (action == RelabelAction::kLabelDrop || action == RelabelAction::kLabelKeep) {
    if (!source_labels.empty() || !target_label.empty() || !plain_source || !plain_replacement)
      return refuse("takes a regex only");
  }
  for (const std::string& name : source_labels) {
    if (!IsLabelName(name)) return refuse("has an invalid source label ", Quote(name));
  }
  return {};
}

bool Relabel(const std::vector<RelabelRule>& rules, LabelSetBuilder& labels) {
  return std::all_of(rules.begin(), rules.end(),
                     [&](const RelabelRule& rule) { return Apply(rule, labels); });
}

}  // namespace narthex
