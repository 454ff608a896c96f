// A folder of sysfs whose attributes stay open between scrapes.
#ifndef NARTHEX_EXPORTERS_KIT_HELD_FOLDER_H_
#define NARTHEX_EXPORTERS_KIT_HELD_FOLDER_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/fs/descriptor.h"
#include "common/status/status.h"

namespace narthex::exporters {

// Reading an attribute again is one system call in the place of three, and finds no path. The
// kernel makes its text anew each time; an attribute of a device that is gone cannot be read, and
// holding it keeps no device. Use from one thread at a time.
class HeldFolder {
 public:
  explicit HeldFolder(std::string path);

  // Whether the folder could be opened, and its path still leads to it: not to another device that
  // has the name now.
  bool IsCurrent() const;

  // The text of an attribute, of at most a page.
  Result<std::string> Read(const char* name);

 private:
  struct Attribute {
    std::string name;
    Descriptor file;
  };

  const std::string path_;
  const Descriptor folder_;
  std::optional<std::pair<dev_t, ino_t>> identity_;  // of the folder
  std::vector<Attribute> attributes_;                // read so far; as many as its user asks for
};

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_HELD_FOLDER_H_
