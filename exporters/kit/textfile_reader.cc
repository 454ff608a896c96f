#include "exporters/kit/textfile_reader.h"

#include <algorithm>
#include <deque>
#include <set>
#include <string>
#include <unordered_map>

#include "common/bytes/string_hash.h"
#include "common/openmetrics/formats.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

using openmetrics::LabelPair;
using openmetrics::Metric;
using openmetrics::MetricFamily;

Result<std::vector<MetricFamily>> Read(std::string_view text) {
  return openmetrics::ReadFamilies(text, openmetrics::Format::kText,
                                   openmetrics::NameScheme::kLegacy);
}

// The part of a text that can be a metric's name, as the reader takes it: "a.5" is "a" with .5.
std::string_view LeadingName(std::string_view text) {
  const auto end = std::find_if(text.begin(), text.end(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return !letter && !(c >= '0' && c <= '9') && c != '_' && c != ':';
  });
  return text.substr(0, static_cast<size_t>(end - text.begin()));
}

// The lines of one family, from wherever in the file they stand.
struct Group {
  std::string text;
  std::vector<size_t> line_numbers;
  std::string type;  // as its # TYPE line says, so far; small letters, as the reader takes any
};

// Sorts the lines of a file by family, by as much of each as names it.
class Grouping {
 public:
  explicit Grouping(std::string_view text) {
    for (size_t number = 1; !text.empty(); ++number) {
      const size_t end = std::min(text.find('\n'), text.size() - 1);
      Add(number, text.substr(0, end + 1));
      text.remove_prefix(end + 1);
    }
  }

  const std::deque<Group>& groups() const { return groups_; }

 private:
  void Add(size_t number, std::string_view line) {
    const size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
    const std::string_view rest = line.substr(begin);
    if (rest.empty() || rest == "\n") return;
    if (rest[0] == '#') return AddComment(number, line, rest.substr(1));
    Append(GroupOfSample(LeadingName(rest)), number, line);
  }

  // # HELP and # TYPE belong to a family; any other comment says nothing.
  void AddComment(size_t number, std::string_view line, std::string_view rest) {
    FieldReader fields(rest);
    const auto keyword = fields.Next();
    if (keyword != "HELP" && keyword != "TYPE") return;
    Group& group = GroupOf(LeadingName(fields.Next().value_or(std::string_view())));
    if (keyword == "TYPE") {
      group.type = fields.Next().value_or(std::string_view());
      for (char& c : group.type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    Append(group, number, line);
  }

  // A family of its own comes before the part of a summary or histogram.
  Group& GroupOfSample(std::string_view name) {
    if (by_name_.contains(name)) return GroupOf(name);
    for (const std::string_view suffix : {"_count", "_sum", "_bucket"}) {
      if (name.size() <= suffix.size() || name.substr(name.size() - suffix.size()) != suffix)
        continue;
      const auto base = by_name_.find(name.substr(0, name.size() - suffix.size()));
      if (base == by_name_.end()) continue;
      const std::string_view type = base->second->type;
      if (type == "histogram" || (type == "summary" && suffix != "_bucket")) return *base->second;
    }
    return GroupOf(name);
  }

  Group& GroupOf(std::string_view name) {
    const auto found = by_name_.find(name);
    if (found != by_name_.end()) return *found->second;
    Group& group = groups_.emplace_back();
    by_name_.emplace(name, &group);
    return group;
  }

  static void Append(Group& group, size_t number, std::string_view line) {
    group.text += line;
    group.line_numbers.push_back(number);
  }

  std::deque<Group> groups_;  // references to it stay good
  std::unordered_map<std::string, Group*, StringHash, std::equal_to<>> by_name_;
};

// "2:7: want …" of a group with the line's number in the file.
Status InFile(const Status& status, const Group& group) {
  const std::string_view message = status.message();
  const size_t colon = std::min(message.find(':'), message.size());
  const auto line = ParseUnsigned(message.substr(0, colon));
  if (!line || *line == 0 || *line > group.line_numbers.size()) return status;
  return Corruption(std::to_string(group.line_numbers[*line - 1]), message.substr(colon));
}

bool HasTimestamp(const MetricFamily& family) {
  return std::any_of(family.metrics.begin(), family.metrics.end(),
                     [](const Metric& metric) { return metric.timestamp_ms.has_value(); });
}

void GiveAllLabelsToEach(MetricFamily& family) {
  std::set<std::string> names;
  for (const Metric& metric : family.metrics) {
    for (const LabelPair& label : metric.labels) names.insert(label.name);
  }
  for (Metric& metric : family.metrics) {
    if (metric.labels.size() == names.size()) continue;
    std::vector<LabelPair> all;
    size_t next = 0;  // labels are sorted, as the names are
    for (const std::string& name : names) {
      const bool has = next < metric.labels.size() && metric.labels[next].name == name;
      all.push_back(has ? std::move(metric.labels[next++]) : LabelPair{name, ""});
    }
    metric.labels = std::move(all);
  }
}

bool HasEqualMetrics(const MetricFamily& family) {
  std::set<std::vector<LabelPair>> seen;
  return !std::all_of(family.metrics.begin(), family.metrics.end(),
                      [&seen](const Metric& metric) { return seen.insert(metric.labels).second; });
}

void AddFault(Status fault, TextfileContent& content) {
  if (content.faults.size() < kMaxTextfileFaults) content.faults.push_back(std::move(fault));
}

// Family by family, where the whole cannot be read.
void ReadByGroups(std::string_view text, TextfileContent& content) {
  const Grouping grouping(text);
  for (const Group& group : grouping.groups()) {
    auto families = Read(group.text);
    if (!families.ok()) {
      AddFault(InFile(families.status(), group), content);
      continue;
    }
    for (MetricFamily& family : *families) content.families.push_back(std::move(family));
  }
}

}  // namespace

TextfileContent ReadTextfile(std::string_view text) {
  TextfileContent content;
  auto whole = Read(text);
  if (whole.ok()) {
    content.families = std::move(*whole);
  } else {
    ReadByGroups(text, content);
  }
  for (const MetricFamily& family : content.families) {
    if (!HasTimestamp(family)) continue;
    return {{}, {Corruption("family ", Quote(family.name), " has timestamps")}};
  }
  std::vector<MetricFamily> kept;
  for (MetricFamily& family : content.families) {
    GiveAllLabelsToEach(family);
    if (HasEqualMetrics(family)) {
      AddFault(Corruption("family ", Quote(family.name), " has a series twice"), content);
    } else {
      kept.push_back(std::move(family));
    }
  }
  content.families = std::move(kept);
  return content;
}

}  // namespace narthex::exporters
