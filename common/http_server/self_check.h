// Whether a server still does its work, as a client of it finds out.
#ifndef NARTHEX_COMMON_HTTP_SERVER_SELF_CHECK_H_
#define NARTHEX_COMMON_HTTP_SERVER_SELF_CHECK_H_

#include "common/bytes/duration.h"
#include "common/status/status.h"

namespace narthex {

// Connects to the address that the socket `listening_fd` is bound to and asks for /-/healthy. Any
// answer is a good one, a refusal, a TLS alert and the end of the connection too: it shows that
// connections are taken and handed to a thread that runs. kUnavailable when there is none after
// `patience`.
Status CheckAnswers(int listening_fd, Duration patience);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_SELF_CHECK_H_
