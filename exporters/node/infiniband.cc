// InfiniBand and RoCE ports, from /sys/class/infiniband; see the kernel's
// Documentation/ABI/stable/sysfs-class-infiniband.
#include "exporters/kit/device_filter.h"
#include "exporters/kit/text_fields.h"
#include "exporters/kit/value_files.h"
#include "exporters/node/collectors.h"

namespace narthex::exporters {
namespace {

constexpr double kBytesPerGigabit = 125'000'000;
constexpr double kMillisecondsPerSecond = 1000;

struct PortCounter {
  const char* file;  // of a port's folder
  const char* name;  // behind node_infiniband_
  double scale;      // data are counted in words of four bytes
  const char* help;
};
constexpr PortCounter kCounters[] = {
    {"counters_ext/port_multicast_rcv_packets", "legacy_multicast_packets_received_total", 1,
     "Multicast packets received, as old drivers count them."},
    {"counters_ext/port_multicast_xmit_packets", "legacy_multicast_packets_transmitted_total", 1,
     "Multicast packets sent, as old drivers count them."},
    {"counters_ext/port_rcv_data_64", "legacy_data_received_bytes_total", 4,
     "Bytes received, as old drivers count them."},
    {"counters_ext/port_rcv_packets_64", "legacy_packets_received_total", 1,
     "Packets received, as old drivers count them."},
    {"counters_ext/port_unicast_rcv_packets", "legacy_unicast_packets_received_total", 1,
     "Unicast packets received, as old drivers count them."},
    {"counters_ext/port_unicast_xmit_packets", "legacy_unicast_packets_transmitted_total", 1,
     "Unicast packets sent, as old drivers count them."},
    {"counters_ext/port_xmit_data_64", "legacy_data_transmitted_bytes_total", 4,
     "Bytes sent, as old drivers count them."},
    {"counters_ext/port_xmit_packets_64", "legacy_packets_transmitted_total", 1,
     "Packets sent, as old drivers count them."},
    {"counters/excessive_buffer_overrun_errors", "excessive_buffer_overrun_errors_total", 1,
     "Runs of overrun errors."},
    {"counters/link_downed", "link_downed_total", 1,
     "Failures of the link that were not recovered from."},
    {"counters/link_error_recovery", "link_error_recovery_total", 1,
     "Failures of the link that were recovered from."},
    {"counters/local_link_integrity_errors", "local_link_integrity_errors_total", 1,
     "Times that local errors went beyond their limit."},
    {"counters/multicast_rcv_packets", "multicast_packets_received_total", 1,
     "Multicast packets received, broken ones too."},
    {"counters/multicast_xmit_packets", "multicast_packets_transmitted_total", 1,
     "Multicast packets sent, broken ones too."},
    {"counters/port_rcv_constraint_errors", "port_constraint_errors_received_total", 1,
     "Packets received that the port's rules discard."},
    {"counters/port_xmit_constraint_errors", "port_constraint_errors_transmitted_total", 1,
     "Packets not sent as the port's rules forbid it."},
    {"counters/port_rcv_data", "port_data_received_bytes_total", 4, "Bytes received."},
    {"counters/port_xmit_data", "port_data_transmitted_bytes_total", 4, "Bytes sent."},
    {"counters/port_rcv_discards", "port_discards_received_total", 1,
     "Packets received and discarded, as the port was down or congested."},
    {"counters/port_xmit_discards", "port_discards_transmitted_total", 1,
     "Packets not sent, as the port was down or congested."},
    {"counters/port_rcv_errors", "port_errors_received_total", 1, "Broken packets received."},
    {"counters/port_rcv_packets", "port_packets_received_total", 1,
     "Packets received, broken ones too."},
    {"counters/port_xmit_packets", "port_packets_transmitted_total", 1,
     "Packets sent, broken ones too."},
    {"counters/port_xmit_wait", "port_transmit_wait_total", 1,
     "Ticks in which there was something to send and nothing was sent."},
    {"counters/unicast_rcv_packets", "unicast_packets_received_total", 1,
     "Unicast packets received, broken ones too."},
    {"counters/unicast_xmit_packets", "unicast_packets_transmitted_total", 1,
     "Unicast packets sent, broken ones too."},
    {"counters/port_rcv_remote_physical_errors", "port_receive_remote_physical_errors_total", 1,
     "Packets received that another port had marked as broken."},
    {"counters/port_rcv_switch_relay_errors", "port_receive_switch_relay_errors_total", 1,
     "Packets that the switch could not pass on."},
    {"counters/symbol_error", "symbol_error_total", 1, "Small errors of the lanes."},
    {"counters/VL15_dropped", "vl15_dropped_total", 1,
     "Management packets dropped for want of room."},
    {"hw_counters/duplicate_request", "duplicate_requests_packets_total", 1,
     "Requests received that had been worked off before."},
    {"hw_counters/implied_nak_seq_err", "implied_nak_seq_errors_total", 1,
     "Answers whose number was beyond the expected one."},
    {"hw_counters/local_ack_timeout_err", "local_ack_timeout_errors_total", 1,
     "Answers that did not come in time."},
    {"hw_counters/np_cnp_sent", "np_cnp_packets_sent_total", 1, "Notices of congestion sent."},
    {"hw_counters/np_ecn_marked_roce_packets", "np_ecn_marked_roce_packets_received_total", 1,
     "Packets received that are marked by congestion."},
    {"hw_counters/out_of_buffer", "out_of_buffer_drops_total", 1,
     "Packets dropped as no buffer was posted."},
    {"hw_counters/out_of_sequence", "out_of_sequence_packets_received_total", 1,
     "Packets received out of order."},
    {"hw_counters/packet_seq_err", "packet_sequence_errors_total", 1,
     "Refusals received for a packet out of order."},
    {"hw_counters/req_cqe_error", "req_cqes_errors_total", 1, "Requests that ended with an error."},
    {"hw_counters/req_cqe_flush_error", "req_cqes_flush_errors_total", 1,
     "Requests that were flushed with an error."},
    {"hw_counters/req_remote_access_errors", "req_remote_access_errors_total", 1,
     "Requests that the other side may not serve."},
    {"hw_counters/req_remote_invalid_request", "req_remote_invalid_request_errors_total", 1,
     "Requests that the other side holds invalid."},
    {"hw_counters/resp_cqe_error", "resp_cqes_errors_total", 1,
     "Answers that ended with an error."},
    {"hw_counters/resp_cqe_flush_error", "resp_cqes_flush_errors_total", 1,
     "Answers that were flushed with an error."},
    {"hw_counters/resp_local_length_error", "resp_local_length_errors_total", 1,
     "Answers of a wrong length."},
    {"hw_counters/resp_remote_access_errors", "resp_remote_access_errors_total", 1,
     "Answers that the other side may not have."},
    {"hw_counters/rnr_nak_retry_err", "rnr_nak_retry_packets_received_total", 1,
     "Refusals received as the other side was not ready."},
    {"hw_counters/roce_adp_retrans", "roce_adp_retransmits_total", 1,
     "Packets sent again adaptively."},
    {"hw_counters/roce_adp_retrans_to", "roce_adp_retransmits_timeout_total", 1,
     "Timeouts of adaptive sending."},
    {"hw_counters/roce_slow_restart", "roce_slow_restart_used_total", 1, "Slow restarts."},
    {"hw_counters/roce_slow_restart_cnps", "roce_slow_restart_cnps_total", 1,
     "Notices of congestion by slow restarts."},
    {"hw_counters/roce_slow_restart_trans", "roce_slow_restart_total", 1,
     "Changes into slow restart."},
    {"hw_counters/rp_cnp_handled", "rp_cnp_packets_handled_total", 1,
     "Notices of congestion that slowed sending."},
    {"hw_counters/rp_cnp_ignored", "rp_cnp_ignored_packets_received_total", 1,
     "Notices of congestion that were ignored."},
    {"hw_counters/rx_atomic_requests", "rx_atomic_requests_total", 1, "Atomic requests received."},
    {"hw_counters/rx_dct_connect", "rx_dct_connect_requests_total", 1,
     "Requests to connect received."},
    {"hw_counters/rx_read_requests", "rx_read_requests_total", 1, "Read requests received."},
    {"hw_counters/rx_write_requests", "rx_write_requests_total", 1, "Write requests received."},
    {"hw_counters/rx_icrc_encapsulated", "rx_icrc_encapsulated_errors_total", 1,
     "Packets received with a wrong checksum."},
};

class InfinibandCollector : public Collector {
 public:
  explicit InfinibandCollector(const Directory& sys) : sys_(sys) {}

  void AddFlags(cli::Flags& flags) override { devices_.AddFlags(flags); }
  Status Prepare() override { return devices_.Prepare(); }

  Status Collect(MetricSink& sink) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> devices, sys_.List("class/infiniband"));
    for (const std::string& device : devices) {
      if (!devices_.Takes(device)) continue;
      const std::string folder = "class/infiniband/" + device;
      ASSIGN_OR_RETURN(const std::string firmware, ReadValue(sys_, folder + "/fw_ver"));
      sink.Gauge("node_infiniband_info", "Constant 1, with what an adapter tells in words.", 1,
                 {{"device", device},
                  {"board_id", FindValue(sys_, folder + "/board_id").value_or("")},
                  {"firmware_version", firmware},
                  {"hca_type", FindValue(sys_, folder + "/hca_type").value_or("")}});
      ASSIGN_OR_RETURN(const std::vector<std::string> ports, sys_.List(folder + "/ports"));
      for (const std::string& port : ports) RETURN_IF_ERROR(CollectPort(device, port, sink));
    }
    return {};
  }

 private:
  Status CollectPort(const std::string& device, const std::string& port, MetricSink& sink) const {
    const std::string folder = "class/infiniband/" + device + "/ports/" + port + "/";
    ASSIGN_OR_RETURN(const double state, LeadingNumber(folder + "state", ':'));
    ASSIGN_OR_RETURN(const double physical, LeadingNumber(folder + "phys_state", ':'));
    ASSIGN_OR_RETURN(const double gigabits, LeadingNumber(folder + "rate", ' '));
    const auto gauge = [&](const char* name, const char* help, double value) {
      sink.Gauge(name, help, value, {{"device", device}, {"port", port}});
    };
    gauge("node_infiniband_state_id", "Logical state of a port: 1 down, 2 init, 3 armed, 4 active.",
          state);
    gauge("node_infiniband_physical_state_id",
          "Physical state of a port: 2 polling, 3 disabled, 5 link up, 6 recovering.", physical);
    gauge("node_infiniband_rate_bytes_per_second", "Rate of a port.", gigabits * kBytesPerGigabit);
    if (const auto lifespan_ms = FindNumber(sys_, folder + "hw_counters/lifespan")) {
      gauge("node_infiniband_lifespan_seconds", "Time for which counters that were read stay.",
            *lifespan_ms / kMillisecondsPerSecond);
    }
    for (const PortCounter& counter : kCounters) {
      // Some say "N/A (no PMA)" instead of a number.
      if (const auto value = FindNumber(sys_, folder + counter.file)) {
        sink.Counter(std::string("node_infiniband_") + counter.name, counter.help,
                     *value * counter.scale, {{"device", device}, {"port", port}});
      }
    }
    return {};
  }

  // "4: ACTIVE", "40 Gb/sec (4X QDR)".
  Result<double> LeadingNumber(const std::string& path, char end) const {
    ASSIGN_OR_RETURN(const std::string text, ReadValue(sys_, path));
    const auto number = ParseDouble(std::string_view(text).substr(0, text.find(end)));
    if (!number) return Corruption(sys_.Path(path), ": want a number first, got ", Quote(text));
    return *number;
  }

  const Directory& sys_;
  DeviceFilter devices_{"collector.infiniband.device", "adapters"};
};

}  // namespace

std::unique_ptr<Collector> NewInfinibandCollector(const SystemPaths& paths) {
  return std::make_unique<InfinibandCollector>(paths.sys);
}

}  // namespace narthex::exporters
