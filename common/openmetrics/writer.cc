#include "common/openmetrics/writer.h"

#include <algorithm>
#include <cassert>

#include "common/bytes/numbers.h"
#include "common/openmetrics/openmetrics_format.h"
#include "common/openmetrics/sample_line.h"
#include "common/openmetrics/text_format.h"

namespace narthex::openmetrics {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

void AppendLabelValue(std::string& out, std::string_view value) {
  if (IsValidUtf8(value)) return AppendQuoted(out, value);
  std::string mended;
  for (char c : value) {
    if (static_cast<unsigned char>(c) < 0x80) {
      mended += c;
    } else {
      mended += kReplacement;
    }
  }
  AppendQuoted(out, mended);
}

}  // namespace

Family::Family(std::string_view name, Type type, std::string_view help)
    : name_(name), type_(type), help_(help) {
  assert(IsLegacyMetricName(name));
}

void Family::Sample(std::string_view suffix, const Label* labels, size_t label_count,
                    double value) {
  sorted_.assign(labels, labels + label_count);
  std::sort(sorted_.begin(), sorted_.end(),
            [](const Label& a, const Label& b) { return a.name < b.name; });
  lines_ += name_;
  lines_ += suffix;
  char separator = '{';
  for (const Label& label : sorted_) {
    lines_ += separator;
    lines_ += label.name;
    lines_ += '=';
    AppendLabelValue(lines_, label.value);
    separator = ',';
  }
  if (separator == ',') lines_ += '}';
  lines_ += ' ';
  AppendExpositionDouble(lines_, value);
  lines_ += '\n';
  ++sample_count_;
}

Family& ExpositionWriter::Add(std::string_view name, Type type, std::string_view help) {
  auto found = families_.find(name);
  if (found == families_.end()) {
    found = families_.emplace(std::string(name), Family(name, type, help)).first;
  }
  assert(found->second.type_ == type && found->second.help_ == help);
  return found->second;
}

std::vector<std::string_view> ExpositionWriter::names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, family] : families_) {
    if (family.sample_count_ > 0) names.emplace_back(name);
  }
  return names;
}

void ExpositionWriter::Finish(std::string& out) const {
  const bool openmetrics = IsOpenMetrics(format_);
  for (const auto& [name, family] : families_) {
    if (family.sample_count_ == 0) continue;
    const std::string_view shown =
        openmetrics ? OpenMetricsName(name, family.type_) : std::string_view(name);
    // A counter whose name cannot be cut would be invalid OpenMetrics: it is of unknown type there.
    const bool odd_counter = openmetrics && family.type_ == Type::kCounter && shown == name;
    const Type type = odd_counter ? Type::kUnknown : family.type_;
    out += "# HELP ";
    out += shown;
    out += ' ';
    AppendHelpText(out, family.help_, openmetrics);
    out += "\n# TYPE ";
    out += shown;
    out += ' ';
    out += openmetrics ? TypeName(type) : TextTypeName(type);
    out += '\n';
    out += family.lines_;
  }
  if (openmetrics) out += kOpenMetricsEnd;
}

void ExpositionWriter::Reset() {
  for (auto& [name, family] : families_) {
    family.lines_.clear();
    family.sample_count_ = 0;
  }
}

size_t ExpositionWriter::sample_count() const {
  size_t count = 0;
  for (const auto& [name, family] : families_) count += family.sample_count_;
  return count;
}

}  // namespace narthex::openmetrics
