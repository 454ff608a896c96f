// Collectors of connections and what they do.
#include <array>

#include "common/bytes/numbers.h"
#include "exporters/postgres/collectors.h"

namespace narthex::exporters {
namespace {

using enum ColumnUse;
using enum WhenNull;

constexpr SqlColumn kActivity[] = {
    {kLabel, "datname", {}, "d.datname"},
    {kLabel, "state", {}, "s.state"},
    {kLabel, "usename", {}, "a.usename"},
    {kLabel, "application_name", {}, "a.application_name"},
    {kLabel, "backend_type", {}, "a.backend_type"},
    {kLabel, "wait_event_type", {}, "a.wait_event_type"},
    {kLabel, "wait_event", {}, "a.wait_event"},
    {kGauge, "count", "Connections in the state.", "count(a.pid)"},
    {kGauge, "max_tx_duration", "Seconds that the longest transaction of them has been open.",
     "coalesce(max(extract(epoch FROM now() - a.xact_start)), 0)"},
};
constexpr SqlTable kActivityTable{
    "pg_stat_activity_",
    "FROM pg_database d CROSS JOIN unnest(ARRAY['active', 'idle', 'idle in transaction', "
    "'idle in transaction (aborted)', 'fastpath function call', 'disabled']) s(state) "
    "LEFT JOIN pg_stat_activity a ON a.datname = d.datname AND a.state = s.state "
    "AND a.pid <> pg_backend_pid() GROUP BY 1, 2, 3, 4, 5, 6, 7",
    kActivity};

constexpr SqlColumn kAutovacuum[] = {
    {kLabel, "relname", {}, "split_part(query, '.', 2)"},
    {kGauge, "timestamp_seconds", "When autovacuum began with the table, as Unix time.",
     "extract(epoch FROM xact_start)"},
};
constexpr SqlTable kAutovacuumTable{"pg_stat_activity_autovacuum_",
                                    "FROM pg_stat_activity WHERE query LIKE 'autovacuum:%'",
                                    kAutovacuum};

constexpr SqlColumn kLongRunning[] = {
    {kGauge, "pg_long_running_transactions", "Open transactions.", "count(*)"},
    {kGauge, "pg_long_running_transactions_oldest_timestamp_seconds",
     "Seconds that the oldest transaction has been open.",
     "max(extract(epoch FROM clock_timestamp() - xact_start))", kAsZero},
};
constexpr SqlTable kLongRunningTable{
    "",
    "FROM pg_stat_activity WHERE state IS DISTINCT FROM 'idle' AND query NOT LIKE 'autovacuum:%' "
    "AND xact_start IS NOT NULL AND pid <> pg_backend_pid()",
    kLongRunning};

// Upper bounds of the histogram of idle times, seconds.
constexpr std::array<std::string_view, 9> kIdleBounds = {"1",  "2",  "5",   "15", "30",
                                                         "60", "90", "120", "300"};

std::string IdleStatement() {
  std::string statement = "SELECT state, application_name, sum(idle::bigint), count(*)";
  for (const std::string_view bound : kIdleBounds)
    statement.append(", count(*) FILTER (WHERE idle <= ").append(bound).append(")");
  return statement +
         " FROM (SELECT state, application_name, extract(epoch FROM now() - state_change) AS idle "
         "FROM pg_stat_activity WHERE state LIKE 'idle%' AND pid <> pg_backend_pid()) AS p "
         "GROUP BY state, application_name";
}

}  // namespace

Status CollectStatActivity(PgRun& run) { return run.Show(kActivityTable); }
Status CollectStatActivityAutovacuum(PgRun& run) { return run.Show(kAutovacuumTable); }
Status CollectLongRunningTransactions(PgRun& run) { return run.Show(kLongRunningTable); }

Status CollectProcessIdle(PgRun& run) {
  Family& family = run.sink.AnyFamily("pg_process_idle_seconds", openmetrics::Type::kHistogram,
                                      "Seconds that idle connections have been idle.");
  const auto show = [&](const SqlRow& row) {
    Label labels[] = {{"state", row.text(0).value_or("unknown")},
                      {"application_name", row.text(1).value_or("unknown")},
                      {"le", "+Inf"}};
    for (size_t i = 0; i < kIdleBounds.size(); ++i) {
      labels[2].value = kIdleBounds[i];
      family.Sample("_bucket", labels, 3, row.Number(4 + i).value_or(0));
    }
    labels[2].value = "+Inf";
    family.Sample("_bucket", labels, 3, row.Number(3).value_or(0));
    family.Sample("_sum", labels, 2, row.Number(2).value_or(0));
    family.Sample("_count", labels, 2, row.Number(3).value_or(0));
    return Status();
  };
  return run.session.Query(IdleStatement(), run.bounds, show);
}

}  // namespace narthex::exporters
