#include "exporters/kit/pressure.h"

#include "exporters/kit/text_fields.h"

namespace narthex::exporters {

Result<Pressure> ParsePressure(std::string_view text) {
  Pressure parsed;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const auto kind = fields.Next();
    std::optional<double> total;
    while (const auto field = fields.Next()) {
      if (field->substr(0, 6) == "total=") total = ParseDouble(field->substr(6));
    }
    if (!total) return Corruption("want a line with total=, got ", Quote(*line));
    if (kind == "some") parsed.some_us = total;
    if (kind == "full") parsed.full_us = total;
  }
  return parsed;
}

}  // namespace narthex::exporters
