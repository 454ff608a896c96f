#include "tool/metrics_lint.h"

#include <algorithm>
#include <optional>
#include <set>

namespace narthex::tool {
namespace {

using openmetrics::Metric;
using openmetrics::MetricFamily;
using openmetrics::Type;

struct Unit {
  std::string_view name;
  std::string_view base;
};

constexpr Unit kUnits[] = {
    {"amperes", "amperes"},    {"bytes", "bytes"},     {"celsius", "celsius"},
    {"grams", "grams"},        {"joules", "joules"},   {"kelvin", "kelvin"},
    {"meters", "meters"},      {"metres", "metres"},   {"seconds", "seconds"},
    {"volts", "volts"},        {"minutes", "seconds"}, {"hours", "seconds"},
    {"days", "seconds"},       {"weeks", "seconds"},   {"kelvins", "kelvin"},
    {"fahrenheit", "celsius"}, {"rankine", "celsius"}, {"inches", "meters"},
    {"yards", "meters"},       {"miles", "meters"},    {"bits", "bytes"},
    {"calories", "joules"},    {"pounds", "grams"},    {"ounces", "grams"},
};

constexpr std::string_view kPrefixes[] = {"pico", "nano",  "micro", "milli", "centi", "deci",
                                          "deca", "hecto", "kilo",  "kibi",  "mega",  "mibi",
                                          "giga", "gibi",  "tera",  "tebi",  "peta",  "pebi"};

constexpr std::string_view kAbbreviations[] = {"s",  "ms", "us", "ns", "sec", "b", "kb",
                                               "mb", "gb", "tb", "pb", "m",   "h", "d"};

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Whether `word` stands in the name between underscores, or at its end after one.
bool HasWord(std::string_view name, std::string_view word) {
  const std::string inner = "_" + std::string(word);
  return name.find(inner + "_") != std::string_view::npos || EndsWith(name, inner);
}

bool IsCamelCase(std::string_view name) {
  const auto is_hump = [](char a, char b) { return a >= 'a' && a <= 'z' && b >= 'A' && b <= 'Z'; };
  return std::adjacent_find(name.begin(), name.end(), is_hump) != name.end();
}

const Unit* FindUnit(std::string_view word) {
  const auto by_name = [](std::string_view name) {
    return std::find_if(std::begin(kUnits), std::end(kUnits),
                        [name](const Unit& unit) { return unit.name == name; });
  };
  if (const auto unit = by_name(word); unit != std::end(kUnits)) return unit;
  for (const std::string_view prefix : kPrefixes) {
    if (word.substr(0, prefix.size()) != prefix) continue;
    const auto unit = by_name(word.substr(prefix.size()));
    if (unit != std::end(kUnits)) return unit;
  }
  return nullptr;
}

std::string Lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

class Linter {
 public:
  explicit Linter(std::set<LintFinding>& findings) : findings_(findings) {}

  void Lint(const MetricFamily& family) {
    family_ = &family;
    if (family.help.empty()) Find("has no help text");
    LintUnit();
    LintTotal();
    if (family.type != Type::kUnknown) {
      LintReservedSuffixes();
      LintReservedLabels();
      LintTypeInName();
    }
    LintSpelling();
    LintDuplicates();
  }

 private:
  void Find(std::string text) { findings_.insert({family_->name, std::move(text)}); }
  bool Ends(std::string_view suffix) const { return EndsWith(family_->name, suffix); }

  // The first word of the name that is a unit decides.
  void LintUnit() {
    std::string_view rest = family_->name;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find('_'), rest.size());
      const std::string_view word = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const Unit* unit = FindUnit(word);
      if (unit == nullptr) continue;
      if (word != unit->base) {
        Find("should be in " + std::string(unit->base) + ", not " + std::string(word));
      }
      return;
    }
  }

  void LintTotal() {
    const bool counter = family_->type == Type::kCounter;
    if (counter && !Ends("_total")) Find("is a counter, so its name should end in _total");
    if (!counter && family_->type != Type::kUnknown && Ends("_total")) {
      Find("is no counter, so its name should not end in _total");
    }
  }

  void LintReservedSuffixes() {
    const bool histogram = family_->type == Type::kHistogram;
    const bool summary = family_->type == Type::kSummary;
    if (!histogram && Ends("_bucket"))
      Find("is no histogram, so its name should not end in _bucket");
    for (const std::string_view suffix : {"_count", "_sum"}) {
      if (histogram || summary || !Ends(suffix)) continue;
      Find("is no histogram or summary, so its name should not end in " + std::string(suffix));
    }
  }

  void LintReservedLabels() {
    for (const Metric& metric : family_->metrics) {
      for (const openmetrics::LabelPair& label : metric.labels) {
        if (label.name == "le" && family_->type != Type::kHistogram) {
          Find("is no histogram, so it should have no label le");
        }
        if (label.name == "quantile" && family_->type != Type::kSummary) {
          Find("is no summary, so it should have no label quantile");
        }
      }
    }
  }

  void LintTypeInName() {
    const std::string type = family_->type == Type::kGaugeHistogram
                                 ? "gauge_histogram"
                                 : std::string(TypeName(family_->type));
    // An info's name has to end so.
    if (family_->type == Type::kInfo) return;
    if (HasWord(Lower(family_->name), type)) Find("should not have its type in its name: " + type);
  }

  void LintSpelling() {
    if (family_->name.find(':') != std::string::npos) {
      Find("should have no ':' in its name, which is for recording rules");
    }
    if (IsCamelCase(family_->name)) Find("should be spelled in snake_case, not camelCase");
    for (const Metric& metric : family_->metrics) {
      for (const openmetrics::LabelPair& label : metric.labels) {
        if (IsCamelCase(label.name)) {
          Find("should have labels in snake_case, not camelCase: " + label.name);
        }
      }
    }
    const std::string lower = Lower(family_->name);
    const bool abbreviated =
        std::any_of(std::begin(kAbbreviations), std::end(kAbbreviations),
                    [&lower](std::string_view word) { return HasWord(lower, word); });
    if (abbreviated) Find("should spell its unit out");
  }

  // OpenMetrics may give one metric several times, each with a timestamp.
  void LintDuplicates() {
    std::set<std::pair<std::vector<openmetrics::LabelPair>, std::optional<int64_t>>> seen;
    for (const Metric& metric : family_->metrics) {
      if (!seen.insert({metric.labels, metric.timestamp_ms}).second) Find("has a metric twice");
    }
  }

  std::set<LintFinding>& findings_;
  const MetricFamily* family_ = nullptr;
};

}  // namespace

std::vector<LintFinding> LintMetrics(const std::vector<MetricFamily>& families) {
  std::set<LintFinding> findings;
  Linter linter(findings);
  for (const MetricFamily& family : families) linter.Lint(family);
  return {findings.begin(), findings.end()};
}

}  // namespace narthex::tool
