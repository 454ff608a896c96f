// A process that runs until it is told to stop, under systemd or a shell: SIGTERM and SIGINT stop,
// SIGHUP reloads. Make one at the very start of main, before any thread, because threads inherit
// which signals are blocked.
#ifndef NARTHEX_COMMON_CLI_SERVICE_H_
#define NARTHEX_COMMON_CLI_SERVICE_H_

#include <csignal>
#include <functional>

namespace narthex::cli {

class Service {
 public:
  Service();

  // Tells systemd (Type=notify) that the service is up; nothing where systemd did not start us.
  void NotifyReady();

  // Returns after SIGTERM or SIGINT, having told systemd. `on_reload` runs on this thread at each
  // SIGHUP.
  void RunUntilStopped(const std::function<void()>& on_reload);

 private:
  sigset_t signals_{};
};

}  // namespace narthex::cli

#endif  // NARTHEX_COMMON_CLI_SERVICE_H_
