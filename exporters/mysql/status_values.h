// What the values of SHOW STATUS, SHOW VARIABLES and the like say in numbers. No server is asked.
#ifndef NARTHEX_EXPORTERS_MYSQL_STATUS_VALUES_H_
#define NARTHEX_EXPORTERS_MYSQL_STATUS_VALUES_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace narthex::exporters {

// A number; 1 or 0 for yes, on, primary, no, off, disabled, connecting, non-primary, disconnected,
// in any case; Unix time for "Nov 28 08:00:00 2026 GMT" and "2026-11-28 08:00:00", taken as UTC.
// Nothing for other text.
std::optional<double> ParseStatusValue(std::string_view text);

// In lower case, with _ for what a metric's name may not have.
std::string MetricNamePart(std::string_view text);
void AppendMetricNamePart(std::string& out, std::string_view text);

// In lower case, with _ for blanks and hyphens and without other punctuation: "unknown" for
// nothing.
std::string StateName(std::string_view text);

// "gcache.size" in wsrep_provider_options, "…; gcache.size = 128M; …", in bytes; 0 where it is not.
double ParseGcacheSize(std::string_view options);

// wsrep_evs_repl_latency, "0.0001/0.0004/0.001/0.0003/3": least, mean, most, deviation, number.
std::optional<std::array<double, 5>> ParseReplicationLatency(std::string_view text);

// One part of a position of MariaDB's replication, "0-1-270,1-2-41": domain, server, sequence.
struct Gtid {
  std::string_view domain;
  std::string_view server;
  double sequence;
};
// Parts that are not of that form are passed over.
std::vector<Gtid> ParseGtids(std::string_view text);

// What SHOW ENGINE INNODB STATUS says in its part on rows.
struct InnodbStatus {
  std::optional<double> queries_inside;
  std::optional<double> queries_in_queue;
  std::optional<double> read_views;
};
InnodbStatus ParseInnodbStatus(std::string_view text);

// "mysqld-bin.000012" gives 12; 0 where there is no number.
double BinlogFileNumber(std::string_view name);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_MYSQL_STATUS_VALUES_H_
