#include "exporters/blackbox/record_rules.h"

#include <algorithm>

namespace narthex::blackbox {
namespace {

using Records = std::vector<DnsResourceRecord>;
using Patterns = std::vector<SearchPattern>;

bool Matches(const SearchPattern& pattern, const DnsResourceRecord& record) {
  return pattern.regex.FindsIn(record.text);
}

bool MatchesAny(const Patterns& patterns, const DnsResourceRecord& record) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const SearchPattern& pattern) { return Matches(pattern, record); });
}

bool MatchesAll(const Patterns& patterns, const DnsResourceRecord& record) {
  return std::all_of(patterns.begin(), patterns.end(),
                     [&](const SearchPattern& pattern) { return Matches(pattern, record); });
}

Failure Broken(std::string_view section, std::string_view rule, std::string_view finding) {
  return Failed(
      Phase::kCheck, Reason::kRecords,
      "section " + std::string(section) + ": " + std::string(rule) + ": " + std::string(finding));
}

}  // namespace

Outcome CheckRecords(const Records& records, const RecordRules& rules, std::string_view section) {
  const Patterns& all = rules.fail_if_all_match_regexp;
  const Patterns& wanted = rules.fail_if_not_matches_regexp;
  const Patterns& one_of = rules.fail_if_none_matches_regexp;
  if (records.empty() && !wanted.empty())
    return Broken(section, "fail_if_not_matches_regexp", "no records");
  if (records.empty() && !one_of.empty())
    return Broken(section, "fail_if_none_matches_regexp", "no records");
  for (const DnsResourceRecord& record : records) {
    if (MatchesAny(rules.fail_if_matches_regexp, record))
      return Broken(section, "fail_if_matches_regexp", Quote(record.text) + " matches");
    if (!MatchesAll(wanted, record))
      return Broken(section, "fail_if_not_matches_regexp", Quote(record.text) + " does not match");
  }
  const bool every = std::all_of(records.begin(), records.end(),
                                 [&](const DnsResourceRecord& r) { return MatchesAll(all, r); });
  if (!every) return Broken(section, "fail_if_all_match_regexp", "not every record matches");
  const bool any = std::any_of(records.begin(), records.end(),
                               [&](const DnsResourceRecord& r) { return MatchesAny(one_of, r); });
  if (!one_of.empty() && !any)
    return Broken(section, "fail_if_none_matches_regexp", "no record matches");
  return {};
}

}  // namespace narthex::blackbox
