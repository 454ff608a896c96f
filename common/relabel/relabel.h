// Relabelling: rules that rewrite a label set or drop it, in the order of the configuration. They
// shape targets before a scrape, samples before storage, and alerts before they are sent.
// Semantics and defaults follow Prometheus' model/relabel.
//
//   - source_labels: [__meta_container]
//     regex: (.+)-\d+
//     target_label: app        # replacement: $1, action: replace
#ifndef NARTHEX_COMMON_RELABEL_RELABEL_H_
#define NARTHEX_COMMON_RELABEL_RELABEL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/bind.h"
#include "common/labels/label_set.h"
#include "common/regex/regex.h"

namespace narthex {

enum class RelabelAction : unsigned char {
  kReplace,    // where the regex matches: target_label = replacement, with its groups filled in
  kKeep,       // drop the set unless the regex matches
  kDrop,       // drop the set if it matches
  kKeepEqual,  // drop the set unless the sources equal target_label
  kDropEqual,
  kHashMod,    // target_label = hash of the sources modulo `modulus`
  kLabelMap,   // copy the labels whose names match to the names that replacement gives
  kLabelDrop,  // remove the labels whose names match
  kLabelKeep,  // remove those that do not
  kLowercase,  // target_label = the sources in lower case
  kUppercase,
};

struct RelabelRule {
  std::vector<std::string> source_labels;  // their values, joined by `separator`, are the source
  std::string separator = kDefaultSeparator;
  std::optional<Regex> regex;  // absent: (.*)
  uint64_t modulus = 0;
  std::string target_label;
  std::string replacement = kDefaultReplacement;
  RelabelAction action = RelabelAction::kReplace;

  void Describe(auto& fields) {
    fields.Optional("source_labels", source_labels);
    fields.Optional("separator", separator);
    fields.Optional("regex", regex);
    fields.Optional("modulus", modulus);
    fields.Optional("target_label", target_label);
    fields.Optional("replacement", replacement);
    fields.Optional("action", action);
  }
  Status Validate() const;
  friend bool operator==(const RelabelRule&, const RelabelRule&) = default;

  static constexpr const char* kDefaultSeparator = ";";
  static constexpr const char* kDefaultReplacement = "$1";
};

Status FromText(std::string_view text, RelabelAction& action);  // in any case
Status FromText(std::string_view text, Regex& regex);
std::string ToText(RelabelAction action);
std::string ToText(const Regex& regex);

// Applies rules in turn. False: a rule dropped the set, and `labels` is of no use.
bool Relabel(const std::vector<RelabelRule>& rules, LabelSetBuilder& labels);

}  // namespace narthex

#endif  // NARTHEX_COMMON_RELABEL_RELABEL_H_
