#include "common/cli/service.h"

#include <systemd/sd-daemon.h>

namespace narthex::cli {

Service::Service() {
  sigemptyset(&signals_);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  // A peer that hangs up must be an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(performance-no-int-to-ptr)
}

void Service::NotifyReady() { sd_notify(0, "READY=1"); }

void Service::RunUntilStopped(const std::function<void()>& on_reload) {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals_, &signal) != 0) continue;
    if (signal != SIGHUP) break;
    sd_notify(0, "RELOADING=1");
    on_reload();
    sd_notify(0, "READY=1");
  }
  sd_notify(0, "STOPPING=1");
}

}  // namespace narthex::cli
