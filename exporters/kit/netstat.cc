#include "exporters/kit/netstat.h"

#include "exporters/kit/text_fields.h"

namespace narthex::exporters {

Result<std::vector<NetstatField>> ParseNetstat(std::string_view text) {
  std::vector<NetstatField> parsed;
  LineReader lines(text);
  while (const auto names_line = lines.Next()) {
    FieldReader names(*names_line);
    FieldReader values(lines.Next().value_or(std::string_view()));
    const auto head = names.Next();
    if (!head || head->back() != ':' || values.Next() != head)
      return Corruption("want two lines of one protocol, got ", Quote(*names_line));
    const std::string_view protocol = head->substr(0, head->size() - 1);
    while (const auto name = names.Next()) {
      const auto value = values.NextDouble();
      if (!value) return Corruption("want a number for ", *head, " ", Quote(*name));
      parsed.push_back({protocol, *name, *value});
    }
    if (values.Next()) return Corruption("more values than names of ", *head);
  }
  return parsed;
}

Result<std::vector<NetstatField>> ParseSnmp6(std::string_view text) {
  std::vector<NetstatField> parsed;
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const auto key = fields.Next();
    if (!key) continue;
    const size_t six = key->find('6');
    if (six == std::string_view::npos) continue;
    const auto value = fields.NextDouble();
    if (!value) return Corruption("snmp6: want a name and a number, got ", Quote(*line));
    parsed.push_back({key->substr(0, six + 1), key->substr(six + 1), *value});
  }
  return parsed;
}

}  // namespace narthex::exporters
