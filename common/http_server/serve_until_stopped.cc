#include "common/http_server/serve_until_stopped.h"

namespace narthex {

int ServeUntilStopped(cli::Service& service, HttpServer& server, const Logger& log,
                      const std::function<void()>& on_reload) {
  const Status started = server.Start();
  if (!started.ok()) {
    log.Error("cannot start", {{"err", started}});
    return 1;
  }
  service.NotifyReady();
  service.Watch([&server](Duration patience) { return server.CheckAnswers(patience); }, log);
  service.RunUntilStopped(on_reload);
  server.Stop();
  return 0;
}

}  // namespace narthex
