// The dns prober: asks one question, over UDP, TCP or TLS, and judges the answer.
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <random>

#include "exporters/blackbox/connection.h"
#include "exporters/blackbox/conversation.h"
#include "exporters/blackbox/dns_message.h"
#include "exporters/blackbox/dns_names.h"
#include "exporters/blackbox/record_rules.h"

namespace narthex::blackbox {
namespace {

constexpr Metric kDuration{"probe_dns_duration_seconds", "Time of the query by phase."};
constexpr Metric kAnswers{"probe_dns_answer_rrs", "Records in the answer section."};
constexpr Metric kAuthorities{"probe_dns_authority_rrs", "Records in the authority section."};
constexpr Metric kAdditionals{"probe_dns_additional_rrs", "Records in the additional section."};
constexpr Metric kSucceeded{"probe_dns_query_succeeded", "Whether there was an answer."};
constexpr Metric kSerial{"probe_dns_serial", "Serial number of the zone."};

constexpr size_t kMaxMessageBytes = 65'535;

// One query and its answer on the wire.
class Exchange {
 public:
  Exchange(Probe& probe, Address address, int port, std::string host)
      : probe_(probe), address_(std::move(address)), port_(port), host_(std::move(host)) {}

  Outcome Run(const std::string& query, DnsMessage& answer) {
    begin_ns_ = probe_.deadline.NowNs();
    connected_ns_ = begin_ns_;
    const bool tcp = probe_.module().dns.transport_protocol == "tcp";
    Outcome failure = tcp ? RunByTcp(query, answer) : RunByUdp(query, answer);
    const int64_t end_ns = probe_.deadline.NowNs();
    const auto seconds = [](int64_t ns) { return static_cast<double>(ns) / 1e9; };
    probe_.metrics.Set(kDuration, seconds(connected_ns_ - begin_ns_), {{"phase", "connect"}});
    probe_.metrics.Set(kDuration, seconds(end_ns - connected_ns_), {{"phase", "request"}});
    return failure;
  }

 private:
  Outcome RunByTcp(const std::string& query, DnsMessage& answer) {
    const DnsProbe& dns = probe_.module().dns;
    Connection connection(probe_.deadline);
    if (Outcome failure = connection.ConnectTcp(address_, port_, dns.source_ip_address))
      return failure;
    if (dns.dns_over_tls) {
      auto client = probe_.runtime.Tls();
      if (!client.ok()) return Failed(Phase::kSetup, Reason::kConfiguration, client.message());
      if (Outcome failure = connection.StartTls(*std::move(client), host_)) return failure;
    }
    connected_ns_ = probe_.deadline.NowNs();
    std::string framed;
    framed += static_cast<char>(query.size() >> 8);
    framed += static_cast<char>(query.size() & 0xff);
    if (Outcome failure = connection.Write(framed + query)) return failure;
    std::string head;
    if (Outcome failure = connection.ReadBytes(2, head)) return failure;
    const size_t size =
        static_cast<size_t>(static_cast<uint8_t>(head[0])) << 8 | static_cast<uint8_t>(head[1]);
    std::string message;
    if (Outcome failure = connection.ReadBytes(size, message)) return failure;
    if (Outcome failure = Understand(message, answer)) return failure;
    if (!IsReply(query, message, answer))
      return Failed(Phase::kReceive, Reason::kProtocol, "DNS: the answer is to another query");
    return {};
  }

  Outcome RunByUdp(const std::string& query, DnsMessage& answer) {
    const SocketAddress to = SocketAddressOf(address_, port_);
    const Descriptor socket(
        ::socket(to.get()->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.ok()) return FailedSystem(Phase::kConnect, "socket", errno);
    const std::string& source = probe_.module().dns.source_ip_address;
    const SocketAddress from = SocketAddressOf({source, source.find(':') != std::string::npos}, 0);
    if (!source.empty() && ::bind(socket.get(), from.get(), from.size) != 0)
      return FailedSystem(Phase::kConnect, "bind to source_ip_address", errno);
    if (::connect(socket.get(), to.get(), to.size) != 0)
      return FailedSystem(Phase::kConnect, "connect", errno);
    connected_ns_ = probe_.deadline.NowNs();
    if (::send(socket.get(), query.data(), query.size(), MSG_NOSIGNAL) < 0)
      return FailedSystem(Phase::kSend, "send", errno);
    return ReceiveByUdp(socket.get(), query, answer);
  }

  // What answers another query, or is no answer at all, may come from anybody.
  Outcome ReceiveByUdp(int fd, const std::string& query, DnsMessage& answer) {
    std::string message;
    for (;;) {
      if (const Status status = probe_.deadline.WaitFor(fd, POLLIN); !status.ok())
        return FailedWait(Phase::kReceive, status.Prefixed("receive"));
      message.resize(kMaxMessageBytes);
      const ssize_t count = ::recv(fd, message.data(), message.size(), 0);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (count < 0) return FailedSystem(Phase::kReceive, "receive", errno);
      message.resize(static_cast<size_t>(count));
      if (message.substr(0, 2) != query.substr(0, 2)) continue;
      if (Outcome failure = Understand(message, answer)) return failure;
      if (IsReply(query, message, answer)) return {};
    }
  }

  static Outcome Understand(const std::string& message, DnsMessage& answer) {
    auto parsed = ParseDnsMessage(message);
    if (!parsed.ok()) {
      const bool limit = parsed.code() == Code::kLimit;
      return Failed(Phase::kReceive, limit ? Reason::kTooLarge : Reason::kProtocol,
                    parsed.message());
    }
    answer = *std::move(parsed);
    return {};
  }

  static bool IsReply(const std::string& query, const std::string& message,
                      const DnsMessage& answer) {
    return answer.is_response && message.substr(0, 2) == query.substr(0, 2);
  }

  Probe& probe_;
  const Address address_;
  const int port_;
  const std::string host_;
  int64_t begin_ns_ = 0;
  int64_t connected_ns_ = 0;
};

Outcome CheckRcode(const DnsProbe& dns, int rcode) {
  const bool valid =
      dns.valid_rcodes.empty()
          ? rcode == 0
          : std::any_of(dns.valid_rcodes.begin(), dns.valid_rcodes.end(),
                        [rcode](const std::string& name) { return DnsRcodeOf(name) == rcode; });
  if (valid) return {};
  return Failed(Phase::kCheck, Reason::kRcode, "the answer's code is " + DnsRcodeName(rcode));
}

void ShowAnswer(Probe& probe, uint16_t type, const DnsMessage& answer) {
  probe.metrics.Set(kAnswers, static_cast<double>(answer.answer.size()));
  probe.metrics.Set(kAuthorities, static_cast<double>(answer.authority.size()));
  probe.metrics.Set(kAdditionals, static_cast<double>(answer.additional.size()));
  probe.metrics.Set(kSucceeded, 1);
  if (type == kDnsTypeSoa) {
    probe.metrics.Set(kSerial, 0);
    for (const DnsResourceRecord& record : answer.answer) {
      if (record.soa_serial) probe.metrics.Set(kSerial, *record.soa_serial);
    }
  }
  if (!probe.log.shows(LogLevel::kDebug)) return;
  probe.log.Debug("got an answer", LogField("rcode", DnsRcodeName(answer.rcode)),
                  LogField("truncated", answer.truncated ? "yes" : "no"));
  for (const auto* section : {&answer.answer, &answer.authority, &answer.additional}) {
    for (const DnsResourceRecord& record : *section)
      probe.log.Debug("record", LogField("text", record.text));
  }
}

void ShowNothing(ProbeMetrics& metrics) {
  for (const char* phase : {"resolve", "connect", "request"})
    metrics.Set(kDuration, 0, {{"phase", phase}});
  for (const Metric* metric : {&kAnswers, &kAuthorities, &kAdditionals, &kSucceeded})
    metrics.Set(*metric, 0);
}

// Unpredictable, so that nobody answers who did not see the query.
uint16_t NewId() {
  thread_local std::random_device random;
  return static_cast<uint16_t>(random());
}

}  // namespace

Outcome ProbeDns(Probe& probe) {
  const DnsProbe& dns = probe.module().dns;
  ShowNothing(probe.metrics);
  HostAndPort target{probe.target, dns.dns_over_tls ? "853" : "53"};
  if (const auto split = SplitHostAndPort(probe.target)) target = *split;
  Address address;
  double lookup_seconds = 0;
  if (Outcome failure = ChooseAddress(probe, dns.ip, target.host, address, lookup_seconds))
    return failure;
  probe.metrics.Add(kDuration, lookup_seconds, {{"phase", "resolve"}});
  const int port = PortNumber(target.port, "tcp");
  if (port == 0)
    return Failed(Phase::kSetup, Reason::kBadTarget, "no such port: " + Quote(target.port));
  const DnsQuestion question{dns.query_name,
                             dns.query_type.empty() ? kDnsTypeAny : *DnsTypeOf(dns.query_type),
                             dns.query_class.empty() ? kDnsClassIn : *DnsClassOf(dns.query_class)};
  const auto query = EncodeDnsQuery(NewId(), question, dns.recursion_desired);
  if (!query.ok()) return Failed(Phase::kSetup, Reason::kConfiguration, query.message());
  DnsMessage answer;
  if (Outcome failure = Exchange(probe, address, port, target.host).Run(*query, answer))
    return failure;
  ShowAnswer(probe, question.type, answer);
  if (Outcome failure = CheckRcode(dns, answer.rcode)) return failure;
  if (Outcome failure = CheckRecords(answer.answer, dns.validate_answer_rrs, "answer"))
    return failure;
  if (Outcome failure = CheckRecords(answer.authority, dns.validate_authority_rrs, "authority"))
    return failure;
  return CheckRecords(answer.additional, dns.validate_additional_rrs, "additional");
}

}  // namespace narthex::blackbox
