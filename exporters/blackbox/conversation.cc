#include "exporters/blackbox/conversation.h"

namespace narthex::blackbox {
namespace {

void ShowLabels(Probe& probe, const QueryResponse& step, const std::string& line) {
  if (step.labels.empty()) return;
  std::vector<std::string_view> templates;
  for (const auto& label : step.labels) templates.push_back(label.value);
  const std::vector<std::string> values = step.expect.regex.Expand(line, templates);
  ProbeMetrics::Labels labels;
  for (size_t i = 0; i < values.size(); ++i) labels.emplace_back(step.labels[i].name, values[i]);
  probe.metrics.Set(kExpectInfo, 1, std::move(labels));
}

// Reads lines until one matches; fills `send` from it.
Outcome ExpectText(Probe& probe, Connection& connection, const QueryResponse& step,
                   std::string& send) {
  std::string line;
  for (;;) {
    bool found = false;
    if (Outcome failure = connection.ReadLine(line, found)) return failure;
    if (!found) {
      probe.metrics.Set(kFailedByRegex, 1);
      return Failed(Phase::kCheck, Reason::kText,
                    "no line matches " + Quote(step.expect.regex.pattern()) + "; the last was " +
                        Quote(line));
    }
    probe.log.Debug("read line", LogField("line", line));
    if (step.expect.regex.FindsIn(line)) break;
  }
  probe.log.Debug("line matches", LogField("regexp", step.expect.regex.pattern()));
  probe.metrics.Set(kFailedByRegex, 0);
  send = step.expect.regex.Expand(line, {step.send}).front();
  ShowLabels(probe, step, line);
  return {};
}

Outcome ExpectBytes(Probe& probe, Connection& connection, const QueryResponse& step) {
  std::string bytes;
  if (Outcome failure = connection.ReadBytes(step.expect_bytes.size(), bytes)) return failure;
  const bool equal = bytes == step.expect_bytes;
  probe.metrics.Set(kFailedByBytes, equal ? 0 : 1);
  if (equal) return {};
  return Failed(Phase::kCheck, Reason::kBytes,
                "want " + Quote(step.expect_bytes) + ", got " + Quote(bytes));
}

}  // namespace

Outcome SecureConnection(Probe& probe, Connection& connection, const std::string& tls_name) {
  auto client = probe.runtime.Tls();
  if (!client.ok()) return Failed(Phase::kSetup, Reason::kConfiguration, client.message());
  if (Outcome failure = connection.StartTls(*std::move(client), tls_name)) return failure;
  const TlsDetails details = connection.tls()->Details();
  probe.log.Debug("TLS is on", LogField("version", details.version),
                  LogField("cipher", details.cipher));
  ShowTls(details, {.days_until_failure = probe.shows_days_until_failure}, probe.now_ms,
          probe.metrics);
  return {};
}

Outcome Converse(Probe& probe, Connection& connection, const std::vector<QueryResponse>& steps,
                 const std::string& tls_name) {
  probe.metrics.Set(kFailedByRegex, 0);
  probe.metrics.Set(kFailedByBytes, 0);
  int64_t number = 0;
  for (const QueryResponse& step : steps) {
    probe.log.Debug("next step", LogField("number", number++));
    std::string send = step.send;
    if (step.expect.given) {
      if (Outcome failure = ExpectText(probe, connection, step, send)) return failure;
    }
    if (!step.expect_bytes.empty()) {
      if (Outcome failure = ExpectBytes(probe, connection, step)) return failure;
    }
    if (!send.empty()) {
      probe.log.Debug("send line", LogField("line", send));
      if (Outcome failure = connection.Write(send + "\n")) return failure;
    }
    if (step.starttls) {
      if (Outcome failure = SecureConnection(probe, connection, tls_name)) return failure;
    }
  }
  return {};
}

}  // namespace narthex::blackbox
