// Files of recording and alerting rules, in the format of Prometheus' rule_files.
#ifndef NARTHEX_SERVER_RULES_RULE_FILE_H_
#define NARTHEX_SERVER_RULES_RULE_FILE_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes/duration.h"
#include "common/config/bind.h"
#include "common/labels/label_set.h"
#include "common/openmetrics/escaping.h"
#include "common/status/status.h"

namespace narthex::server {

using LabelMap = std::map<std::string, std::string>;

struct Rule {
  std::string record;  // one of these is empty
  std::string alert;
  std::string expr;
  Duration for_duration;
  Duration keep_firing_for;
  LabelMap labels;
  LabelMap annotations;

  const std::string& name() const { return alert.empty() ? record : alert; }

  void Describe(auto& fields) {
    fields.Optional("record", record);
    fields.Optional("alert", alert);
    fields.Required("expr", expr);
    fields.Optional("for", for_duration);
    fields.Optional("keep_firing_for", keep_firing_for);
    fields.Optional("labels", labels);
    fields.Optional("annotations", annotations);
  }
  Status Validate() const;
};

struct RuleGroup {
  std::string name;
  Duration interval;  // 0: the evaluation_interval
  std::optional<Duration> query_offset;
  uint64_t limit = 0;  // series or alerts of a rule; 0: no limit
  std::vector<Rule> rules;
  LabelMap labels;  // of each rule that has no other value for them

  void Describe(auto& fields) {
    fields.Required("name", name);
    fields.Optional("interval", interval);
    fields.Optional("query_offset", query_offset);
    fields.Optional("limit", limit);
    fields.Optional("rules", rules);
    fields.Optional("labels", labels);
  }
  Status Validate() const;
};

struct RuleFile {
  std::vector<RuleGroup> groups;

  void Describe(auto& fields) { fields.Optional("groups", groups); }
  Status Validate() const;

  size_t rule_count() const;
};

// kInvalidArgument "PATH:12:5: …". Of templates in labels and annotations it is checked that each
// {{ has its }}, and that variables are known.
Result<RuleFile> ParseRuleFile(std::string_view text, const std::string& path);

// Rules of one name and equal labels, each once: they write to the same series.
std::vector<LabelSet> DuplicateRules(const RuleFile& file);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_RULES_RULE_FILE_H_
