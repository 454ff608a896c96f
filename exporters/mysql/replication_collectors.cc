// Replication, on either side: SHOW SLAVE STATUS and its kin, the binary log, heartbeats.
#include <unordered_set>

#include "common/bytes/numbers.h"
#include "exporters/mysql/collectors.h"
#include "exporters/mysql/mysql_session.h"
#include "exporters/mysql/status_values.h"

namespace narthex::exporters {
namespace {

using openmetrics::Type;
using enum ColumnUse;
using enum WhenNull;

// The columns of a row by name; of several names the first that is there and not empty counts.
std::string ColumnText(const SqlRow& row, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (row.name(i) != name) continue;
      const auto text = row.text(i);
      if (text && !text->empty()) return std::string(*text);
    }
  }
  return {};
}

constexpr std::string_view kSlaveStatus = "mysql_slave_status_";

bool IsPosition(std::string_view column) {
  return column == "Gtid_IO_Pos" || column == "Gtid_Slave_Pos";
}

void ShowPosition(std::string_view column, std::string_view text, std::vector<Label> labels,
                  MetricSink& sink) {
  Family& family =
      sink.GaugeFamily(std::string(kSlaveStatus) + MetricNamePart(column),
                       "Sequence number of the position of the replication, by domain.");
  const size_t base = labels.size();
  for (const Gtid& gtid : ParseGtids(text)) {
    labels.resize(base);
    labels.push_back({"domain_id", gtid.domain});
    labels.push_back({"server_id", gtid.server});
    family.Sample("", labels.data(), labels.size(), gtid.sequence);
  }
}

void ShowSlaveStatus(const SqlRow& row, MetricSink& sink) {
  const std::string host = ColumnText(row, {"Master_Host", "Source_Host"});
  const std::string uuid = ColumnText(row, {"Master_UUID", "Source_UUID"});
  const std::string channel = ColumnText(row, {"Channel_Name"});
  const std::string connection = ColumnText(row, {"Connection_name"});
  const std::vector<Label> labels = {{"master_host", host},
                                     {"master_uuid", uuid},
                                     {"channel_name", channel},
                                     {"connection_name", connection}};
  for (size_t i = 0; i < row.size(); ++i) {
    const std::string_view text = row.text(i).value_or("");
    if (IsPosition(row.name(i))) {
      ShowPosition(row.name(i), text, labels, sink);
    } else if (const auto value = ParseStatusValue(text)) {
      sink.AnyFamily(std::string(kSlaveStatus) + MetricNamePart(row.name(i)), Type::kUnknown,
                     "Column of SHOW SLAVE STATUS, of this name.")
          .Sample("", labels.data(), labels.size(), *value);
    }
  }
}

// As in "1b2c3d4e-...": what tells the column of MySQL's from that of older servers.
bool IsUuid(std::string_view text) {
  return text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-';
}

constexpr SqlColumn kReplicaHost[] = {
    {kLabel, "server_id"},
    {kLabel, "role", {}, "IF(session_id = 'MASTER_SESSION_ID', 'writer', 'reader')"},
    {kGauge, "cpu_percent", "Use of the CPU.", "cpu"},
    {kGauge, "replica_latency_seconds", "How far the replica is behind its source.",
     "master_slave_latency_in_microseconds * 0.000001e0"},
    {kGauge, "lag_seconds", "Lag of the replica.", "replica_lag_in_milliseconds * 0.001e0"},
    {kGauge, "log_stream_speed", "Speed of the stream of the log, in kB a second.",
     "log_stream_speed_in_KiB_per_second"},
    {kGauge, "replay_latency_seconds", "Latency of the replay.",
     "current_replay_latency_in_microseconds * 0.000001e0"},
};

constexpr SqlColumn kWorkers[] = {
    {kLabel, "channel_name"},
    {kLabel, "member_id", {}, "worker_id"},
    {kGauge, "last_applied_transaction_original_commit_timestamp_seconds",
     "When the last transaction applied was committed where it comes from.",
     "unix_timestamp(last_applied_transaction_original_commit_timestamp)", kAsZero},
    {kGauge, "last_applied_transaction_immediate_commit_timestamp_seconds",
     "When the last transaction applied was committed at the source.",
     "unix_timestamp(last_applied_transaction_immediate_commit_timestamp)", kAsZero},
    {kGauge, "last_applied_transaction_start_apply_timestamp_seconds",
     "When the worker began with the last transaction applied.",
     "unix_timestamp(last_applied_transaction_start_apply_timestamp)", kAsZero},
    {kGauge, "last_applied_transaction_end_apply_timestamp_seconds",
     "When the worker was done with the last transaction applied.",
     "unix_timestamp(last_applied_transaction_end_apply_timestamp)", kAsZero},
    {kGauge, "applying_transaction_original_commit_timestamp_seconds",
     "When the transaction being applied was committed where it comes from.",
     "unix_timestamp(applying_transaction_original_commit_timestamp)", kAsZero},
    {kGauge, "applying_transaction_immediate_commit_timestamp_seconds",
     "When the transaction being applied was committed at the source.",
     "unix_timestamp(applying_transaction_immediate_commit_timestamp)", kAsZero},
    {kGauge, "applying_transaction_start_apply_timestamp_seconds",
     "When the worker began with the transaction being applied.",
     "unix_timestamp(applying_transaction_start_apply_timestamp)", kAsZero},
};

constexpr SqlColumn kMemberStats[] = {
    {kGauge, "transactions_in_queue", "Transactions that are to be checked for conflicts.",
     "count_transactions_in_queue"},
    {kCounter, "transactions_checked_total", "Transactions checked for conflicts.",
     "count_transactions_checked"},
    {kCounter, "conflicts_detected_total", "Transactions that had a conflict.",
     "count_conflicts_detected"},
    {kCounter, "transactions_rows_validating_total", "Rows kept to check for conflicts.",
     "count_transactions_rows_validating"},
    {kGauge, "transactions_remote_in_applier_queue",
     "Transactions of other members that are to be applied.",
     "count_transactions_remote_in_applier_queue", kLeaveOut, 8},
    {kCounter, "transactions_remote_applied_total", "Transactions of other members applied.",
     "count_transactions_remote_applied", kLeaveOut, 8},
    {kCounter, "transactions_local_proposed_total", "Transactions of this member sent to others.",
     "count_transactions_local_proposed", kLeaveOut, 8},
    {kCounter, "transactions_local_rollback_total",
     "Transactions of this member that the group rolled back.", "count_transactions_local_rollback",
     kLeaveOut, 8},
};

}  // namespace

Status CollectSlaveStatus(MySqlRun& run) {
  const char* statement = "SHOW ALL SLAVES STATUS";
  if (!run.is_mariadb)
    statement = run.IsSince({8, 4, 0}, {}) ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS";
  return run.Query(statement, [&](const SqlRow& row) {
    ShowSlaveStatus(row, run.sink);
    return Status();
  });
}

Status CollectSlaveHosts(MySqlRun& run) {
  const bool is_new = !run.is_mariadb && run.IsSince({8, 4, 0}, {});
  Family& family = run.sink.GaugeFamily("mysql_heartbeat_mysql_slave_hosts_info",
                                        "Replicas that are connected.");
  std::unordered_set<std::string> shown;
  return run.Query(is_new ? "SHOW REPLICAS" : "SHOW SLAVE HOSTS", [&](const SqlRow& row) {
    // Server_id, Host, Port, Master_id and, where there is a fifth, Slave_UUID. Before MySQL 5.6 a
    // rank stood before Master_id.
    if (row.size() < 4) return Corruption("the server gave other columns than those of replicas");
    const auto text = [&](size_t column) { return std::string(row.text(column).value_or("")); };
    const std::string id = text(0), host = text(1), port = text(2);
    std::string source = text(3), uuid = row.size() > 4 ? text(4) : "";
    if (row.size() > 4 && !IsUuid(uuid)) {
      source = uuid;
      uuid.clear();
    }
    if (shown.insert(id + "\n" + host + "\n" + port).second)
      family.Sample({{"server_id", id},
                     {"slave_host", host},
                     {"port", port},
                     {"master_id", source},
                     {"slave_uuid", uuid}},
                    1);
    return Status();
  });
}

Status CollectBinlogSize(MySqlRun& run) {
  bool is_on = false;
  RETURN_IF_ERROR(run.Query("SELECT @@log_bin", [&](const SqlRow& row) {
    is_on = row.Number(0) == 1;
    return Status();
  }));
  if (!is_on) return {};
  double size = 0, files = 0, number = 0;
  RETURN_IF_ERROR(run.Query("SHOW BINARY LOGS", [&](const SqlRow& row) {
    if (row.size() < 2) return Corruption("the server gave other columns than name and size");
    size += row.Number(1).value_or(0);
    number = BinlogFileNumber(row.text(0).value_or(""));
    ++files;
    return Status();
  }));
  run.sink.Gauge("mysql_binlog_size_bytes", "Size of all files of the binary log.", size);
  run.sink.Gauge("mysql_binlog_files", "Files of the binary log.", files);
  run.sink.Gauge("mysql_binlog_file_number", "Number of the last file of the binary log.", number);
  return {};
}

// The times of the table are in the zone of whoever writes it: that of the server, or UTC.
Status CollectHeartbeat(MySqlRun& run) {
  const auto ignore = [](const SqlRow&) { return Status(); };
  const bool is_utc = run.options.heartbeat_utc;
  const SqlColumn columns[] = {
      {kLabel, "server_id"},
      {kGauge, "stored_timestamp_seconds", "When the heartbeat was written.", "unix_timestamp(ts)"},
      {kGauge, "now_timestamp_seconds", "When the server was asked, by its clock.",
       is_utc ? "unix_timestamp(utc_timestamp(6))" : "unix_timestamp(now(6))"},
  };
  const std::string from = "FROM " + QuoteName(run.options.heartbeat_database) + "." +
                           QuoteName(run.options.heartbeat_table);
  RETURN_IF_ERROR(run.Query("SET time_zone = DEFAULT", ignore));
  Status status = run.Show({"mysql_heartbeat_", from, columns});
  if (!run.bounds.Check().ok()) return status;  // the connection is not used again
  RETURN_IF_ERROR(run.Query("SET time_zone = '+00:00'", ignore));
  return status;
}

// Amazon Aurora alone has it.
Status CollectReplicaHost(MySqlRun& run) {
  const Status status = run.Show({"mysql_info_schema_replica_host_",
                                  "FROM information_schema.replica_host_status", kReplicaHost});
  return status.code() == Code::kNotFound ? Status() : status;
}

Status CollectReplicationWorkers(MySqlRun& run) {
  if (!run.IsSince({8, 0, 0}, {})) return {};
  return run.Show({"mysql_perf_schema_",
                   "FROM performance_schema.replication_applier_status_by_worker", kWorkers});
}

Status CollectGroupMemberStats(MySqlRun& run) {
  return run.Show({"mysql_perf_schema_",
                   "FROM performance_schema.replication_group_member_stats "
                   "WHERE member_id = @@server_uuid",
                   kMemberStats});
}

Status CollectGroupMembers(MySqlRun& run) {
  Family& family = run.sink.GaugeFamily("mysql_perf_schema_replication_group_member_info",
                                        "Members of the replication group.");
  return run.Query("SELECT * FROM performance_schema.replication_group_members",
                   [&](const SqlRow& row) {
                     std::vector<std::string> texts;
                     for (size_t i = 0; i < row.size(); ++i) {
                       texts.push_back(MetricNamePart(row.name(i)));
                       texts.emplace_back(row.text(i).value_or(""));
                     }
                     std::vector<Label> labels;
                     for (size_t i = 0; i < texts.size(); i += 2)
                       labels.push_back({texts[i], texts[i + 1]});
                     family.Sample("", labels.data(), labels.size(), 1);
                     return Status();
                   });
}

}  // namespace narthex::exporters
