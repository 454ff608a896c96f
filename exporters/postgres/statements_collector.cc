// The statements that took longest, from pg_stat_statements: all but the shortest tenth, up to a
// limit. Their texts are read from a file of the server's, and so only where they are shown.
#include <unordered_set>

#include "common/bytes/numbers.h"
#include "exporters/postgres/collectors.h"
#include "exporters/postgres/pg_session.h"

namespace narthex::exporters {
namespace {

constexpr int64_t kDefaultLimit = 100;

struct Counted {
  std::string_view name;
  std::string_view help;
};
constexpr Counted kCounters[] = {
    {"pg_stat_statements_calls_total", "Times that the statement was run."},
    {"pg_stat_statements_seconds_total", "Seconds that the statement took."},
    {"pg_stat_statements_rows_total", "Rows that the statement gave or changed."},
    {"pg_stat_statements_block_read_seconds_total",
     "Seconds that the statement spent reading blocks, with track_io_timing."},
    {"pg_stat_statements_block_write_seconds_total",
     "Seconds that the statement spent writing blocks, with track_io_timing."},
};
constexpr size_t kFirstCounter = 3;
constexpr size_t kQueryColumn = kFirstCounter + std::size(kCounters);

void AppendExcluded(std::string& statement, std::string_view expression,
                    const std::vector<std::string>& names) {
  if (names.empty()) return;
  statement.append(" AND ").append(expression).append(" NOT IN (");
  for (const std::string& name : names) {
    if (&name != &names[0]) statement += ", ";
    statement += QuoteLiteral(name);
  }
  statement += ")";
}

std::string Statement(const CollectorOptions& options, int version) {
  const std::string time = version >= 13 ? "total_exec_time" : "total_time";
  const std::string block = version >= 17 ? "shared_blk_" : "blk_";
  const std::string source = version < 13
                                 ? "pg_stat_statements"
                                 : std::string("pg_stat_statements(") +
                                       (options.statements_with_query ? "true" : "false") + ")";
  std::string statement = "WITH s AS (SELECT userid, dbid, queryid, calls, " + time +
                          " AS ms, rows, " + block + "read_time AS reading, " + block +
                          "write_time AS writing";
  if (options.statements_with_query) {
    statement += ", left(query, ";
    AppendInteger(statement, options.statements_query_length);
    statement += ") AS query";
  }
  statement += " FROM " + source +
               ") SELECT pg_get_userbyid(s.userid), d.datname, s.queryid, s.calls, s.ms / 1000.0, "
               "s.rows, s.reading / 1000.0, s.writing / 1000.0";
  if (options.statements_with_query) statement += ", s.query";
  statement +=
      " FROM s JOIN pg_database d ON d.oid = s.dbid WHERE s.ms > (SELECT percentile_cont(0.1) "
      "WITHIN GROUP (ORDER BY ms) FROM s)";
  AppendExcluded(statement, "d.datname", options.statements_excluded_databases);
  AppendExcluded(statement, "pg_get_userbyid(s.userid)", options.statements_excluded_users);
  statement += " ORDER BY s.ms DESC LIMIT ";
  AppendInteger(statement, options.statements_limit > 0 ? options.statements_limit : kDefaultLimit);
  return statement;
}

}  // namespace

Status CollectStatStatements(PgRun& run) {
  std::vector<Family*> families;
  for (const Counted& counter : kCounters)
    families.push_back(&run.sink.CounterFamily(counter.name, counter.help));
  Family& texts = run.sink.CounterFamily("pg_stat_statements_query_id",
                                         "The text of the statement that has this id.");
  std::unordered_set<std::string> shown;
  std::unordered_set<std::string> shown_texts;
  const auto show = [&](const SqlRow& row) {
    const Label labels[] = {{"user", row.text(0).value_or("unknown")},
                            {"datname", row.text(1).value_or("unknown")},
                            {"queryid", row.text(2).value_or("unknown")}};
    std::string key;
    for (const Label& label : labels) key.append(label.value).push_back('\0');
    // One statement may be counted apart for where it was called from; the longest is shown.
    if (!shown.insert(std::move(key)).second) return Status();
    for (size_t i = 0; i < families.size(); ++i)
      families[i]->Sample("", labels, std::size(labels), row.Number(kFirstCounter + i).value_or(0));
    if (run.options.statements_with_query && shown_texts.emplace(labels[2].value).second)
      texts.Sample(
          {{"queryid", labels[2].value}, {"query", row.text(kQueryColumn).value_or("unknown")}}, 1);
    return Status();
  };
  return run.session.Query(Statement(run.options, run.version()), run.bounds, show);
}

}  // namespace narthex::exporters
