// The network of a container, read in its own namespace by way of one of its processes.
#include <algorithm>
#include <iterator>

#include "exporters/container/network_files.h"
#include "exporters/container/reports.h"
#include "exporters/kit/netstat.h"

namespace narthex::exporters {
namespace {

struct InterfaceFamily {
  std::string_view name;
  std::string_view help;
  uint64_t InterfaceCounters::*value;
};
constexpr InterfaceFamily kInterface[] = {
    {"container_network_receive_bytes_total", "Bytes received by the interface.",
     &InterfaceCounters::received_bytes},
    {"container_network_receive_errors_total", "Packets that were received with an error.",
     &InterfaceCounters::receive_errors},
    {"container_network_receive_packets_dropped_total", "Packets that were dropped on receipt.",
     &InterfaceCounters::receive_drops},
    {"container_network_receive_packets_total", "Packets received by the interface.",
     &InterfaceCounters::received_packets},
    {"container_network_transmit_bytes_total", "Bytes sent by the interface.",
     &InterfaceCounters::sent_bytes},
    {"container_network_transmit_errors_total", "Packets that could not be sent.",
     &InterfaceCounters::send_errors},
    {"container_network_transmit_packets_dropped_total",
     "Packets that were dropped before sending.", &InterfaceCounters::send_drops},
    {"container_network_transmit_packets_total", "Packets sent by the interface.",
     &InterfaceCounters::sent_packets},
};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return Lower(c); });
  return lower;
}

// The loopback and what the machine has for other containers are nobody's traffic.
bool IsLeftOut(std::string_view name) {
  constexpr std::string_view kBegins[] = {"lo", "veth", "docker", "nerdctl"};
  const std::string lower = Lower(name.substr(0, 8));
  return std::any_of(std::begin(kBegins), std::end(kBegins), [&](std::string_view begin) {
    return std::string_view(lower).substr(0, begin.size()) == begin;
  });
}

// A file below the net of the container's process.
Result<std::string> ReadNet(const ContainerReading& reading, const char* file) {
  return reading.scrape.paths.proc.Read(std::to_string(reading.network_process) + "/net/" + file);
}

constexpr std::pair<size_t, std::string_view> kTcpStates[] = {
    {1, "established"}, {2, "synsent"},  {3, "synrecv"}, {4, "finwait1"},
    {5, "finwait2"},    {6, "timewait"}, {7, "close"},   {8, "closewait"},
    {9, "lastack"},     {10, "listen"},  {11, "closing"}};

}  // namespace

void ReportNetwork(ContainerReading& reading, ContainerSink& out) {
  const auto text = ReadNet(reading, "dev");
  if (!text.ok()) return;
  const auto interfaces = ParseInterfaces(*text);
  if (!interfaces.ok()) return;
  for (const InterfaceCounters& counters : *interfaces) {
    if (IsLeftOut(counters.name)) continue;
    for (const InterfaceFamily& family : kInterface) {
      out.Counter(family.name, family.help, static_cast<double>(counters.*family.value),
                  {{"interface", counters.name}});
    }
  }
}

void ReportTcp(ContainerReading& reading, ContainerSink& out) {
  constexpr std::pair<const char*, std::string_view> kFiles[] = {
      {"tcp", "container_network_tcp_usage_total"}, {"tcp6", "container_network_tcp6_usage_total"}};
  for (const auto& [file, family] : kFiles) {
    const auto text = ReadNet(reading, file);
    if (!text.ok()) continue;
    const auto counts = CountTcpStates(*text);
    for (const auto& [number, state] : kTcpStates) {
      out.Gauge(family, "TCP sockets of the container by their state.",
                static_cast<double>(counts[number]), {{"tcp_state", state}});
    }
  }
}

void ReportUdp(ContainerReading& reading, ContainerSink& out) {
  constexpr std::pair<const char*, std::string_view> kFiles[] = {
      {"udp", "container_network_udp_usage_total"}, {"udp6", "container_network_udp6_usage_total"}};
  for (const auto& [file, family] : kFiles) {
    const auto text = ReadNet(reading, file);
    if (!text.ok()) continue;
    const UdpSockets sockets = ParseUdp(*text);
    const std::pair<std::string_view, uint64_t> values[] = {
        {"listen", sockets.count},
        {"dropped", sockets.dropped},
        {"rxqueued", sockets.receive_queue_bytes},
        {"txqueued", sockets.send_queue_bytes}};
    for (const auto& [state, value] : values) {
      out.Gauge(family,
                "UDP sockets of the container, what they dropped, and bytes in their queues.",
                static_cast<double>(value), {{"udp_state", state}});
    }
  }
}

void ReportAdvancedTcp(ContainerReading& reading, ContainerSink& out) {
  for (const char* file : {"netstat", "snmp"}) {
    const auto text = ReadNet(reading, file);
    if (!text.ok()) continue;
    const auto fields = ParseNetstat(*text);
    if (!fields.ok()) continue;
    for (const NetstatField& field : *fields) {
      if (field.protocol != "Tcp" && field.protocol != "TcpExt") continue;
      out.Gauge("container_network_advance_tcp_stats_total",
                "The kernel's counters of TCP in the container's namespace.", field.value,
                {{"tcp_state", Lower(field.name)}});
    }
  }
}

}  // namespace narthex::exporters
