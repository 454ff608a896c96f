// A table of the server's that is shown as it stands: which column is a label, which a metric. The
// statement is made from the same rows, with the columns that the server's version has.
//
//   constexpr SqlColumn kColumns[] = {
//       {ColumnUse::kLabel, "datname"},
//       {ColumnUse::kGauge, "numbackends", "Connections to the database."},
//       {ColumnUse::kCounter, "active_time_seconds_total", "Time in statements.",
//        "active_time / 1000", WhenNull::kLeaveOut, 14},
//   };
//   constexpr SqlTable kTable{"pg_stat_database_", "FROM pg_stat_database", kColumns};
//
// Columns that are one family have the same name, and a label that tells them apart:
//       {.use = kGauge, .name = "table_size", .help = "Bytes.", .expression = "DATA_LENGTH",
//        .with = {"component", "data_length"}},
#ifndef NARTHEX_EXPORTERS_KIT_SQL_SQL_TABLE_H_
#define NARTHEX_EXPORTERS_KIT_SQL_SQL_TABLE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/labels/label_set.h"
#include "exporters/kit/metric_sink.h"
#include "exporters/kit/sql/session.h"

namespace narthex::exporters {

enum class ColumnUse : unsigned char { kLabel, kGauge, kCounter, kUnknown };

enum class WhenNull : unsigned char {
  kLeaveOut,   // no sample; an empty label
  kAsZero,     // of metrics: the sample is 0
  kAsUnknown,  // of labels: "unknown"
  kSkipRow,    // the row is not shown
};

struct SqlColumn {
  ColumnUse use;
  std::string_view name;  // of the label; of the metric: what follows the table's prefix
  std::string_view help = {};
  std::string_view expression = {};  // of SQL; empty: as the name
  WhenNull when_null = WhenNull::kLeaveOut;
  int since = 0;             // the first major version of the server that has it
  int before = 10'000;       // the first that has it no more
  Label with = {};           // a label of this column's samples alone
  size_t labels = SIZE_MAX;  // how many of the table's labels they have, from the first
};

struct SqlTable {
  std::string_view prefix;
  std::string_view from;  // all of the statement behind the columns
  std::span<const SqlColumn> columns;
  std::string_view drop = {};  // taken off the front of the first label's values
};

// Runs the table's statement and gives its samples, each with `more` labels too. Nothing where the
// server's version has no metric of it. A row whose labels another had is left out with a
// complaint.
Status CollectTable(const SqlTable& table, SqlSession& session, const QueryBounds& bounds,
                    MetricSink& sink, std::span<const Label> more = {});

// The statement that the table makes; empty where that version has no metric of it.
std::string StatementOf(const SqlTable& table, SqlSession::Version version);

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_SQL_SQL_TABLE_H_
