#include "exporters/node/proc_stat.h"

#include <algorithm>

#include "exporters/kit/text_fields.h"

namespace narthex::exporters {
namespace {

// Fills as many columns as the line has; false when one is no number.
template <size_t kCount>
bool ReadColumns(FieldReader& fields, std::array<uint64_t, kCount>& columns) {
  for (uint64_t& column : columns) {
    const auto field = fields.Next();
    if (!field) return true;
    const auto value = ParseUnsigned(*field);
    if (!value) return false;
    column = *value;
  }
  return true;
}

}  // namespace

Result<ProcStat> ParseProcStat(std::string_view text) {
  ProcStat stat;
  const struct {
    std::string_view key;
    uint64_t& value;
  } single_numbers[] = {{"intr", stat.interrupts},
                        {"ctxt", stat.context_switches},
                        {"btime", stat.boot_time_seconds},
                        {"processes", stat.forks},
                        {"procs_running", stat.procs_running},
                        {"procs_blocked", stat.procs_blocked}};
  LineReader lines(text);
  while (const auto line = lines.Next()) {
    FieldReader fields(*line);
    const std::string_view key = fields.Next().value_or("");
    bool good = true;
    if (key == "cpu") {
      good = ReadColumns(fields, stat.all_cpus.ticks);
    } else if (key.substr(0, 3) == "cpu" && key.size() > 3) {
      CpuTimes times;
      const auto number = ParseUnsigned(key.substr(3));
      good = number.has_value() && ReadColumns(fields, times.ticks);
      times.number = number.value_or(0);
      stat.cpus.push_back(times);
    } else if (key == "softirq") {
      good = fields.NextUnsigned().has_value() && ReadColumns(fields, stat.softirqs);
    } else {
      const auto known = std::find_if(std::begin(single_numbers), std::end(single_numbers),
                                      [key](const auto& single) { return single.key == key; });
      if (known == std::end(single_numbers)) continue;
      const auto value = fields.NextUnsigned();
      good = value.has_value();
      known->value = value.value_or(0);
    }
    if (!good) return Corruption("stat: want numbers, got ", Quote(*line));
  }
  return stat;
}

}  // namespace narthex::exporters
