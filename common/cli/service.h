// A process that runs until it is told to stop, under systemd or a shell: SIGTERM and SIGINT stop,
// SIGHUP reloads. Make one at the very start of main, before any thread, because threads inherit
// which signals are blocked.
//
// Under a unit with WatchdogSec= a service has to prove again and again that it works, or systemd
// kills and restarts it. A thread that only beats time would prove nothing, so the beat is given on
// the condition that Watch() sets: a request to the process's own address was answered, its loops
// turned. A slow disk or query does not stop the beat, a deadlock of what serves requests does.
#ifndef NARTHEX_COMMON_CLI_SERVICE_H_
#define NARTHEX_COMMON_CLI_SERVICE_H_

#include <csignal>
#include <cstdint>
#include <functional>
#include <optional>

#include "common/bytes/duration.h"
#include "common/log/logger.h"
#include "common/status/status.h"

namespace narthex::cli {

class Service {
 public:
  Service();

  // Tells systemd (Type=notify) that the service is up; nothing where systemd did not start us.
  void NotifyReady();

  // Waits at most `patience`, then says why the service does not work.
  using Check = std::function<Status(Duration patience)>;

  // Has `check` asked four times per WatchdogSec=, by the thread in RunUntilStopped(); systemd is
  // told that the service is alive when it passes, and `log` why when not. Where no watchdog is
  // set, nothing is asked.
  void Watch(Check check, const Logger& log);

  // Returns after SIGTERM or SIGINT, having told systemd. `on_reload` runs on this thread at each
  // SIGHUP.
  void RunUntilStopped(const std::function<void()>& on_reload);

 private:
  int WaitForSignal(int64_t until_us) const;
  void Beat(Duration patience) const;

  struct Watchdog {
    Check check;
    Logger log;
  };

  sigset_t signals_{};
  std::optional<Watchdog> watchdog_;
};

}  // namespace narthex::cli

#endif  // NARTHEX_COMMON_CLI_SERVICE_H_
