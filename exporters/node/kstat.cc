#include "exporters/node/kstat.h"

#include <optional>

#include "common/bytes/trim.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

constexpr std::string_view kSigned = "3";
constexpr std::string_view kUnsigned = "4";

// "erpt-dropped" as "erpt_dropped".
std::string MetricPart(std::string_view name) {
  std::string part(name);
  for (char& c : part) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!fits) c = '_';
  }
  return part;
}

std::optional<double> ParseValue(std::string_view type, std::string_view text) {
  if (type == kUnsigned) {
    const auto value = ParseUnsigned(text);
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
  }
  const auto value = ParseInteger(text);
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

}  // namespace

Result<Kstat> ParseKstat(std::string_view text) {
  Kstat kstat;
  bool titled = false;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const auto name = fields.Next();
    const auto type = fields.Next();
    const auto data = fields.Next();
    if (!name || !type || !data) continue;
    if (!titled) {
      titled = *name == "name" && *type == "type" && *data == "data";
      continue;
    }
    if (*name == "dataset_name") {  // which may have blanks
      kstat.dataset = TrimBlanks(line->substr(static_cast<size_t>(data->data() - line->data())));
    } else if (*type == kSigned || *type == kUnsigned) {
      const auto value = ParseValue(*type, *data);
      if (!value) return Corruption("kstat: want a whole number, got ", Quote(*line));
      kstat.values.emplace_back(MetricPart(*name), *value);
    }
  }
  if (!titled) return Corruption("kstat: want a line of titles");
  return kstat;
}

Result<Kstat> ParseKstatIo(std::string_view text) {
  LineReader lines(text);
  lines.Next();
  FieldReader names(lines.Next().value_or(""));
  const std::string_view line = lines.Next().value_or("");
  FieldReader values(line);
  Kstat kstat;
  while (const auto name = names.Next()) {
    const auto value = values.NextUnsigned();
    if (!value) return Corruption("kstat: want a number for each name, got ", Quote(line));
    kstat.values.emplace_back(MetricPart(*name), static_cast<double>(*value));
  }
  return kstat;
}

}  // namespace narthex::exporters
