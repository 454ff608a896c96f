// Collectors of replication, on either side.
#include "exporters/postgres/collectors.h"

namespace narthex::exporters {
namespace {

using enum ColumnUse;
using enum WhenNull;

constexpr SqlColumn kReplication[] = {
    {kGauge, "lag_seconds", "Seconds that the replica is behind; 0 on a primary.",
     "CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() "
     "THEN 0 ELSE greatest(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp())) END"},
    {kGauge, "is_replica", "Whether the server is a replica.", "pg_is_in_recovery()"},
    {kGauge, "last_replay_seconds", "Seconds since the last transaction was replayed.",
     "greatest(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp()))"},
};
constexpr SqlTable kReplicationTable{"pg_replication_", "", kReplication};

// Where the log is now, on either side.
#define NARTHEX_PRESENT_LSN \
  "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END"

constexpr SqlColumn kSlotLags[] = {
    {kLabel, "slot_name"},
    {kLabel, "database"},
    {kGauge, "active", "Whether the slot is in use."},
    {kGauge, "pg_wal_lsn_diff", "Bytes of the log that the slot keeps.",
     "pg_wal_lsn_diff(" NARTHEX_PRESENT_LSN ", restart_lsn)"},
};
constexpr SqlTable kSlotLagsTable{"pg_replication_slots_", "FROM pg_replication_slots", kSlotLags};

constexpr SqlColumn kSlots[] = {
    {kLabel, "slot_name", {}, {}, kAsUnknown},
    {kLabel, "slot_type", {}, {}, kAsUnknown},
    {kGauge, "slot_current_wal_lsn", "Where the log is now, in bytes.",
     NARTHEX_PRESENT_LSN " - '0/0'"},
    {kGauge, "slot_confirmed_flush_lsn", "Where the reader of a slot in use is, in bytes.",
     "CASE WHEN active THEN coalesce(confirmed_flush_lsn, '0/0') - '0/0' END"},
    {kGauge, "slot_is_active", "Whether the slot is in use.", "active"},
    {kGauge, "safe_wal_size_bytes", "Bytes that may be written before the slot may be lost.",
     "safe_wal_size", kLeaveOut, 13},
};
constexpr SqlTable kSlotsTable{"pg_replication_slots_", "FROM pg_replication_slots", kSlots};

constexpr SqlColumn kSlotStates[] = {
    {kLabel, "slot_name", {}, {}, kAsUnknown},
    {kLabel, "slot_type", {}, {}, kAsUnknown},
    {kLabel, "wal_status", {}, "wal_status", kSkipRow, 13},
    {kGauge, "wal_status", "What of the log that the slot needs is still there.", "1", kLeaveOut,
     13},
};
constexpr SqlTable kSlotStatesTable{"pg_replication_slots_", "FROM pg_replication_slots",
                                    kSlotStates};

constexpr SqlColumn kReplicas[] = {
    {kLabel, "application_name"},
    {kLabel, "client_addr", {}, "client_addr::text"},
    {kLabel, "state"},
    {kLabel, "slot_name"},
    {kGauge, "pg_current_wal_lsn_bytes", "Where the log is now, in bytes.",
     NARTHEX_PRESENT_LSN " - '0/0'"},
    {kGauge, "pg_wal_lsn_diff", "Bytes that the replica has not replayed.",
     "pg_wal_lsn_diff(" NARTHEX_PRESENT_LSN ", replay_lsn)"},
};
constexpr SqlTable kReplicasTable{
    "pg_stat_replication_",
    "FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid",
    kReplicas};

constexpr SqlColumn kReceiver[] = {
    {kLabel,
     "upstream_host",
     {},
     "trim(both '''' FROM substring(conninfo FROM 'host=([^ ]*)'))",
     kSkipRow},
    {kLabel, "slot_name", {}, {}, kSkipRow},
    {kLabel, "status", {}, {}, kSkipRow},
    {kCounter, "receive_start_lsn", "Where receiving began, in bytes, its low 52 bits.",
     "(receive_start_lsn - '0/0') % (2^52)::bigint", kSkipRow},
    {kCounter, "flushed_lsn", "What is received and on disk, in bytes, its low 52 bits.",
     "(flushed_lsn - '0/0') % (2^52)::bigint", kSkipRow, 13},
    {kGauge, "receive_start_tli", "Timeline on which receiving began.", {}, kSkipRow},
    {kGauge, "received_tli", "Timeline of what was received last.", {}, kSkipRow},
    {kCounter, "last_msg_send_time", "When the primary sent its last message, as Unix time.",
     "extract(epoch FROM last_msg_send_time)", kSkipRow},
    {kCounter, "last_msg_receipt_time", "When the last message was received, as Unix time.",
     "extract(epoch FROM last_msg_receipt_time)", kSkipRow},
    {kCounter, "latest_end_lsn", "What the primary was told last, in bytes, its low 52 bits.",
     "(latest_end_lsn - '0/0') % (2^52)::bigint", kSkipRow},
    {kCounter, "latest_end_time", "When the primary was told last, as Unix time.",
     "extract(epoch FROM latest_end_time)", kSkipRow},
    {kGauge, "upstream_node", "Number of the node, from the name that repmgr gives its slot.",
     "substring(slot_name FROM 'repmgr_slot_([0-9]*)')"},
};
constexpr SqlTable kReceiverTable{"pg_stat_wal_receiver_", "FROM pg_stat_wal_receiver", kReceiver};

#undef NARTHEX_PRESENT_LSN

}  // namespace

Status CollectReplication(PgRun& run) { return run.Show(kReplicationTable); }
Status CollectReplicationSlots(PgRun& run) {
  RETURN_IF_ERROR(run.Show(kSlotLagsTable));
  RETURN_IF_ERROR(run.Show(kSlotsTable));
  return run.Show(kSlotStatesTable);
}
Status CollectStatReplication(PgRun& run) { return run.Show(kReplicasTable); }
Status CollectStatWalReceiver(PgRun& run) { return run.Show(kReceiverTable); }

}  // namespace narthex::exporters
