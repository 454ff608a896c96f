// The server's settings, a family each. Times come out in seconds, sizes in bytes.
#include <algorithm>
#include <unordered_set>

#include "common/bytes/numbers.h"
#include "exporters/postgres/collectors.h"

namespace narthex::exporters {
namespace {

struct Unit {
  std::string_view spelling;
  std::string_view base;
  double factor;
};
constexpr double kKib = 1024, kMib = kKib * 1024, kGib = kMib * 1024;
constexpr Unit kUnits[] = {
    {"", "", 1},
    {"ms", "seconds", 1e-3},
    {"s", "seconds", 1},
    {"min", "seconds", 60},
    {"h", "seconds", 3600},
    {"d", "seconds", 86'400},
    {"B", "bytes", 1},
    {"kB", "bytes", kKib},
    {"1kB", "bytes", kKib},
    {"2kB", "bytes", 2 * kKib},
    {"4kB", "bytes", 4 * kKib},
    {"8kB", "bytes", 8 * kKib},
    {"16kB", "bytes", 16 * kKib},
    {"32kB", "bytes", 32 * kKib},
    {"64kB", "bytes", 64 * kKib},
    {"MB", "bytes", kMib},
    {"16MB", "bytes", 16 * kMib},
    {"32MB", "bytes", 32 * kMib},
    {"64MB", "bytes", 64 * kMib},
    {"GB", "bytes", kGib},
    {"TB", "bytes", 1024 * kGib},
};

// What a connection of ours set for itself shows as it is for others. google_dataplex.max_messages
// is no number, in spite of its type.
constexpr const char* kStatement =
    "SELECT name, CASE source WHEN 'session' THEN reset_val ELSE setting END, "
    "coalesce(unit, ''), vartype FROM pg_settings WHERE vartype IN ('bool', "
    "'integer', 'real') AND name NOT IN ('sync_commit_cancel_wait', "
    "'google_dataplex.max_messages')";

}  // namespace

Result<PgSetting> ReadSetting(std::string_view name, std::string_view value, std::string_view unit,
                              std::string_view type) {
  PgSetting setting{std::string(name), 0};
  std::replace(setting.name.begin(), setting.name.end(), '.', '_');
  std::replace(setting.name.begin(), setting.name.end(), '-', '_');
  if (type == "bool") {
    setting.value = value == "on" ? 1 : 0;
    return setting;
  }
  const auto number = ParseDouble(value);
  if (!number) return Corruption("setting ", Quote(name), ": no number: ", Quote(value));
  const auto* known = std::find_if(std::begin(kUnits), std::end(kUnits),
                                   [&](const Unit& one) { return one.spelling == unit; });
  if (known == std::end(kUnits))
    return Corruption("setting ", Quote(name), ": unknown unit ", Quote(unit));
  if (!known->base.empty()) setting.name.append("_").append(known->base);
  // -1 stands for none, in any unit. Division keeps 0.2 s of 200 ms exact.
  if (*number == -1) {
    setting.value = -1;
  } else {
    setting.value = unit == "ms" ? *number / 1000 : *number * known->factor;
  }
  return setting;
}

Status CollectSettings(PgRun& run) {
  std::unordered_set<std::string> shown;
  return run.session.Query(kStatement, run.bounds, [&](const SqlRow& row) -> Status {
    const auto text = [&](size_t column) { return row.text(column).value_or(""); };
    auto setting = ReadSetting(text(0), text(1), text(2), text(3));
    if (!setting.ok()) {
      run.sink.Complain(setting.status());
      return {};
    }
    const std::string name = "pg_settings_" + setting->name;
    if (!IsLegacyMetricName(name) || !shown.insert(name).second) {
      run.sink.Complain(Corruption("setting ", Quote(text(0)), " makes no metric of its own"));
      return {};
    }
    run.sink.Gauge(name, "Setting " + std::string(text(0)) + " of the server.", setting->value);
    return {};
  });
}

}  // namespace narthex::exporters
