#include "exporters/blackbox/failure.h"

#include <cerrno>

namespace narthex::blackbox {
namespace {

constexpr std::string_view kPhaseNames[] = {"setup", "resolve", "connect", "tls",
                                            "send",  "receive", "check"};

constexpr std::string_view kReasonNames[] = {"timeout",        "abandoned",    "bad_target",
                                             "configuration",  "permission",   "system",
                                             "name_not_found", "name_server",  "address_refused",
                                             "refused",        "unreachable",  "reset",
                                             "closed",         "protocol",     "too_large",
                                             "handshake",      "cert_expired", "cert_not_yet_valid",
                                             "cert_untrusted", "cert_name",    "redirect",
                                             "status",         "version",      "header",
                                             "body",           "json",         "tls_present",
                                             "tls_absent",     "text",         "bytes",
                                             "rcode",          "records",      "not_serving"};
static_assert(std::size(kReasonNames) == static_cast<size_t>(Reason::kNotServing) + 1);
static_assert(std::size(kPhaseNames) == static_cast<size_t>(Phase::kCheck) + 1);

Reason ReasonOf(int error) {
  switch (error) {
    case ECONNREFUSED:
    case ENOENT:  // of a Unix socket
      return Reason::kRefused;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
      return Reason::kUnreachable;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
      return Reason::kReset;
    case ETIMEDOUT:
      return Reason::kTimeout;
    case EACCES:
    case EPERM:
      return Reason::kPermission;
    case EMSGSIZE:
      return Reason::kTooLarge;
    default:
      return Reason::kSystem;
  }
}

}  // namespace

std::string_view PhaseName(Phase phase) { return kPhaseNames[static_cast<size_t>(phase)]; }
std::string_view ReasonName(Reason reason) { return kReasonNames[static_cast<size_t>(reason)]; }

Failure Failed(Phase phase, Reason reason, std::string_view detail) {
  return Failure{phase, reason, std::string(detail)};
}

Failure FailedSystem(Phase phase, std::string_view action, int error) {
  const Status status = ErrnoStatus(action, error);
  return Failure{phase, ReasonOf(error), std::string(status.message())};
}

Failure FailedWait(Phase phase, const Status& status) {
  const Reason reason = status.code() == Code::kTimeout     ? Reason::kTimeout
                        : status.code() == Code::kCancelled ? Reason::kAbandoned
                                                            : Reason::kSystem;
  return Failure{phase, reason, std::string(status.message())};
}

}  // namespace narthex::blackbox
