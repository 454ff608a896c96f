#include "exporters/kit/sql/version_range.h"

#include <algorithm>
#include <limits>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"

namespace narthex::exporters {
namespace {

using Version = SqlSession::Version;

constexpr int kMost = std::numeric_limits<int>::max();
constexpr Version kEnd = {kMost, kMost, kMost};

// "10", "10.4", "10.4.2", "10.x": a version, and the first behind those that it stands for.
struct Spelled {
  Version version;
  Version next;
};

Result<Spelled> ParseVersion(std::string_view text) {
  constexpr int64_t kMaxPart = 1'000'000;
  int parts[3] = {0, 0, 0};
  int count = 0;
  bool has_wildcard = false;
  for (std::string_view rest = text; count < 3; ++count) {
    const std::string_view part = rest.substr(0, rest.find('.'));
    if (part == "x" || part == "X" || part == "*") {
      has_wildcard = count > 0 && part.size() == rest.size();
      if (!has_wildcard) return InvalidArgument("no version: ", Quote(text));
      break;
    }
    const auto number = ParseInteger(part);
    if (!number || *number < 0 || *number > kMaxPart)
      return InvalidArgument("no version: ", Quote(text));
    parts[count] = static_cast<int>(*number);
    if (part.size() == rest.size()) {
      rest = {};
      ++count;
      break;
    }
    rest.remove_prefix(part.size() + 1);
    if (count == 2) return InvalidArgument("no version: ", Quote(text));
  }
  const Version version{parts[0], parts[1], parts[2]};
  if (!has_wildcard) return Spelled{version, {version.major, version.minor, version.patch + 1}};
  if (count == 1) return Spelled{version, {version.major + 1, 0, 0}};
  return Spelled{version, {version.major, version.minor + 1, 0}};
}

}  // namespace

Result<VersionRange::Condition> VersionRange::ParseCondition(std::string_view text) {
  const size_t digits = text.find_first_not_of("<>=! ");
  const std::string_view operation = TrimBlanks(text.substr(0, digits));
  ASSIGN_OR_RETURN(const Spelled version,
                   ParseVersion(digits == std::string_view::npos ? "" : text.substr(digits)));
  if (operation.empty() || operation == "=" || operation == "==")
    return Condition{version.version, version.next};
  if (operation == "!" || operation == "!=") return Condition{version.version, version.next, true};
  if (operation == ">=") return Condition{version.version, kEnd};
  if (operation == ">") return Condition{version.next, kEnd};
  if (operation == "<") return Condition{{}, version.version};
  if (operation == "<=") return Condition{{}, version.next};
  return InvalidArgument("unknown comparison ", Quote(operation));
}

Result<VersionRange> VersionRange::Parse(std::string_view text) {
  VersionRange range;
  if (TrimBlanks(text).empty()) return range;
  for (bool more = true; more;) {
    const size_t end = text.find("||");
    std::string_view group = TrimBlanks(text.substr(0, end));
    more = end != std::string_view::npos;
    if (more) text.remove_prefix(end + 2);
    All all;
    while (!group.empty()) {
      // A blank may stand between the comparison and its version.
      const size_t version = std::min(group.find_first_not_of("<>=! "), group.size());
      const size_t stop = std::min(group.find_first_of(" <>=!", version), group.size());
      ASSIGN_OR_RETURN(const Condition condition, ParseCondition(group.substr(0, stop)));
      all.push_back(condition);
      group = TrimBlanks(group.substr(stop));
    }
    if (all.empty()) return InvalidArgument("nothing beside \"||\"");
    range.any_of_.push_back(std::move(all));
  }
  return range;
}

bool VersionRange::Contains(SqlSession::Version version) const {
  const auto holds = [&](const Condition& condition) {
    return (version >= condition.from && version < condition.to) != condition.outside;
  };
  return any_of_.empty() || std::any_of(any_of_.begin(), any_of_.end(), [&](const All& all) {
           return std::all_of(all.begin(), all.end(), holds);
         });
}

}  // namespace narthex::exporters
