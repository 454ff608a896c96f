// The websocket prober: turns a connection to a websocket, and talks in messages.
#include <absl/strings/escaping.h>

#include <random>

#include "common/bytes/ignore_case.h"
#include "common/bytes/trim.h"
#include "common/client/registry.h"
#include "common/fs/files.h"
#include "common/http_client/url_authority.h"
#include "common/http_client_config/field_rules.h"
#include "exporters/blackbox/connection.h"
#include "exporters/blackbox/conversation.h"
#include "exporters/blackbox/http_transfer.h"
#include "exporters/blackbox/websocket_frames.h"

namespace narthex::blackbox {
namespace {

constexpr Metric kStatusCode{"probe_websocket_status_code",
                             "Status of the answer to the handshake."};
constexpr Metric kUpgraded{"probe_websocket_connection_upgraded",
                           "Whether the connection became a websocket."};
constexpr Metric kFailedByMessage{"probe_websocket_failed_due_to_regex",
                                  "Whether a message made the probe fail."};
constexpr Metric kDuration{"probe_websocket_duration_seconds", "Time by phase."};

constexpr size_t kMaxHeadBytes = 64 << 10;
constexpr uint64_t kMaxMessageBytes = 1 << 20;

std::array<uint8_t, 16> RandomBytes() {
  thread_local std::random_device random;
  std::array<uint8_t, 16> bytes{};
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

std::string NewKey() {
  const auto bytes = RandomBytes();
  return absl::Base64Escape(
      absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

class WebsocketRun {
 public:
  explicit WebsocketRun(Probe& probe)
      : probe_(probe), rules_(probe.module().websocket), connection_(probe.deadline) {}

  Outcome Run() {
    for (const Metric* metric : {&kStatusCode, &kUpgraded, &kFailedByMessage})
      probe_.metrics.Set(*metric, 0);
    if (Outcome failure = ReadTarget()) return failure;
    if (Outcome failure = Connect()) return failure;
    const int64_t begin_ns = probe_.deadline.NowNs();
    Outcome failure = Upgrade();
    AddDuration("processing", begin_ns);
    if (failure) return failure;
    probe_.metrics.Set(kUpgraded, 1);
    if (rules_.query_response.empty()) return {};
    const int64_t talk_ns = probe_.deadline.NowNs();
    failure = Talk();
    AddDuration("transfer", talk_ns);
    probe_.metrics.Set(kFailedByMessage, failure ? 1 : 0);
    return failure;
  }

 private:
  void AddDuration(const char* phase, int64_t begin_ns) {
    probe_.metrics.Add(kDuration, probe_.deadline.SecondsSince(begin_ns), {{"phase", phase}});
  }

  // libcurl reads http and https only.
  Outcome ReadTarget() {
    const bool secure = StartsIgnoringCase(probe_.target, "wss://");
    if (!secure && !StartsIgnoringCase(probe_.target, "ws://"))
      return Failed(Phase::kSetup, Reason::kBadTarget,
                    "want ws:// or wss://, got " + Quote(probe_.target));
    url_ = (secure ? "https" : "http") + probe_.target.substr(secure ? 3 : 2);
    auto authority = AuthorityOf(url_);
    if (!authority.ok()) return Failed(Phase::kSetup, Reason::kBadTarget, authority.message());
    authority_ = *std::move(authority);
    return {};
  }

  Outcome Connect() {
    double lookup_seconds = 0;
    Address address;
    if (Outcome failure =
            ChooseAddress(probe_, rules_.ip, authority_.host, address, lookup_seconds))
      return failure;
    probe_.metrics.Add(kDuration, lookup_seconds, {{"phase", "resolve"}});
    const int64_t begin_ns = probe_.deadline.NowNs();
    if (Outcome failure = connection_.ConnectTcp(address, PortNumber(authority_.port, "tcp"), ""))
      return failure;
    AddDuration("connect", begin_ns);
    return {};
  }

  // The handshake of TLS counts as processing, as with the original.
  Outcome Upgrade() {
    if (authority_.scheme == "https") {
      auto client = probe_.runtime.Tls();
      if (!client.ok()) return Failed(Phase::kSetup, Reason::kConfiguration, client.message());
      if (Outcome failure = connection_.StartTls(*std::move(client), authority_.host))
        return failure;
    }
    const std::string key = NewKey();
    std::string request;
    if (Outcome failure = WriteRequest(key, request)) return failure;
    if (Outcome failure = connection_.Write(request)) return failure;
    std::string head;
    if (Outcome failure = connection_.ReadUntil("\r\n\r\n", kMaxHeadBytes, head)) return failure;
    const auto reply = ParseWebsocketReply(head, key);
    if (!reply.ok()) return Failed(Phase::kReceive, Reason::kProtocol, reply.message());
    probe_.metrics.Set(kStatusCode, reply->http_status);
    if (reply->upgrades) return {};
    return Failed(Phase::kCheck, Reason::kStatus,
                  "the answer, of status " + std::to_string(reply->http_status) +
                      ", does not turn to a websocket");
  }

  Outcome WriteRequest(const std::string& key, std::string& request) {
    auto ready = probe_.runtime.Settings();
    if (!ready.ok()) return Failed(Phase::kSetup, Reason::kConfiguration, ready.message());
    std::string host = authority_.HostHeader();
    std::string headers;
    for (const std::string& line : (*ready)->headers) {
      const bool empty = line.ends_with(';') && line.find(':') == std::string::npos;
      headers += (empty ? line.substr(0, line.size() - 1) + ":" : line) + "\r\n";
    }
    for (const auto& [name, values] : rules_.headers) {
      std::vector<std::string> all = values.header.values;
      for (const config::Secret& secret : values.header.secrets) all.push_back(secret.reveal());
      for (const std::string& file : values.header.files) {
        auto text = ReadFile(file);
        if (!text.ok()) return Failed(Phase::kSetup, Reason::kConfiguration, text.message());
        all.emplace_back(TrimBlanks(*text));
      }
      for (const std::string& value : all) {
        if (HasControl(value))
          return Failed(Phase::kSetup, Reason::kConfiguration,
                        "header " + Quote(name) + ": control byte");
        if (EqualIgnoringCase(name, "Host")) {
          host = value;
        } else {
          headers += name + ": " + value + "\r\n";
        }
      }
    }
    request = "GET " + PathOf(url_) + " HTTP/1.1\r\nHost: " + host +
              "\r\nUser-Agent: Blackbox-Exporter/" + std::string(Version()) +
              "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
              "Sec-WebSocket-Key: " + key + "\r\n" + headers + "\r\n";
    return {};
  }

  Outcome Talk() {
    for (const QueryResponse& step : rules_.query_response) {
      std::string send = step.send;
      if (step.expect.given) {
        std::string message;
        if (Outcome failure = ReadMessage(message)) return failure;
        probe_.log.Debug("read message", LogField("message", message));
        if (!step.expect.regex.FindsIn(message))
          return Failed(Phase::kCheck, Reason::kText,
                        Quote(message) + " does not match " + Quote(step.expect.regex.pattern()));
        send = step.expect.regex.Expand(message, {step.send}).front();
      }
      if (send.empty()) continue;
      probe_.log.Debug("send message", LogField("message", send));
      if (Outcome failure = WriteFrame(kWebsocketText, send)) return failure;
    }
    return {};
  }

  Outcome WriteFrame(uint8_t opcode, std::string_view payload) {
    const auto random = RandomBytes();
    return connection_.Write(
        EncodeWebsocketFrame(opcode, payload, {random[0], random[1], random[2], random[3]}));
  }

  // The next message of text or bytes, put together from its frames. Pings are answered.
  Outcome ReadMessage(std::string& message) {
    bool begun = false;
    for (;;) {
      WebsocketFrameHead head;
      std::string payload;
      if (Outcome failure = ReadFrame(head, payload)) return failure;
      if (head.opcode == kWebsocketClose)
        return Failed(Phase::kReceive, Reason::kClosed, "websocket: the peer closes");
      if (head.opcode == kWebsocketPong) continue;
      if (head.opcode == kWebsocketPing) {
        if (Outcome failure = WriteFrame(kWebsocketPong, payload)) return failure;
        continue;
      }
      if (begun != (head.opcode == 0))
        return Failed(Phase::kReceive, Reason::kProtocol, "websocket: frames out of order");
      begun = true;
      message += payload;
      if (message.size() > kMaxMessageBytes)
        return Failed(Phase::kReceive, Reason::kTooLarge, "websocket: a message of more than 1 MB");
      if (head.final) return {};
    }
  }

  Outcome ReadFrame(WebsocketFrameHead& head, std::string& payload) {
    std::string bytes;
    if (Outcome failure = connection_.ReadBytes(2, bytes)) return failure;
    std::string more;
    if (Outcome failure = connection_.ReadBytes(WebsocketHeadBytes(bytes) - 2, more))
      return failure;
    const auto parsed = ParseWebsocketHead(bytes + more);
    if (!parsed.ok()) return Failed(Phase::kReceive, Reason::kProtocol, parsed.message());
    head = *parsed;
    if (head.size_bytes > kMaxMessageBytes)
      return Failed(Phase::kReceive, Reason::kTooLarge, "websocket: a message of more than 1 MB");
    return connection_.ReadBytes(head.size_bytes, payload);
  }

  Probe& probe_;
  const WebsocketProbe& rules_;
  Connection connection_;
  std::string url_;
  UrlAuthority authority_;
};

}  // namespace

Outcome ProbeWebsocket(Probe& probe) { return WebsocketRun(probe).Run(); }

}  // namespace narthex::blackbox
