// The messages of the gRPC health service (grpc.health.v1), and how gRPC frames them.
#ifndef NARTHEX_EXPORTERS_BLACKBOX_GRPC_HEALTH_H_
#define NARTHEX_EXPORTERS_BLACKBOX_GRPC_HEALTH_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace narthex::blackbox {

inline constexpr std::string_view kServingStates[] = {"UNKNOWN", "SERVING", "NOT_SERVING",
                                                      "SERVICE_UNKNOWN"};
inline constexpr uint64_t kServing = 1;

// The framed request for a service; an empty name asks for the whole server.
std::string EncodeHealthRequest(std::string_view service);

// The number of the state in a framed answer. kCorruption.
Result<uint64_t> ParseHealthAnswer(std::string_view body);

}  // namespace narthex::blackbox

#endif  // NARTHEX_EXPORTERS_BLACKBOX_GRPC_HEALTH_H_
