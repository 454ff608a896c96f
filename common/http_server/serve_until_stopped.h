// The life of a program that is a server.
#ifndef NARTHEX_COMMON_HTTP_SERVER_SERVE_UNTIL_STOPPED_H_
#define NARTHEX_COMMON_HTTP_SERVER_SERVE_UNTIL_STOPPED_H_

#include <functional>

#include "common/cli/service.h"
#include "common/http_server/server.h"
#include "common/log/logger.h"

namespace narthex {

// Starts the server, tells systemd that it is there and works, and stops it when the process is
// told to stop. `on_reload` runs at each SIGHUP. Gives the exit status of the program: 1, and a
// line in the log, where the server cannot start.
int ServeUntilStopped(cli::Service& service, HttpServer& server, const Logger& log,
                      const std::function<void()>& on_reload);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_SERVE_UNTIL_STOPPED_H_
