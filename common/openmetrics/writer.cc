#include "common/openmetrics/writer.h"

#include <algorithm>
#include <cassert>
#include <tuple>

#include "common/bytes/numbers.h"
#include "common/openmetrics/openmetrics_format.h"
#include "common/openmetrics/sample_line.h"
#include "common/openmetrics/text_format.h"

namespace narthex::openmetrics {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr size_t kMaxValue = sizeof(" -1.2345678901234567e-308\n");

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

// Labels by name. Where they come so, as few do not, nothing is copied.
class SortedLabels {
 public:
  SortedLabels(const Label* labels, size_t count) : begin_(labels), count_(count) {
    if (std::is_sorted(labels, labels + count, Before)) return;
    copy_.assign(labels, labels + count);
    std::sort(copy_.begin(), copy_.end(), Before);
    begin_ = copy_.data();
  }
  const Label* begin() const { return begin_; }
  const Label* end() const { return begin_ + count_; }

 private:
  static bool Before(const Label& a, const Label& b) { return a.name < b.name; }

  const Label* begin_;
  const size_t count_;
  std::vector<Label> copy_;
};

}  // namespace

Family::Family(std::string_view name, Type type, std::string_view help)
    : name_(name), type_(type), help_(help) {
  assert(IsLegacyMetricName(name));
}

void Family::Sample(std::string_view suffix, const Label* labels, size_t label_count,
                    double value) {
  const SortedLabels sorted(labels, label_count);
  // Most families have one sample: its line then takes no more memory than it needs.
  if (lines_.empty() && label_count == 0) lines_.reserve(name_.size() + suffix.size() + kMaxValue);
  lines_ += name_;
  lines_ += suffix;
  char separator = '{';
  for (const Label& label : sorted) {
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

void Family::Write(Format format, std::string& out) const {
  if (sample_count_ == 0) return;
  const bool openmetrics = IsOpenMetrics(format);
  const std::string_view shown = openmetrics ? OpenMetricsName(name_, type_) : name_;
  // A counter whose name cannot be cut would be invalid OpenMetrics: it is of unknown type there.
  const bool odd_counter = openmetrics && type_ == Type::kCounter && shown == name_;
  const Type type = odd_counter ? Type::kUnknown : type_;
  out += "# HELP ";
  out += shown;
  out += ' ';
  AppendHelpText(out, help_, openmetrics);
  out += "\n# TYPE ";
  out += shown;
  out += ' ';
  out += openmetrics ? TypeName(type) : TextTypeName(type);
  out += '\n';
  out += lines_;
}

size_t Family::Size() const {
  constexpr size_t kHelpAndType = sizeof("# HELP  \n# TYPE  histogram\n");
  return sample_count_ == 0 ? 0 : kHelpAndType + 2 * name_.size() + help_.size() + lines_.size();
}

bool ExpositionWriter::Before(const Family* family, std::string_view name) {
  return family->name_ < name;
}

Family& ExpositionWriter::Add(std::string_view name, Type type, std::string_view help) {
  auto found = families_.lower_bound(name);
  if (found == families_.end() || found->first != name) {
    found = families_.emplace_hint(found, std::piecewise_construct, std::forward_as_tuple(name),
                                   std::forward_as_tuple(name, type, help));
  } else if (found->second.sample_count_ == 0) {  // left by Reset(): it may be another by now
    found->second.type_ = type;
    found->second.help_.assign(help);
  }
  assert(found->second.type_ == type && found->second.help_ == help);
  return found->second;
}

std::vector<std::string_view> ExpositionWriter::Include(
    std::shared_ptr<const ExpositionWriter> part) {
  std::vector<std::string_view> left_out;
  for (const auto& [name, family] : part->families_) {
    if (family.sample_count_ == 0) continue;
    // Parts mostly come in the order of their names.
    const bool is_last = included_.empty() || included_.back()->name_ < name;
    const auto place = is_last ? included_.end()
                               : std::lower_bound(included_.begin(), included_.end(), name, Before);
    const bool is_here = (place != included_.end() && (*place)->name_ == name) ||
                         families_.find(name) != families_.end();
    if (is_here) {
      left_out.emplace_back(name);
    } else {
      included_.insert(place, &family);
    }
  }
  parts_.push_back(std::move(part));
  return left_out;
}

size_t ExpositionWriter::Size() const {
  size_t size = kOpenMetricsEnd.size();
  for (const auto& [name, family] : families_) size += family.Size();
  for (const Family* family : included_) size += family->Size();
  return size;
}

void ExpositionWriter::Finish(std::string& out) const {
  out.reserve(out.size() + Size());
  auto included = included_.begin();
  for (const auto& [name, family] : families_) {
    for (; included != included_.end() && Before(*included, name); ++included)
      (*included)->Write(format_, out);
    family.Write(format_, out);
  }
  for (; included != included_.end(); ++included) (*included)->Write(format_, out);
  if (IsOpenMetrics(format_)) out += kOpenMetricsEnd;
}

void ExpositionWriter::Reset() {
  for (auto at = families_.begin(); at != families_.end();) {
    Family& family = at->second;
    if (family.sample_count_ == 0) {
      at = families_.erase(at);
      continue;
    }
    family.lines_.clear();
    family.sample_count_ = 0;
    ++at;
  }
  included_.clear();
  parts_.clear();
}

size_t ExpositionWriter::sample_count() const {
  size_t count = 0;
  for (const auto& [name, family] : families_) count += family.sample_count_;
  for (const Family* family : included_) count += family->sample_count_;
  return count;
}

}  // namespace narthex::openmetrics
