// statfs(2) with a deadline. A server of a network file system that is gone lets the call hang for
// ever, in a thread that cannot be ended: such a thread is left behind, its mount is not asked
// again until the call returns, and everybody else goes on.
#ifndef NARTHEX_EXPORTERS_NODE_STATFS_WORKER_H_
#define NARTHEX_EXPORTERS_NODE_STATFS_WORKER_H_

#include <sys/vfs.h>

#include <memory>
#include <string>
#include <vector>

#include "common/bytes/duration.h"
#include "common/status/status.h"

namespace narthex::exporters {

class StatfsWorker {
 public:
  StatfsWorker();
  ~StatfsWorker();  // leaves stuck threads to the end of the process

  // One result a path, in their order; kTimeout for those that did not answer in time or are still
  // stuck from an earlier call. Safe from several threads.
  std::vector<Result<struct statfs>> Ask(const std::vector<std::string>& paths, Duration timeout);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_STATFS_WORKER_H_
