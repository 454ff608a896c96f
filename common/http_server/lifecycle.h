// /-/reload and /-/quit, by POST or PUT, as the originals have them behind --web.enable-lifecycle.
#ifndef NARTHEX_COMMON_HTTP_SERVER_LIFECYCLE_H_
#define NARTHEX_COMMON_HTTP_SERVER_LIFECYCLE_H_

#include <functional>

#include "common/http_server/routes.h"
#include "common/status/status.h"

namespace narthex {

struct Lifecycle {
  bool enabled = false;            // else both answer 403
  std::function<Status()> reload;  // a failure is answered with 500 and its reason; null: no page
  std::function<void()> quit;      // asks the program to stop; called at most once; null: no page
};

// Handlers run on the threads of connections: `reload` may be called by several at once.
void AddLifecyclePages(Routes& routes, Lifecycle lifecycle);

}  // namespace narthex

#endif  // NARTHEX_COMMON_HTTP_SERVER_LIFECYCLE_H_
