// Asks file systems for their sizes, by statfs(2) in processes of their own: the call hangs for as
// long as the server of a network file system is away, and a process that hangs in it cannot even
// be ended. Here only a helper hangs; each holds one mount, and others go on with the rest.
//
//   StatfsHelpers helpers;
//   const auto answers = helpers.Ask({"/", "/mnt/nfs"}, Duration::Seconds(5));
#ifndef NARTHEX_EXPORTERS_NODE_STATFS_HELPERS_H_
#define NARTHEX_EXPORTERS_NODE_STATFS_HELPERS_H_

#include <sys/vfs.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/bytes/duration.h"
#include "common/status/status.h"

namespace narthex::exporters {

// Safe from several threads.
class StatfsHelpers {
 public:
  struct Answer {
    Result<struct statfs> sizes = Timeout("mountpoint timeout");
    bool is_stuck = false;  // a helper hangs in asking this one, since now or earlier
  };

  // A helper that takes longer than this for one path loses the rest to another.
  static constexpr Duration kPatience{50};
  static constexpr size_t kMaxStuck = 64;  // as many mounts as may have a helper that hangs

  StatfsHelpers();
  ~StatfsHelpers();  // ends the helpers and waits for none
  StatfsHelpers(const StatfsHelpers&) = delete;
  StatfsHelpers& operator=(const StatfsHelpers&) = delete;

  // One answer a path, in their order, each within `timeout` of its turn. A path that an earlier
  // call gave up is not asked again until its helper comes back: it is kTimeout at once.
  std::vector<Answer> Ask(const std::vector<std::string>& paths, Duration timeout);

  // The helpers that hang.
  size_t stuck() const;

 private:
  class Helper;
  struct Late;
  struct Call;

  static Status EndedEarly();

  Status FindHelper(Call& call);
  void AskBatch(Call& call, Duration timeout);
  void WaitFor(Late& late, Call& call);

  std::unique_ptr<Helper> TakeIdle();
  void GiveBack(std::unique_ptr<Helper> helper);
  void WelcomeBack();
  bool IsStuck(const std::string& path) const;

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Helper>> idle_;             // guarded by mutex_
  std::map<std::string, std::unique_ptr<Helper>> stuck_;  // guarded by mutex_, by path
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_NODE_STATFS_HELPERS_H_
