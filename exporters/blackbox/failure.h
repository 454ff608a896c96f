// Why a probe fails: where it was, what it met, and the finding in words. The first two are closed
// lists, because they become label values.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_FAILURE_H_
#define NARTHEX_EXPORTERS_BLACKBOX_FAILURE_H_

#include <optional>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex::blackbox {

enum class Phase : unsigned char {
  kSetup,    // before anything goes out: the target's text, files of the configuration, sockets
  kResolve,  // the name
  kConnect,
  kTls,
  kSend,
  kReceive,
  kCheck,  // of what came, against the module's rules
};

enum class Reason : unsigned char {
  kTimeout,
  kAbandoned,       // the client that asked for the probe has gone
  kBadTarget,       // the target's text is none for this prober
  kConfiguration,   // a file that cannot be read, a header that cannot be sent
  kPermission,      // the kernel does not let us
  kSystem,          // another failure of this machine
  kNameNotFound,    // no such name, or no address of the wanted protocol
  kNameServer,      // none, or it does not answer as it should
  kAddressRefused,  // by --probe.refuse-local-addresses
  kRefused,         // nobody listens
  kUnreachable,     // no route to the host or network
  kReset,           // by the peer
  kClosed,          // by the peer, too early
  kProtocol,        // what came is not what the protocol has
  kTooLarge,        // more than a limit of ours or the module's
  kHandshake,       // TLS has no version, cipher or certificate in common, or is not spoken
  kCertExpired,
  kCertNotYetValid,
  kCertUntrusted,
  kCertName,  // of another host
  kRedirect,  // where no redirect can lead
  kStatus,    // of HTTP
  kVersion,   // of HTTP
  kHeader,
  kBody,  // by a regular expression, or its encoding is broken
  kJson,  // by CEL
  kTlsPresent,
  kTlsAbsent,
  kText,  // of a conversation
  kBytes,
  kRcode,
  kRecords,
  kNotServing,  // gRPC: another state than SERVING, or another status than OK
};

std::string_view PhaseName(Phase phase);     // "connect"
std::string_view ReasonName(Reason reason);  // "cert_expired"

struct Failure {
  Phase phase;
  Reason reason;
  std::string detail;
};

// Nothing where all went well.
using Outcome = std::optional<Failure>;

Failure Failed(Phase phase, Reason reason, std::string_view detail);
// What errno says of a socket.
Failure FailedSystem(Phase phase, std::string_view action, int error);
// Of waiting: kTimeout and kCancelled of a Deadline.
Failure FailedWait(Phase phase, const Status& status);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_FAILURE_H_
