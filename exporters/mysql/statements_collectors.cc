// Statements by digest, and their times, from performance_schema and from plugins. Times of
// performance_schema are in picoseconds.
#include <algorithm>
#include <vector>

#include "common/bytes/numbers.h"
#include "common/bytes/trim.h"
#include "exporters/mysql/collectors.h"
#include "exporters/mysql/mysql_session.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;
using enum ColumnUse;

struct Counted {
  std::string_view name;
  std::string_view help;
  std::string_view expression;
};
constexpr std::string_view kStatements = "mysql_perf_schema_events_statements_";
constexpr Counted kCounters[] = {
    {"total", "Times that the statement was run.", "count_star"},
    {"seconds_total", "Seconds that the statement took.", "sum_timer_wait / 1e12"},
    {"lock_time_seconds_total", "Seconds that the statement waited for locks of tables.",
     "sum_lock_time / 1e12"},
    {"errors_total", "Times that the statement failed.", "sum_errors"},
    {"warnings_total", "Warnings of the statement.", "sum_warnings"},
    {"rows_affected_total", "Rows changed by the statement.", "sum_rows_affected"},
    {"rows_sent_total", "Rows that the statement gave.", "sum_rows_sent"},
    {"rows_examined_total", "Rows that the statement looked at.", "sum_rows_examined"},
    {"tmp_tables_total", "Temporary tables made for the statement.", "sum_created_tmp_tables"},
    {"tmp_disk_tables_total", "Temporary tables on disk made for the statement.",
     "sum_created_tmp_disk_tables"},
    {"sort_merge_passes_total", "Passes of merges to sort for the statement.",
     "sum_sort_merge_passes"},
    {"sort_rows_total", "Rows sorted for the statement.", "sum_sort_rows"},
    {"no_index_used_total", "Times that the statement used no index.", "sum_no_index_used"},
};
constexpr size_t kFirstCounter = 3;
constexpr size_t kCpuColumn = kFirstCounter + std::size(kCounters);  // MySQL 8.0.28 and later
// The values of the label are those of the original.
constexpr std::string_view kQuantiles[] = {"95", "99", "999"};

std::string DigestStatement(const CollectorOptions& options, bool has_cpu_and_quantiles) {
  std::string statement = "SELECT schema_name, digest, left(digest_text, ";
  AppendInteger(statement, options.statements_text_length);
  statement += ")";
  for (const Counted& counter : kCounters) statement.append(", ").append(counter.expression);
  if (has_cpu_and_quantiles) {
    statement += ", sum_cpu_time / 1e12";
    for (const std::string_view quantile : kQuantiles)
      statement.append(", quantile_").append(quantile).append(" / 1e12");
  }
  statement +=
      " FROM performance_schema.events_statements_summary_by_digest WHERE schema_name NOT IN "
      "('mysql', 'performance_schema', 'information_schema'";
  for (const std::string& schema : options.statements_excluded_schemas)
    statement += ", " + QuoteText(schema);
  AppendInteger(statement += ") AND last_seen > now() - INTERVAL ", options.statements_max_age_s);
  AppendInteger(statement += " SECOND ORDER BY sum_timer_wait DESC LIMIT ",
                options.statements_limit);
  return statement;
}

void ShowLatency(const SqlRow& row, std::vector<Label> labels, Family& family) {
  family.Sample("_sum", labels.data(), labels.size(), row.Number(kFirstCounter + 1).value_or(0));
  family.Sample("_count", labels.data(), labels.size(), row.Number(kFirstCounter).value_or(0));
  labels.push_back({"quantile", ""});
  for (size_t i = 0; kCpuColumn + 1 + i < row.size(); ++i) {
    labels.back().value = kQuantiles[i];
    family.Sample("", labels.data(), labels.size(), row.Number(kCpuColumn + 1 + i).value_or(0));
  }
}

constexpr SqlColumn kSums[] = {
    {kCounter, "total", "Statements.", "sum(count_star)"},
    {kCounter, "created_tmp_disk_tables", "Temporary tables made on disk.",
     "sum(sum_created_tmp_disk_tables)"},
    {kCounter, "created_tmp_tables", "Temporary tables made.", "sum(sum_created_tmp_tables)"},
    {kCounter, "errors", "Errors.", "sum(sum_errors)"},
    {kCounter, "lock_time", "Picoseconds of waits for locks of tables.", "sum(sum_lock_time)"},
    {kCounter, "no_good_index_used", "Statements without a good index.",
     "sum(sum_no_good_index_used)"},
    {kCounter, "no_index_used", "Statements without an index.", "sum(sum_no_index_used)"},
    {kCounter, "rows_affected", "Rows changed.", "sum(sum_rows_affected)"},
    {kCounter, "rows_examined", "Rows looked at.", "sum(sum_rows_examined)"},
    {kCounter, "rows_sent", "Rows given.", "sum(sum_rows_sent)"},
    {kCounter, "select_full_join", "Joins that scanned a table.", "sum(sum_select_full_join)"},
    {kCounter, "select_full_range_join", "Joins that searched a range of a table.",
     "sum(sum_select_full_range_join)"},
    {kCounter, "select_range", "Joins with a range of the first table.", "sum(sum_select_range)"},
    {kCounter, "select_range_check", "Joins that looked for an index at each row.",
     "sum(sum_select_range_check)"},
    {kCounter, "select_scan", "Joins that scanned the first table.", "sum(sum_select_scan)"},
    {kCounter, "sort_merge_passes", "Passes of merges to sort.", "sum(sum_sort_merge_passes)"},
    {kCounter, "sort_range", "Sorts of a range.", "sum(sum_sort_range)"},
    {kCounter, "sort_rows", "Rows sorted.", "sum(sum_sort_rows)"},
    {kCounter, "sort_scan", "Sorts of a whole table.", "sum(sum_sort_scan)"},
    {kCounter, "timer_wait", "Seconds of statements.", "sum(sum_timer_wait) / 1e12"},
    {kCounter, "warnings", "Warnings.", "sum(sum_warnings)"},
};

Status ShowResponseTimes(MySqlRun& run, const std::string& table, const std::string& kind) {
  Family& family = run.sink.AnyFamily("mysql_info_schema_" + kind + "query_response_time_seconds",
                                      Type::kHistogram, "Times of queries.");
  double count = 0, sum = 0;
  RETURN_IF_ERROR(run.Query(
      "SELECT time, count, total FROM information_schema." + table, [&](const SqlRow& row) {
        const auto number = [&](size_t column) {
          return ParseDouble(TrimBlanks(row.text(column).value_or(""))).value_or(0);
        };
        count += number(1);
        sum += number(2);
        // The last row, of all that took too long, has words for its bound.
        if (const double bound = number(0); bound != 0) {
          const std::string le = ExpositionDouble(bound);
          const Label label{"le", le};
          family.Sample("_bucket", &label, 1, count);
        }
        return Status();
      }));
  const Label all{"le", "+Inf"};
  family.Sample("_bucket", &all, 1, count);
  family.Sample("_sum", nullptr, 0, sum);
  family.Sample("_count", nullptr, 0, count);
  return {};
}

}  // namespace

Status CollectEventsStatements(MySqlRun& run) {
  const bool has_more = !run.is_mariadb && run.IsSince({8, 0, 28}, {});
  const std::string prefix(kStatements);
  std::vector<Family*> families;
  for (const Counted& counter : kCounters)
    families.push_back(&run.sink.CounterFamily(prefix + std::string(counter.name), counter.help));
  Family& cpu = run.sink.CounterFamily(prefix + "cpu_time_seconds_total",
                                       "Seconds of CPU that the statement took.");
  Family& latency =
      run.sink.AnyFamily(prefix + "latency", Type::kSummary, "Seconds that the statement took.");
  return run.Query(DigestStatement(run.options, has_more), [&](const SqlRow& row) {
    const std::vector<Label> labels = {{"schema", row.text(0).value_or("")},
                                       {"digest", row.text(1).value_or("")},
                                       {"digest_text", row.text(2).value_or("")}};
    for (size_t i = 0; i < families.size(); ++i)
      families[i]->Sample("", labels.data(), labels.size(),
                          row.Number(kFirstCounter + i).value_or(0));
    if (has_more) cpu.Sample("", labels.data(), labels.size(), row.Number(kCpuColumn).value_or(0));
    ShowLatency(row, labels, latency);
    return Status();
  });
}

Status CollectEventsStatementsSum(MySqlRun& run) {
  return run.Show({"mysql_perf_schema_events_statements_sum_",
                   "FROM performance_schema.events_statements_summary_by_digest", kSums});
}

// A plugin of MariaDB and of Percona's servers; theirs, and MariaDB's from 11.5 on, tells reading
// queries from writing ones.
Status CollectQueryResponseTime(MySqlRun& run) {
  bool is_on = false;
  const Status status = run.Query("SELECT @@query_response_time_stats", [&](const SqlRow& row) {
    is_on = row.Number(0) == 1;
    return Status();
  });
  if (!is_on) return status.code() == Code::kNotFound ? Status() : status;
  RETURN_IF_ERROR(ShowResponseTimes(run, "QUERY_RESPONSE_TIME", ""));
  if (!run.IsSince({}, {11, 5, 0})) return {};
  for (const auto& [table, kind] : {std::pair("QUERY_RESPONSE_TIME_READ", "read_"),
                                    std::pair("QUERY_RESPONSE_TIME_WRITE", "write_")}) {
    const Status parts = ShowResponseTimes(run, table, kind);
    if (parts.code() != Code::kNotFound) RETURN_IF_ERROR(parts);
  }
  return {};
}

}  // namespace narthex::exporters
