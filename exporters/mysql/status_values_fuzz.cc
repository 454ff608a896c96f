// What a server says is read or passed over, and names that are made of it are names.
#include <cmath>
#include <cstdint>
#include <string>

#include "common/labels/label_set.h"
#include "exporters/mysql/mysql_session.h"
#include "exporters/mysql/status_values.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narthex;
  using namespace narthex::exporters;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ParseStatusValue(text);
  if (!IsLegacyMetricName("mysql_" + MetricNamePart(text))) __builtin_trap();
  if (StateName(text).size() > text.size() + 7) __builtin_trap();
  if (ParseGcacheSize(text) < 0) __builtin_trap();
  ParseReplicationLatency(text);
  for (const Gtid& gtid : ParseGtids(text)) {
    if (gtid.domain.size() + gtid.server.size() >= text.size() || gtid.sequence < 0)
      __builtin_trap();
  }
  const InnodbStatus status = ParseInnodbStatus(text);
  if (status.queries_inside.has_value() != status.queries_in_queue.has_value()) __builtin_trap();
  if (BinlogFileNumber(text) < 0) __builtin_trap();
  const auto version = ParseServerVersion(text);
  if (version.ok() && (version->major < 0 || version->minor < 0 || version->patch < 0))
    __builtin_trap();
  return 0;
}
